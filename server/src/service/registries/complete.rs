//! What the field of an image offers while it is typed: repositories until there is a colon, then their tags. A repository
//! that is typed whole offers its tags too.

use model::image::ImageReference;
use model::problem::Problem;
use model::registry::{NamesQuery, Suggestion};

use crate::registry::host_of;
use crate::service::Core;
use crate::store::{AnyConnection, registries as rows, registry_repositories, registry_tags};

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
        return tags(&mut reader, &text[..last + colon], &text[last + colon + 1..]).await;
    }
    let found = registry_repositories::search(&mut reader, text, SUGGESTIONS).await?;
    let whole = found.iter().any(|repository| repository.image == text);
    let repositories = found.into_iter();
    let mut offered: Vec<_> = repositories
        .map(|repository| Suggestion { image: repository.image, pushed_at: None, digest: None })
        .collect();
    if whole {
        offered.extend(tags(&mut reader, text, "").await?);
    }
    Ok(offered)
}

/// The tags of an image that hold these words, the latest pushed first.
async fn tags(reader: &mut AnyConnection, image: &str, words: &str) -> Result<Vec<Suggestion>, Problem> {
    let Ok(reference) = image.parse::<ImageReference>() else { return Ok(Vec::new()) };
    let Some(row) = rows::by_host(reader, &host_of(&reference.registry)).await? else {
        return Ok(Vec::new());
    };
    let asked = NamesQuery { q: Some(words.to_owned()), limit: Some(SUGGESTIONS), cursor: None };
    let found = registry_tags::page(reader, row.id, &reference.repository, &asked).await?.items;
    let living = found.into_iter().filter(|tag| !tag.gone);
    Ok(living
        .map(|tag| Suggestion {
            image: format!("{image}:{}", tag.name),
            pushed_at: Some(tag.pushed_at),
            digest: Some(tag.digest),
        })
        .collect())
}
