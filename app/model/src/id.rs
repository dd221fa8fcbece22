//! Identifiers, each its own type and valid by construction: parse once at the border.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Longest name, as for a DNS label (RFC 1123).
pub const NAME_MAX: usize = 63;

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("must not be empty")]
    Empty,
    #[error("must be at most {NAME_MAX} characters")]
    TooLong,
    #[error(
        "may hold only lower-case letters, digits and hyphens, and must start and end with a letter or digit"
    )]
    NotDnsLabel,
}

/// Checks that `text` is a DNS label: 1 to 63 of `a-z 0-9 -`, no hyphen at either end.
pub fn check_name(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > NAME_MAX {
        return Err(NameError::TooLong);
    }
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !text.bytes().all(allowed) || text.starts_with('-') || text.ends_with('-') {
        return Err(NameError::NotDnsLabel);
    }
    Ok(())
}

/// Checks a person's sign-in name: as a DNS label, with dots and underscores inside it as well: `lin.wei`.
pub fn check_user_name(text: &str) -> Result<(), NameError> {
    check_name(&text.replace(['.', '_'], "-"))
}

macro_rules! name {
    ($(#[$meta:meta])* $type:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                check_name(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                check_name(&text)?;
                Ok(Self(text))
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// Name of an environment: `staging`, `production`.
    EnvironmentName
);
name!(
    /// Name of an app; unique in its environment.
    AppName
);
name!(
    /// Name of a project: a team's namespace.
    ProjectName
);
name!(
    /// Name of a registry that images are read from.
    RegistryName
);
name!(
    /// Name of a channel that people are told by.
    ChannelName
);

impl Default for ProjectName {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

macro_rules! uuid_id {
    ($(#[$meta:meta])* $type:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = Uuid))]
        #[serde(transparent)]
        pub struct $type(pub Uuid);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $type {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// One app in one environment, from its creation to its destruction. A later app of the same name is another one.
    AppId
);
uuid_id!(
    /// One recorded attempt to change an app. UUIDv7, so that ids sort by time.
    DeploymentId
);
uuid_id!(
    /// One version in the app repository.
    ReleaseId
);
uuid_id!(
    /// One person with a sign-in.
    UserId
);
uuid_id!(
    /// One API token.
    TokenId
);
uuid_id!(
    /// One registry, as in the address of its notifications.
    RegistryId
);
uuid_id!(
    /// One alert, from the moment that it was pending until it is resolved. A later one with the same labels is another.
    AlertId
);
uuid_id!(
    /// One silence.
    SilenceId
);
uuid_id!(
    /// One channel.
    ChannelId
);

/// The engine's own name of one instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(transparent)]
pub struct InstanceId(pub String);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An app's place: environment and name, as in every URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppKey {
    pub environment: EnvironmentName,
    pub app: AppName,
}

impl fmt::Display for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.environment, self.app)
    }
}

/// Number of a revision within its app: 1, 2, 3 ...
pub type RevisionNumber = u32;

/// What an engine is asked to run: one revision of one app. `generation` counts restarts of the same revision, so that a
/// restart is a rollout from one replica set to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplicaSetId {
    pub environment: EnvironmentName,
    pub app: AppName,
    pub revision: RevisionNumber,
    pub generation: u32,
}

impl ReplicaSetId {
    pub fn key(&self) -> AppKey {
        AppKey { environment: self.environment.clone(), app: self.app.clone() }
    }
}

impl fmt::Display for ReplicaSetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.r{}.g{}", self.app, self.revision, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_have_dots_in_their_names() {
        for good in ["lin.wei", "zhang_min", "ci-bot", "a"] {
            assert_eq!(check_user_name(good), Ok(()), "{good}");
        }
        for bad in ["", ".a", "a_", "Lin", "lin wei", "lin@wei"] {
            assert!(check_user_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "shop-api", "x1", &"a".repeat(63)] {
            assert!(AppName::from_str(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", &"a".repeat(64)] {
            assert!(AppName::from_str(bad).is_err(), "{bad}");
        }
    }
}
