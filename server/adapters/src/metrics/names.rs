//! Names as Prometheus allows them.

/// The labels that say where a sample is from; what an app itself sends under such a name is kept as `exported_...`.
const OURS: [&str; 4] = ["environment", "app", "revision", "instance"];

/// A metric's name: what Prometheus does not allow becomes an underscore.
pub fn metric_name(name: &str) -> String {
    allowed(name, |c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

/// A label's name, apart from ours and from those that Prometheus keeps for itself.
pub fn label_name(name: &str) -> String {
    let name = allowed(name, |c| c.is_ascii_alphanumeric() || c == '_');
    if OURS.contains(&name.as_str()) || name.starts_with("__") { format!("exported_{name}") } else { name }
}

fn allowed(name: &str, fits: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        text.push('_');
    }
    text.extend(name.chars().map(|c| if fits(c) { c } else { '_' }));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_fit_and_ours_are_kept_apart() {
        assert_eq!(metric_name("shop.cart-size"), "shop_cart_size");
        assert_eq!(metric_name("2nd"), "_2nd");
        assert_eq!(metric_name("größe"), "gr__e");
        assert_eq!(label_name("http.route"), "http_route");
        assert_eq!(label_name("app"), "exported_app");
        assert_eq!(label_name("__name__"), "exported___name__");
    }
}
