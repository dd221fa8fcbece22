//! What runs, as a list has room for it; the whole of it belongs into the title beside.

use model::image::ImageReference;
use model::release::short_digest;

/// `shop/api:1.4.2@0123456789ab` of an image that is named in full. Anything else, such as a command, stays as it is.
pub fn brief(version: &str) -> String {
    let Ok(image) = version.parse::<ImageReference>() else { return version.to_owned() };
    if image.tag.is_none() && image.digest.is_none() {
        return version.to_owned();
    }
    let (named, digest) = version.split_once('@').unwrap_or((version, ""));
    // The host says where from, which is hardly ever the question.
    let named = named.strip_prefix(&format!("{}/", image.registry)).unwrap_or(named);
    if digest.is_empty() { named.to_owned() } else { format!("{named}@{}", short_digest(digest)) }
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn an_image_loses_its_host_and_most_of_its_digest() {
        let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
        for (whole, shown) in [
            (format!("registry.example:5000/shop/api:1.4.2@{digest}"), "shop/api:1.4.2@0123456789ab"),
            (format!("nginx@{digest}"), "nginx@0123456789ab"),
            ("registry.example/shop/api:1.4.2".to_owned(), "shop/api:1.4.2"),
            ("nginx:1.27".to_owned(), "nginx:1.27"),
            ("web/1.0".to_owned(), "web/1.0"),
            ("./shop --fast".to_owned(), "./shop --fast"),
        ] {
            assert_eq!(brief(&whole), shown);
        }
    }
}
