//! How an image that ran before stands with its registry now: whether it is still there, and where its tag went.

use model::id::RegistryName;
use model::image::ImageReference;
use model::problem::Problem;

use super::resolve::{Said, ask};
use crate::registry::host_of;
use crate::service::Core;
use crate::store::{registries as rows, registry_tags};

pub struct Standing {
    pub registry: RegistryName,
    /// Whether the registry has the digest; `None` where it does not answer.
    pub has: Option<bool>,
    /// What the tag stands for now, where that is something else.
    pub tag_now: Option<String>,
}

/// `None` for an image without a digest and for one of a registry that is not ours.
pub async fn standing(core: &Core, image: &str) -> Result<Option<Standing>, Problem> {
    let Ok(reference) = image.parse::<ImageReference>() else { return Ok(None) };
    let Some(digest) = reference.digest.clone() else { return Ok(None) };
    let row = rows::by_host(&mut *core.store.read().await?, &host_of(&reference.registry)).await?;
    let Some(row) = row else { return Ok(None) };
    let repository = &reference.repository;
    let of_tag = async {
        match &reference.tag {
            Some(tag) => Some(ask(core, &row, repository, tag).await),
            None => None,
        }
    };
    let (content, of_tag) = tokio::join!(ask(core, &row, repository, &digest), of_tag);
    let has = match content {
        Said::Digest(_) => Some(true),
        Said::Nothing => Some(false),
        Said::Trouble(_) => None,
    };
    let tag_now = match (of_tag, &reference.tag) {
        (Some(Said::Digest(now)), _) => Some(now),
        (Some(Said::Trouble(_)), Some(tag)) => {
            let known = registry_tags::get(&mut *core.store.read().await?, row.id, repository, tag).await?;
            known.filter(|known| !known.tag.gone).map(|known| known.tag.digest)
        }
        _ => None,
    };
    let tag_now = tag_now.filter(|now| *now != digest);
    Ok(Some(Standing { registry: row.settings.name, has, tag_now }))
}
