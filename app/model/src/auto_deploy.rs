//! Auto-deploy: which new version an app takes by itself, if its policy names any.

use semver::{Version as Number, VersionReq};
use serde::{Deserialize, Serialize};

use crate::deployment::Actor;
use crate::problem::{Fault, FieldError};
use crate::release::Version;
use crate::time::Timestamp;

/// Longest pattern or range, in characters.
pub const RULE_MAX: usize = 200;

/// What an app follows. Off unless it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "follow", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The highest version in a range such as `^1.4` or `>=2, <3`; a leading `v` of a tag does not count.
    Semver { range: String },
    /// The newest tag that the whole pattern matches.
    Regex { pattern: String },
    /// The newest release of a branch, as the build told.
    Branch { branch: String },
}

impl Rule {
    /// What it is for, in a sentence's reason.
    pub fn label(&self) -> String {
        match self {
            Self::Semver { range } => format!("semver {range}"),
            Self::Regex { pattern } => format!("regex {pattern}"),
            Self::Branch { branch } => format!("branch {branch}"),
        }
    }

    /// What is wrong with it, but for the pattern's own syntax, which the server knows.
    pub fn mistake(&self) -> Option<FieldError> {
        let (path, text) = match self {
            Self::Semver { range } => ("/range", range),
            Self::Regex { pattern } => ("/pattern", pattern),
            Self::Branch { branch } => ("/branch", branch),
        };
        let fault = if text.trim().is_empty() {
            Fault::Required
        } else if text.chars().count() > RULE_MAX {
            Fault::TooLong { max: RULE_MAX }
        } else if text.chars().any(char::is_control) {
            Fault::ControlCharacter
        } else if matches!(self, Self::Semver { range } if VersionReq::parse(range).is_err()) {
            Fault::NotRange
        } else {
            return None;
        };
        Some(FieldError::new(path, fault))
    }
}

/// The policy of one app, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AutoDeploy {
    #[serde(flatten)]
    pub rule: Rule,
    pub by: Actor,
    pub at: Timestamp,
    /// What it last tried to bring out.
    #[serde(default)]
    pub last: Option<Attempt>,
}

/// One try of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    pub version: String,
    pub at: Timestamp,
    /// Why it did not go out; absent when it became a deployment.
    pub refused: Option<String>,
}

/// A version that could go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub version: Version,
    /// Pushed, told of, or first seen.
    pub time: Timestamp,
    pub branch: Option<String>,
    pub bad: bool,
}

/// The version that the rule asks for now, if it is another than `current` and not older. `matches` answers for a
/// pattern over a tag. Among several, semver takes the highest number and the others the newest time.
pub fn choose<'a>(
    rule: &Rule,
    candidates: &'a [Candidate],
    current: &Version,
    matches: impl Fn(&str) -> bool,
) -> Option<&'a Candidate> {
    let here: Vec<&Candidate> = candidates
        .iter()
        .filter(|each| each.version.kind == current.kind && each.version.repository == current.repository)
        .collect();
    let good = here.iter().copied().filter(|each| !each.bad);
    let chosen = match rule {
        Rule::Semver { range } => {
            let range = VersionReq::parse(range).ok()?;
            let best = good
                .filter_map(|each| Some((number(each.version.tag.as_deref()?)?, each)))
                .filter(|(number, _)| range.matches(number))
                .max_by(|(a, left), (b, right)| a.cmp(b).then(left.time.cmp(&right.time)))?;
            let present = current.tag.as_deref().and_then(number);
            if present.is_some_and(|present| present > best.0) {
                return None;
            }
            best.1
        }
        Rule::Regex { .. } => {
            newest(good.filter(|each| each.version.tag.as_deref().is_some_and(&matches)), &here, current)?
        }
        Rule::Branch { branch } => {
            newest(good.filter(|each| each.branch.as_deref() == Some(branch)), &here, current)?
        }
    };
    (!chosen.version.is_same(current)).then_some(chosen)
}

/// The newest of `good`, unless what runs is known to be newer.
fn newest<'a>(
    good: impl Iterator<Item = &'a Candidate>,
    all: &[&Candidate],
    current: &Version,
) -> Option<&'a Candidate> {
    let best = good.max_by_key(|each| each.time)?;
    let since = all.iter().filter(|each| each.version.is_same(current)).map(|each| each.time).max();
    since.is_none_or(|since| since <= best.time).then_some(best)
}

