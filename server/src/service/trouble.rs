//! Errors of engines and of the seal as a caller sees them.

use adapters::engine::EngineError;
use model::id::EnvironmentName;
use model::problem::{Problem, ProblemCode};

use crate::auth::seal::SealError;

pub fn problem(environment: &EnvironmentName, error: EngineError) -> Problem {
    let code = match &error {
        EngineError::NotFound(_) => ProblemCode::NotFound,
        EngineError::Conflict(_) | EngineError::Unsupported(_) | EngineError::Refused(_) => {
            ProblemCode::WrongState
        }
        EngineError::Host { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            ProblemCode::DiskFull
        }
        EngineError::Unauthorized
        | EngineError::Unreachable(_)
        | EngineError::Timeout(_)
        | EngineError::Protocol(_)
        | EngineError::Host { .. } => ProblemCode::EngineUnreachable,
    };
    tracing::warn!(%environment, %error, "engine");
    let mut detail = error.to_string();
    if let Some(first) = detail.get(..1) {
        detail = format!("{}{}.", first.to_uppercase(), &detail[1..]);
    }
    Problem::new(code, detail).with("environment", environment)
}

/// The cause is logged, as it may name files of the host.
pub fn of_seal(error: SealError) -> Problem {
    tracing::error!(%error, "a secret cannot be sealed or opened");
    Problem::internal()
}
