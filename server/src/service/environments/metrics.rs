//! Where an environment's measurements are asked: whether the settings can be used, and how the source answers now.

use std::time::Instant;

use adapters::metrics::{Prometheus, RemoteConfig, RemoteError};
use app::port::Answer;
use model::duration::Span;
use model::id::EnvironmentName;
use model::metric::{SourceSettings, SourceTest};
use model::problem::{Fault, FieldError, Problem};

use crate::metrics::certificates;
use crate::service::{Core, trouble};
use crate::store::environments::EnvironmentRow;

const PREFIX: &str = "/metrics";

/// What is to be kept of the settings, with the sealed secret. Absent settings leave what there was.
pub async fn settle(
    core: &Core,
    name: &EnvironmentName,
    wanted: Option<SourceSettings>,
    before: Option<&EnvironmentRow>,
) -> Answer<(SourceSettings, Option<String>)> {
    let kept = before.map(|row| (row.metrics.clone(), row.metrics_secret.clone()));
    let Some(wanted) = wanted else { return Ok(kept.unwrap_or_default()) };
    let (settings, secret) =
        wanted.check(kept.as_ref().map(|(settings, _)| settings), PREFIX).map_err(Problem::invalid)?;
    if let Some(file) = settings.remote().and_then(|remote| remote.ca.as_deref()) {
        readable(file).await?;
    }
    let needs = settings.remote().is_some_and(|remote| remote.authentication.is_some());
    let sealed = match secret {
        Some(secret) => Some(core.sources.seal(name, &secret).map_err(trouble::of_seal)?),
        None => kept.and_then(|(_, sealed)| sealed).filter(|_| needs),
    };
    Ok((settings, sealed))
}

/// Whether a file holds certificates.
async fn readable(file: &str) -> Answer<()> {
    let wrong = |fault| Problem::invalid(vec![FieldError::new(format!("{PREFIX}/ca"), fault)]);
    let Ok(pem) = certificates(file).await else {
        return Err(wrong(Fault::NoSuchFile { file: file.to_owned() }));
    };
    let config = RemoteConfig { url: String::new(), login: None, ca: Some(pem) };
    match Prometheus::new(config) {
        Err(RemoteError::Certificates(_)) => Err(wrong(Fault::NotCertificate)),
        _ => Ok(()),
    }
}

/// Asks the source now. That it does not answer is an answer, not an error.
pub async fn test(core: &Core, name: &EnvironmentName) -> SourceTest {
    let began = Instant::now();
    let answer = core.sources.of(name).about().await;
    let took = Span::from_millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    match answer {
        Ok(version) => SourceTest { ok: true, took, version: Some(version), trouble: None },
        Err(error) => SourceTest { ok: false, took, version: None, trouble: Some(error.to_string()) },
    }
}
