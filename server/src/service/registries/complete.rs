//! What the field of an image offers while it is typed: repositories until there is a colon, then their tags.

use model::image::ImageReference;
use model::problem::Problem;
use model::registry::{NamesQuery, Suggestion};

use crate::registry::host_of;
use crate::service::Core;
use crate::store::{registries as rows, registry_repositories, registry_tags};

const SUGGESTIONS: u32 = 20;
/// Longer than any image can be.
const TEXT_MAX: usize = 512;

pub async fn complete(core: &Core, text: &str) -> Result<Vec<Suggestion>, Problem> {
    let text = text.trim();
    if text.len() > TEXT_MAX || text.contains('@') {
        return Ok(Vec::new());
    }
    let mut reader = core.store.read().await?;
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    if let Some(colon) = text[last..].find(':') {
        let (image, tag) = (&text[..last + colon], &text[last + colon + 1..]);
        let Ok(reference) = image.parse::<ImageReference>() else { return Ok(Vec::new()) };
        let Some(row) = rows::by_host(&mut reader, &host_of(&reference.registry)).await? else {
            return Ok(Vec::new());
        };
        let repository = &reference.repository;
        let asked = NamesQuery { q: Some(tag.to_owned()), limit: Some(SUGGESTIONS), cursor: None };
        let found = registry_tags::page(&mut reader, row.id, repository, &asked).await?.items;
        return Ok(found
            .into_iter()
            .filter(|tag| !tag.gone)
            .map(|tag| Suggestion {
                image: format!("{image}:{}", tag.name),
                pushed_at: Some(tag.pushed_at),
                digest: Some(tag.digest),
            })
            .collect());
    }
    let found = registry_repositories::search(&mut reader, text, SUGGESTIONS).await?;
    Ok(found
        .into_iter()
        .map(|repository| Suggestion { image: repository.image, pushed_at: None, digest: None })
        .collect())
}
