//! A registry's trouble as a caller sees it.

use model::id::RegistryName;
use model::problem::{Problem, ProblemCode};
use model::registry::{RegistryTrouble, TroubleCode};

/// Nothing is known and the registry cannot be asked: what happened, and what helps.
pub fn unknown(registry: &RegistryName, image: &str, trouble: &RegistryTrouble) -> Problem {
    let detail = format!(
        "What {image} stands for is not known: the registry {registry} was asked, and {}. Try again, or deploy by digest: \
         repository@sha256:....",
        trouble.detail
    );
    Problem::new(ProblemCode::RegistryUnreachable, detail)
        .with("registry", registry)
        .with("trouble", code(trouble.code))
}

const fn code(code: TroubleCode) -> &'static str {
    match code {
        TroubleCode::Unreachable => "unreachable",
        TroubleCode::Timeout => "timeout",
        TroubleCode::Tls => "tls",
        TroubleCode::Unauthorized => "unauthorized",
        TroubleCode::Denied => "denied",
        TroubleCode::RateLimited => "rate_limited",
        TroubleCode::NotFound => "not_found",
        TroubleCode::NoCatalogue => "no_catalogue",
        TroubleCode::Protocol => "protocol",
        TroubleCode::Insecure => "insecure",
        TroubleCode::Sealed => "sealed",
    }
}
