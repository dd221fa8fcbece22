//! References to images, as people write them: `[host[:port]/]path[:tag][@digest]`. The one grammar of it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Where a name without a host leads.
pub const DEFAULT_REGISTRY: &str = "docker.io";
/// Where a single word leads at the default registry.
const DEFAULT_NAMESPACE: &str = "library";
/// What is meant where neither tag nor digest is given.
pub const DEFAULT_TAG: &str = "latest";
const NAME_MAX: usize = 255;
const TAG_MAX: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be an image such as registry.example:5000/shop/api:1.4.2")]
pub struct ImageError;

/// An image, with what its name leaves out filled in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageReference {
    /// `host[:port]`
    pub registry: String,
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<String>,
}

impl ImageReference {
    /// What to look up: the digest where there is one, as it cannot move.
    pub fn reference(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or(DEFAULT_TAG)
    }

    /// Every way to write its repository; the one that is written in full first.
    pub fn spellings(&self) -> Vec<String> {
        let mut all = vec![format!("{}/{}", self.registry, self.repository)];
        if self.registry == DEFAULT_REGISTRY {
            if let Some(single) = self.repository.strip_prefix("library/").filter(|name| !name.contains('/'))
            {
                all.extend([format!("{DEFAULT_REGISTRY}/{single}"), single.to_owned()]);
            }
            all.push(self.repository.clone());
        }
        all
    }

    /// The tag that is meant; a digest alone means none.
    pub fn wanted_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, Some(_)) => None,
            (None, None) => Some(DEFAULT_TAG),
        }
    }
}

impl FromStr for ImageReference {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[start..].split_once(':') {
            Some((last, tag)) => (&rest[..start + last.len()], Some(tag)),
            None => (rest, None),
        };
        if !digest.is_none_or(is_digest) || !tag.is_none_or(is_tag) || name.len() > NAME_MAX {
            return Err(ImageError);
        }
        let (registry, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                if !is_host(host) {
                    return Err(ImageError);
                }
                (host, path)
            }
            _ => (DEFAULT_REGISTRY, name),
        };
        if !is_repository(path) {
            return Err(ImageError);
        }
        let single = registry == DEFAULT_REGISTRY && !path.contains('/');
        Ok(Self {
            registry: registry.to_owned(),
            repository: if single { format!("{DEFAULT_NAMESPACE}/{path}") } else { path.to_owned() },
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// `host[:port]`
pub fn is_host(host: &str) -> bool {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.split('.').all(label) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// A path within a registry: `shop/api`.
pub fn is_repository(path: &str) -> bool {
    path.len() <= NAME_MAX && path.split('/').all(is_component)
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or hyphens.
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut bytes = text.bytes().peekable();
    loop {
        let mut letters = 0;
        while bytes.next_if(|b| alphanumeric(*b)).is_some() {
            letters += 1;
        }
        if letters == 0 {
            return false;
        }
        match bytes.next() {
            None => return true,
            Some(b'.') => {}
            Some(b'_') => {
                bytes.next_if_eq(&b'_');
            }
            Some(b'-') => while bytes.next_if_eq(&b'-').is_some() {},
            Some(_) => return false,
        }
    }
}

pub fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let first = tag.bytes().next();
    first.is_some_and(word) && tag.len() <= TAG_MAX && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

/// `sha256:` and 64 hexadecimal digits.
pub fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn what_a_name_leaves_out_is_filled_in_as_docker_does() {
        let whole = format!("registry.example:5000/shop/api:1.4.2@{DIGEST}");
        let cases = [
            ("nginx", "docker.io/library/nginx"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("shop/api", "docker.io/shop/api"),
            ("docker.io/nginx", "docker.io/library/nginx"),
            ("localhost/api:2", "localhost/api:2"),
            ("localhost:5000/api", "localhost:5000/api"),
            ("registry.example/api", "registry.example/api"),
            (whole.as_str(), whole.as_str()),
        ];
        for (written, meant) in cases {
            let read: ImageReference = written.parse().unwrap();
            assert_eq!(read.to_string(), meant, "{written}");
            assert_eq!(meant.parse(), Ok(read), "{meant} reads as the same");
        }
    }

    #[test]
    fn a_repository_has_as_many_names_as_lead_to_it() {
        let names = |text: &str| text.parse::<ImageReference>().unwrap().spellings();
        assert_eq!(
            names("nginx:1"),
            ["docker.io/library/nginx", "docker.io/nginx", "nginx", "library/nginx"]
        );
        assert_eq!(names("shop/api"), ["docker.io/shop/api", "shop/api"]);
        assert_eq!(names("a.b:5000/shop/api:1"), ["a.b:5000/shop/api"]);
        for name in names("nginx") {
            assert_eq!(names(&name)[0], "docker.io/library/nginx", "{name}");
        }
    }

    #[test]
    fn a_digest_goes_before_the_tag() {
        let both: ImageReference = format!("a.b/c:1@{DIGEST}").parse().unwrap();
        assert_eq!((both.reference(), both.wanted_tag()), (DIGEST, Some("1")));
        let neither: ImageReference = "a.b/c".parse().unwrap();
        assert_eq!((neither.reference(), neither.wanted_tag()), ("latest", Some("latest")));
        let digest: ImageReference = format!("a.b/c@{DIGEST}").parse().unwrap();
        assert_eq!(digest.wanted_tag(), None);
    }

    #[test]
    fn what_is_no_image_is_refused() {
        for bad in ["", "A", "a b", "a:", "a@sha256:1", "a/", "/a", "a.b:0/c", "-.b/c", "a:b:c", "a..b/c/d e"]
        {
            assert_eq!(bad.parse::<ImageReference>(), Err(ImageError), "{bad}");
        }
    }
}
