//! What can go wrong with the database, by what the caller can do about it.

use model::problem::{Problem, ProblemCode};
use sqlx::error::ErrorKind;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("the database address must begin with sqlite: or postgres:")]
    Address,
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// Locked by another program, or all connections are in use.
    #[error("the database is busy")]
    Busy,
    #[error("no space left for the database")]
    DiskFull,
    /// A uniqueness rule; holds the database's words, which name the rule.
    #[error("the database holds this already: {0}")]
    Conflict(String),
    /// What is stored cannot be read: damaged, or of another version.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    #[error("the cursor is not one of this list's")]
    Cursor,
    #[error("this database cannot do that; {0}")]
    Unsupported(&'static str),
    #[error("the tables cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A mistake in our SQL.
    #[error("the database refused a statement: {0}")]
    Statement(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Self::DiskFull,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Configuration(_) => Self::Unavailable(error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            sqlx::Error::Database(cause) => match (cause.kind(), cause.code().as_deref()) {
                (ErrorKind::UniqueViolation, _) => Self::Conflict(cause.message().to_owned()),
                (_, Some(code)) => by_code(code, &error).unwrap_or(Self::Statement(error)),
                _ => Self::Statement(error),
            },
            _ => Self::Statement(error),
        }
    }
}

/// SQLite's result codes are numbers, PostgreSQL's SQLSTATE five characters.
fn by_code(code: &str, error: &sqlx::Error) -> Option<StoreError> {
    if code.len() == 5 {
        return match code {
            "53100" => Some(StoreError::DiskFull),
            "55P03" | "40001" | "40P01" | "53300" => Some(StoreError::Busy),
            "XX001" | "XX002" => Some(StoreError::Corrupt(error.to_string())),
            _ if code.starts_with("08") || code.starts_with("57P") => {
                Some(StoreError::Unavailable(sqlx::Error::Protocol(error.to_string())))
            }
            _ => None,
        };
    }
    // The low byte is the primary code, the rest its extension.
    match code.parse::<i32>().ok()? & 0xff {
        5 | 6 => Some(StoreError::Busy),
        13 => Some(StoreError::DiskFull),
        11 | 26 => Some(StoreError::Corrupt(error.to_string())),
        8 | 10 | 14 => Some(StoreError::Unavailable(sqlx::Error::Protocol(error.to_string()))),
        _ => None,
    }
}

/// The one place where a store error becomes what a caller sees; the cause is logged here and stays here.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Cursor => {
                return Self::new(
                    ProblemCode::Malformed,
                    "The cursor is not one that this list gave; leave it out to begin again.",
                );
            }
            StoreError::Busy => tracing::warn!(%error, "store"),
            _ => tracing::error!(%error, cause = ?std::error::Error::source(&error), "store"),
        }
        match error {
            StoreError::Unavailable(_) => Self::new(
                ProblemCode::StoreUnavailable,
                "The database does not answer; try again in a moment.",
            ),
            StoreError::Busy => {
                Self::new(ProblemCode::StoreUnavailable, "The database is busy; try again in a moment.")
            }
            StoreError::DiskFull => Self::new(
                ProblemCode::DiskFull,
                "The disk of the database is full; nothing was changed. Free some space and try again.",
            ),
            StoreError::Conflict(_) => Self::new(
                ProblemCode::WrongState,
                "Somebody else changed the same thing at the same moment; try again.",
            ),
            _ => Self::internal(),
        }
    }
}
