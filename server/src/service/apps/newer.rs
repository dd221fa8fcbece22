//! Marks apps for which there is something newer than what they run, or whose tag has been moved.

use model::app::AppSummary;
use model::image::ImageReference;
use model::newer::{moved, newer};
use model::release::Version;

use crate::registry::host_of;
use crate::store::newer::{Running, candidates};
use crate::store::{AnyConnection, StoreError};

/// By one question for all of them.
pub async fn mark(connection: &mut AnyConnection, apps: &mut [AppSummary]) -> Result<(), StoreError> {
    let images: Vec<Option<(Running, Version)>> = apps.iter().map(image).collect();
    let mut wanted: Vec<Running> = images.iter().flatten().map(|(running, _)| running.clone()).collect();
    wanted.sort();
    wanted.dedup();
    let known = candidates(connection, &wanted).await?;
    for (app, image) in apps.iter_mut().zip(images) {
        let Some((running, version)) = image else { continue };
        let Some(of) = wanted.binary_search(&running).ok().and_then(|place| known.get(place)) else {
            continue;
        };
        app.newer = newer(&version, of);
        app.moved = moved(&version, of);
    }
    Ok(())
}

fn image(app: &AppSummary) -> Option<(Running, Version)> {
    let image = app.image.as_deref()?;
    let reference: ImageReference = image.parse().ok()?;
    let mut version = Version::of_image(image)?;
    version.tag = reference.wanted_tag().map(str::to_owned);
    let running = Running {
        host: host_of(&reference.registry),
        repository: reference.repository,
        named: version.repository.clone(),
        tag: version.tag.clone()?,
    };
    Some((running, version))
}
