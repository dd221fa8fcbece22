//! Repositories as they are listed: what a registry has of each, the newest release, and the apps that run it.

use model::image::ImageReference;
use model::release::{KnownRepository, Place, Release, ReleaseKind, Version};

use super::where_it_runs;
use crate::registry::host_of;
use crate::store::{AnyConnection, StoreError, registry_repositories, releases, repositories};

/// Every way to write the name of a repository.
pub fn spellings(kind: ReleaseKind, name: &str) -> Vec<String> {
    match name.parse::<ImageReference>() {
        Ok(reference) if kind == ReleaseKind::Image => reference.spellings(),
        _ => vec![name.to_owned()],
    }
}

/// What living apps are to run of a repository, by whichever of its names.
pub async fn running(
    connection: &mut AnyConnection,
    kind: ReleaseKind,
    names: &[String],
) -> Result<Vec<(Place, Version)>, StoreError> {
    let mut found = Vec::new();
    for name in names {
        found.extend(releases::running(connection, kind, name).await?);
    }
    Ok(found)
}

/// What bears a name: an image, an upload, or both.
pub async fn of_name(
    connection: &mut AnyConnection,
    name: String,
) -> Result<Vec<KnownRepository>, StoreError> {
    let mut items = Vec::new();
    let registry = match name.parse::<ImageReference>() {
        Ok(image) => {
            let host = host_of(&image.registry);
            registry_repositories::of_image(connection, &host, &image.repository).await?
        }
        Err(_) => None,
    };
    for (newest, count) in repositories::newest(connection, &name).await? {
        let kind = newest.version.kind;
        let in_registry = kind == ReleaseKind::Image && registry.as_ref().is_some_and(|one| !one.gone);
        if !in_registry {
            items.push(entry(connection, kind, &name, count, Some(newest)).await?);
        }
    }
    // Of several spellings the list shows the registry's own.
    if let Some(registry) = registry.filter(|registry| registry.image == name && !registry.gone) {
        let mut count = 0;
        let mut newest: Option<Release> = None;
        for spelling in spellings(ReleaseKind::Image, &name) {
            let found = repositories::newest(connection, &spelling).await?;
            for (release, more) in found.into_iter().filter(|(one, _)| one.version.kind == ReleaseKind::Image)
            {
                count += more;
                if newest.as_ref().is_none_or(|before| before.id < release.id) {
                    newest = Some(release);
                }
            }
        }
        let known = entry(connection, ReleaseKind::Image, &name, count, newest).await?;
        items.push(KnownRepository { registry: Some(registry), ..known });
    }
    Ok(items)
}

async fn entry(
    connection: &mut AnyConnection,
    kind: ReleaseKind,
    name: &str,
    count: u32,
    mut newest: Option<Release>,
) -> Result<KnownRepository, StoreError> {
    let running = running(connection, kind, &spellings(kind, name)).await?;
    if let Some(newest) = &mut newest {
        newest.runs = where_it_runs(&running, &newest.version);
    }
    let apps = running.into_iter().map(|(place, _)| place).collect();
    Ok(KnownRepository { kind, name: name.to_owned(), count, newest, registry: None, apps })
}
