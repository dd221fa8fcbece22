//! Who may do what: the roles and the one question every service asks.

use serde::{Deserialize, Serialize};

use crate::deployment::{Actor, ActorKind};
use crate::id::UserId;
use crate::problem::{Problem, ProblemCode};

/// Each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything but secrets.
    Viewer,
    /// Changes apps.
    Operator,
    /// Changes environments, users and tokens of others.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Read anything that is not administration.
    View,
    /// Create, change, scale, restart, destroy apps; act on deployments; upload artifacts.
    ChangeApps,
    /// Environments, users, others' tokens, audit log.
    Administer,
}

impl Permission {
    pub const fn role(self) -> Role {
        match self {
            Self::View => Role::Viewer,
            Self::ChangeApps => Role::Operator,
            Self::Administer => Role::Admin,
        }
    }
}

/// Who asks: comes from the session, the token or the console itself, never from a request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Caller {
    pub actor: Actor,
    pub role: Role,
    /// The user behind a session or a personal token.
    pub user: Option<UserId>,
}

impl Caller {
    /// A part of the console acting on its own: `policy`.
    pub fn policy(name: &str) -> Self {
        Self {
            actor: Actor { kind: ActorKind::Policy, name: name.to_owned() },
            role: Role::Admin,
            user: None,
        }
    }

    /// Who stands behind it, for "never the same person twice": the user, also behind a token of his own.
    pub fn person(&self) -> String {
        match self.user {
            Some(user) => user.to_string(),
            None => format!("token:{}", self.actor.name),
        }
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.role >= permission.role()
    }

    /// The question every service function asks first.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        let needed = permission.role().as_str();
        let detail = format!("This needs the role {needed}; {} is {}.", self.actor.name, self.role.as_str());
        Err(Problem::new(ProblemCode::Forbidden, detail).with("role", needed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_ones_before_it_may() {
        let permissions = [Permission::View, Permission::ChangeApps, Permission::Administer];
        for (rank, role) in Role::ALL.into_iter().enumerate() {
            let caller =
                Caller { actor: Actor { kind: ActorKind::User, name: "ann".to_owned() }, role, user: None };
            for (needed, permission) in permissions.into_iter().enumerate() {
                assert_eq!(caller.may(permission), rank >= needed, "{role:?} {permission:?}");
                assert_eq!(caller.require(permission).is_ok(), rank >= needed);
            }
        }
    }

    #[test]
    fn a_refusal_names_the_role_and_the_person() {
        let caller = Caller {
            actor: Actor { kind: ActorKind::Token, name: "ci".to_owned() },
            role: Role::Viewer,
            user: None,
        };
        let problem = caller.require(Permission::ChangeApps).expect_err("refused");
        assert_eq!(problem.status, 403);
        assert_eq!(problem.detail, "This needs the role operator; ci is viewer.");
        assert_eq!(problem.params.get("role").map(String::as_str), Some("operator"));
    }
}
