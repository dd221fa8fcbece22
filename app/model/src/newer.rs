//! Whether there is something newer than what an app runs, and whether its tag has been moved since.

use semver::Prerelease;
use serde::{Deserialize, Serialize};

use crate::auto_deploy::number;
use crate::release::Version;
use crate::time::Timestamp;

/// A newer tag of the same repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Newer {
    pub tag: String,
    /// What to deploy it by.
    pub image: String,
    pub pushed_at: Timestamp,
}

/// A tag that could be newer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    pub digest: String,
    pub pushed_at: Timestamp,
}

/// The newest of the candidates, among which is the tag that runs. Of a version number only a higher one is newer, and a
/// pre-release only for a pre-release; of any other tag, what was pushed last after it. The same content is never newer.
pub fn newer(running: &Version, candidates: &[Candidate]) -> Option<Newer> {
    let tag = running.tag.as_deref()?;
    let own = candidates.iter().find(|each| each.name == tag);
    let content = running.digest.as_ref().or(own.map(|own| &own.digest));
    let others = candidates.iter().filter(|each| each.name != tag && Some(&each.digest) != content);
    let found = match number(tag) {
        Some(present) => others
            .filter_map(|each| Some((number(&each.name)?, each)))
            .filter(|(number, _)| *number > present && (number.pre.is_empty() || !present.pre.is_empty()))
            .max_by(|(a, left), (b, right)| a.cmp(b).then(left.pushed_at.cmp(&right.pushed_at)))
            .map(|(_, each)| each),
        None => others
            .filter(|each| own.is_some_and(|own| each.pushed_at > own.pushed_at))
            .max_by_key(|each| each.pushed_at),
    }?;
    Some(Newer {
        tag: found.name.clone(),
        image: format!("{}:{}", running.repository, found.name),
        pushed_at: found.pushed_at,
    })
}

/// The digest that the tag of what runs stands for now, where that is another.
pub fn moved(running: &Version, candidates: &[Candidate]) -> Option<String> {
    let (tag, digest) = (running.tag.as_ref()?, running.digest.as_ref()?);
    let own = candidates.iter().find(|each| each.name == *tag)?;
    (own.digest != *digest).then(|| own.digest.clone())
}

/// A text that sorts by bytes as version numbers do; releases after all pre-releases, so that the highest of either kind
/// is one step of an index. Empty for what is no version number.
pub fn precedence(tag: &str) -> String {
    let Some(number) = number(tag) else { return String::new() };
    let kind = if number.pre.is_empty() { RELEASE } else { PRERELEASE };
    let pre = identifiers(&number.pre);
    format!("{kind}{:020}.{:020}.{:020}{pre}", number.major, number.minor, number.patch)
}

/// What [`precedence`] begins with.
pub const PRERELEASE: &str = "p";
pub const RELEASE: &str = "s";

/// Numbers before words, numbers by their value, and a shorter list before a longer one that begins alike.
fn identifiers(pre: &Prerelease) -> String {
    let one = |part: &str| {
        if part.bytes().all(|b| b.is_ascii_digit()) { format!(" 0{part:0>20}") } else { format!(" 1{part}") }
    };
    pre.split('.').filter(|part| !part.is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, seconds: i64) -> Candidate {
        let pushed_at = Timestamp::from_millis(seconds * 1_000);
        Candidate { name: name.to_owned(), digest: digest(name), pushed_at }
    }

    fn digest(name: &str) -> String {
        let number = name.bytes().fold(0_u128, |sum, byte| sum.wrapping_mul(31) + u128::from(byte));
        format!("sha256:{number:064x}")
    }

    /// What is newer than a tag, of which the digest is as it was.
    fn than(tag: &str, candidates: &[Candidate]) -> Option<String> {
        let running = Version::of_image(&format!("a.b/c:{tag}@{}", digest(tag))).expect("an image");
        newer(&running, candidates).map(|newer| newer.tag)
    }

    #[test]
    fn of_version_numbers_the_higher_is_newer_whenever_it_was_pushed() {
        let all = [
            candidate("1.4.2", 50),
            candidate("1.10.0", 10),
            candidate("v1.9.0", 90),
            candidate("2.0.0-rc.1", 95),
            candidate("nightly", 99),
        ];
        assert_eq!(than("1.4.2", &all).as_deref(), Some("1.10.0"));
        assert_eq!(than("1.10.0", &all), None, "neither a pre-release nor a name");
        assert_eq!(than("1.11.0-rc.1", &all).as_deref(), Some("2.0.0-rc.1"));
        assert_eq!(than("1.9", &all).as_deref(), Some("1.10.0"));
        let running = Version::of_image("a.b/c:1.4.2").expect("an image");
        assert_eq!(newer(&running, &all).map(|newer| newer.image).as_deref(), Some("a.b/c:1.10.0"));
    }

    #[test]
    fn of_names_what_was_pushed_last_is_newer() {
        let all = [candidate("main-1", 10), candidate("main-2", 20), candidate("1.0.0", 5)];
        assert_eq!(than("main-1", &all).as_deref(), Some("main-2"));
        assert_eq!(than("main-2", &all), None);
        assert_eq!(than("main-0", &all), None, "nobody knows when it was pushed");
        let same = Candidate { digest: digest("main-1"), ..candidate("latest", 30) };
        assert_eq!(than("main-1", &[all[0].clone(), same]), None, "the same content by another name");
        assert_eq!(newer(&Version::of_image("a.b/c").expect("an image"), &all), None);
    }

    #[test]
    fn a_tag_that_stands_for_something_else_has_moved() {
        let all = [candidate("1", 1)];
        let of = |image: String| moved(&Version::of_image(&image).expect("an image"), &all);
        assert_eq!(of(format!("a.b/c:1@{}", digest("1"))), None);
        assert_eq!(of(format!("a.b/c:1@{}", digest("2"))), Some(digest("1")));
        assert_eq!(of("a.b/c:1".to_owned()), None, "it is not known what runs");
        assert_eq!(of(format!("a.b/c:9@{}", digest("2"))), None, "it is gone");
    }

    #[test]
    fn texts_sort_as_version_numbers() {
        let rising = ["0.9", "1.0.0", "1.2.9", "1.2.10", "1.10.0", "v2", "10.0.0"];
        let before = [
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-alpha-x",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "2.0.0-a",
        ];
        for list in [&rising[..], &before[..]] {
            for pair in list.windows(2) {
                assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
                assert!(precedence(pair[0]) < precedence(pair[1]), "{pair:?}");
            }
        }
        assert!(precedence(before[10]) < precedence(rising[0]));
        assert_eq!(precedence("latest"), "");
    }
}
