//! Passwords: argon2id, off the async threads, a few at a time so that a flood takes neither all memory nor all cores.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Shortest password, in characters.
pub const PASSWORD_MIN: usize = 10;
/// Longest password, in bytes: hashing time must not be the caller's choice.
pub const PASSWORD_MAX: usize = 1_024;
/// Hashes at work at once; each takes 19 MiB and some 20 ms of one core.
const AT_ONCE: usize = 2;
/// Longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Hash of a password that nobody has, so that an unknown name takes as long as a wrong password.
    decoy: Arc<str>,
}

impl Passwords {
    pub fn new() -> Result<Self, Problem> {
        let decoy = hash_now(&super::secret::generate())?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() })
    }

    /// The PHC string to store.
    pub async fn hash(&self, password: &str) -> Result<String, Problem> {
        let (turn, password) = (self.turn().await?, password.to_owned());
        blocking(move || {
            let _turn = turn;
            hash_now(&password)
        })
        .await?
    }

    /// Whether `password` belongs to `stored`; `None` takes the same time and is false.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, Problem> {
        if password.len() > PASSWORD_MAX {
            return Ok(false);
        }
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let (turn, password) = (self.turn().await?, password.to_owned());
        let fits = blocking(move || {
            let _turn = turn;
            let parsed = PasswordHash::new(&stored).map_err(|error| {
                tracing::error!(%error, "a stored password hash is unreadable");
                Problem::internal()
            })?;
            Ok::<bool, Problem>(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await??;
        Ok(known && fits)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let waiting = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::new(
                ProblemCode::RateLimited,
                "Many people are signing in at once; try again in a moment.",
            )
            .with("retry_after", PATIENCE.as_secs())),
        }
    }
}

/// What is wrong with a new password at `path`, if anything.
pub fn check(path: &str, password: &str) -> Option<FieldError> {
    if password.chars().count() < PASSWORD_MIN {
        return Some(FieldError::new(path, Fault::TooShort { min: PASSWORD_MIN }));
    }
    (password.len() > PASSWORD_MAX).then(|| FieldError::new(path, Fault::TooLong { max: PASSWORD_MAX }))
}

fn hash_now(password: &str) -> Result<String, Problem> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| {
        tracing::error!(%error, "a password cannot be hashed");
        Problem::internal()
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "hashing a password was broken off");
        Problem::internal()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() -> Result<(), Problem> {
        let passwords = Passwords::new()?;
        let stored = passwords.hash("correct horse").await?;
        assert!(stored.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse", Some(&stored)).await?);
        assert!(!passwords.verify("wrong horse", Some(&stored)).await?);
        assert!(!passwords.verify("correct horse", None).await?);
        Ok(())
    }

    #[test]
    fn short_passwords_are_refused_by_characters_not_bytes() {
        assert!(check("/password", "短短短短").is_some());
        assert!(check("/password", "十個字符的密碼就可以").is_none());
        assert!(check("/password", &"x".repeat(1_025)).is_some());
    }
}
