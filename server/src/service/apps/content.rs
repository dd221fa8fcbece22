//! The content that a deployment stays with. A tag is asked about once, before the transaction, and the revision records
//! its digest beside it: every node runs the same, and going back means the same later on.

use std::time::Duration;

use model::api::{PlanWarning, UpdateApp};
use model::id::EnvironmentName;
use model::image::{DEFAULT_TAG, ImageReference, is_digest};
use model::problem::{FieldError, Problem, ProblemCode};
use serde_json::Value;

use crate::service::Core;
use crate::service::registries::{Standing, resolve, standing};

/// How long an engine may take to say what a tag stands for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What came up while a tag was asked about.
#[derive(Default)]
pub struct Settled {
    /// There is no such image.
    pub errors: Vec<FieldError>,
    pub warnings: Vec<PlanWarning>,
}

/// The image of a change, wherever it stands in the body. What is no image is left to those who validate.
pub async fn settle_update(
    core: &Core,
    environment: &EnvironmentName,
    input: &mut UpdateApp,
) -> Result<Settled, Problem> {
    if let Some(image) = &mut input.image {
        return settle(core, environment, image, "/image").await;
    }
    match input.definition.as_mut().and_then(|definition| definition.get_mut("image")) {
        Some(Value::String(image)) => settle(core, environment, image, "/definition/image").await,
        _ => Ok(Settled::default()),
    }
}

/// Adds the digest to an image that has none. One of a registry that is not ours stays as it is typed where the engine
/// does not know better. 503 where our registry is away and nothing was known.
pub async fn settle(
    core: &Core,
    environment: &EnvironmentName,
    image: &mut String,
    path: &str,
) -> Result<Settled, Problem> {
    let mut settled = Settled::default();
    let Ok(reference) = image.parse::<ImageReference>() else { return Ok(settled) };
    if reference.digest.is_some() {
        return Ok(settled);
    }
    match resolve(core, image, path).await {
        Ok(found) => match found.registry {
            Some(registry) => {
                if let Some(known_since) = found.known_since {
                    let image = image.clone();
                    let known_since = Some(known_since);
                    settled.warnings.push(PlanWarning::RegistryAway { registry, image, known_since });
                }
                *image = found.pinned;
            }
            None => {
                if let Some(digest) = by_engine(core, environment, image).await {
                    let tag = if reference.tag.is_some() { String::new() } else { format!(":{DEFAULT_TAG}") };
                    *image = format!("{image}{tag}@{digest}");
                }
            }
        },
        Err(problem) if problem.code == ProblemCode::Invalid => settled.errors = problem.errors,
        Err(problem) => return Err(problem),
    }
    Ok(settled)
}

/// What the engine says that an image stands for; its troubles are those of the deployment, not of this question.
async fn by_engine(core: &Core, environment: &EnvironmentName, image: &str) -> Option<String> {
    let engine = core.engine(environment).ok().filter(|engine| engine.capabilities().images)?;
    match tokio::time::timeout(PATIENCE, engine.resolve_image(image)).await {
        Ok(Ok(digest)) => digest.filter(|digest| is_digest(digest)),
        Ok(Err(error)) => {
            tracing::debug!(%environment, image, %error, "the engine does not know what an image stands for");
            None
        }
        Err(_) => None,
    }
}

/// What is to be known before an app goes back to an image: its tag may have moved on, its content may be gone.
pub async fn warnings_of_return(core: &Core, image: &str) -> Result<Vec<PlanWarning>, Problem> {
    let Some(Standing { registry, has, tag_now }) = standing(core, image).await? else {
        return Ok(Vec::new());
    };
    let image = image.to_owned();
    let mut warnings = Vec::new();
    if let Some(digest) = tag_now {
        warnings.push(PlanWarning::TagMoved { image: image.clone(), digest });
    }
    match has {
        Some(true) => {}
        Some(false) => warnings.push(PlanWarning::DigestGone { image, registry }),
        None => warnings.push(PlanWarning::RegistryAway { registry, image, known_since: None }),
    }
    Ok(warnings)
}