/// A tag as a version number: `1.4.2`, `v1.4.2`, `1.4` and `2` count with zeroes.
pub fn number(tag: &str) -> Option<Number> {
    let text = tag.strip_prefix('v').unwrap_or(tag);
    if let Ok(number) = Number::parse(text) {
        return Some(number);
    }
    let dots = text.bytes().filter(|b| *b == b'.').count();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (plain && dots < 2).then(|| Number::parse(&format!("{text}{}", ".0".repeat(2 - dots))).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(tag: &str, seconds: i64) -> Candidate {
        Candidate {
            version: Version::of_image(&format!("shop/api:{tag}")).expect("an image"),
            time: Timestamp::from_millis(seconds * 1_000),
            branch: None,
            bad: false,
        }
    }

    fn chosen(rule: &Rule, candidates: &[Candidate], current: &str) -> Option<String> {
        let current = Version::of_image(&format!("shop/api:{current}")).expect("an image");
        choose(rule, candidates, &current, |tag| tag.starts_with("main-"))
            .and_then(|found| found.version.tag.clone())
    }

    fn semver(range: &str) -> Rule {
        Rule::Semver { range: range.to_owned() }
    }

    #[test]
    fn a_range_takes_the_highest_number_whenever_it_was_pushed() {
        let all = [
            candidate("1.4.2", 30),
            candidate("v1.5.0", 10),
            candidate("2.0.0", 20),
            candidate("latest", 40),
        ];
        assert_eq!(chosen(&semver("^1.4"), &all, "1.4.1").as_deref(), Some("v1.5.0"));
        assert_eq!(chosen(&semver("~1.4"), &all, "1.4.1").as_deref(), Some("1.4.2"));
        assert_eq!(chosen(&semver(">=3"), &all, "1.4.1"), None);
        assert_eq!(chosen(&semver("^1.4"), &all, "v1.5.0"), None, "it runs already");
        assert_eq!(chosen(&semver("^1.4"), &all, "2.0.0"), None, "never back by itself");
        assert_eq!(chosen(&semver("^1.4"), &all, "latest").as_deref(), Some("v1.5.0"));
    }

    #[test]
    fn a_number_may_leave_its_zeroes_out_and_a_candidate_for_release_is_none() {
        let all = [candidate("2", 1), candidate("1.9", 2), candidate("2.1.0-rc.1", 3)];
        assert_eq!(chosen(&semver(">=1"), &all, "1.0.0").as_deref(), Some("2"));
    }

    #[test]
    fn what_is_bad_is_passed_over() {
        let bad = Candidate { bad: true, ..candidate("1.6.0", 50) };
        let all = [candidate("1.5.0", 10), bad];
        assert_eq!(chosen(&semver("^1"), &all, "1.4.0").as_deref(), Some("1.5.0"));
    }

    #[test]
    fn a_pattern_and_a_branch_take_the_newest_but_nothing_older_than_what_runs() {
        let pattern = Rule::Regex { pattern: "main-.*".to_owned() };
        let all = [
            candidate("main-1", 10),
            candidate("main-3", 30),
            candidate("dev-9", 90),
            candidate("main-2", 20),
        ];
        assert_eq!(chosen(&pattern, &all, "main-1").as_deref(), Some("main-3"));
        assert_eq!(chosen(&pattern, &all, "dev-9"), None, "what runs is newer");
        let branch = Rule::Branch { branch: "main".to_owned() };
        let of_main = |tag, seconds| Candidate { branch: Some("main".to_owned()), ..candidate(tag, seconds) };
        let all = [of_main("a", 10), of_main("b", 20), candidate("c", 30)];
        assert_eq!(chosen(&branch, &all, "a").as_deref(), Some("b"));
        assert_eq!(chosen(&branch, &all, "b"), None);
    }

    #[test]
    fn another_repository_is_never_taken() {
        let other = Candidate {
            version: Version::of_image("shop/web:9.0.0").expect("an image"),
            ..candidate("9.0.0", 99)
        };
        assert_eq!(chosen(&semver("*"), &[other], "1.0.0"), None);
    }

    #[test]
    fn mistakes_name_their_field() {
        let path = |rule: Rule| rule.mistake().map(|error| error.path);
        assert_eq!(path(semver("not a range")).as_deref(), Some("/range"));
        assert_eq!(path(semver("^1.4, <1.9")), None);
        assert_eq!(path(Rule::Branch { branch: " ".to_owned() }).as_deref(), Some("/branch"));
        assert_eq!(path(Rule::Regex { pattern: "x".repeat(201) }).as_deref(), Some("/pattern"));
    }
}
