//! New, old and ready instances as numbers and as a bar.

use leptos::prelude::*;
use model::deployment::{Deployment, DeploymentKind, Progress};

use crate::text::Locale;
use crate::text::deployment as t;
use crate::ui::version::brief;

/// New, old and missing instances as pieces of a bar.
fn pieces(progress: Progress, ended: bool) -> Vec<&'static str> {
    const MOST: u32 = 120;
    let new_starting = progress.updated.saturating_sub(progress.healthy);
    let old_rest = progress.old.saturating_sub(progress.old_healthy);
    let there = progress.updated + progress.old;
    let missing = progress.wanted.saturating_sub(there);
    let total = (there + missing).max(1);
    let share = |count: u32| if total <= MOST { count } else { (count * MOST).div_ceil(total) };
    let new = if ended { "h" } else { "n" };
    [
        (progress.healthy, new),
        (new_starting, "s"),
        (progress.old_healthy, "h"),
        (old_rest, "o"),
        (missing, "m"),
    ]
    .into_iter()
    .flat_map(|(count, class)| std::iter::repeat_n(class, share(count) as usize))
    .collect()
}

pub fn counts(locale: Locale, deployment: &Deployment) -> AnyView {
    let progress = deployment.progress;
    let bar = pieces(progress, !deployment.state.is_active());
    let label = |version: Option<String>, revision: Option<u32>| {
        let number = revision.map(|revision| t::version(locale, revision));
        [number, version].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let new_title = label(deployment.to_version.clone(), deployment.to_revision);
    let new_version = label(deployment.to_version.as_deref().map(brief), deployment.to_revision);
    let old_title = label(deployment.from_version.clone(), deployment.from_revision);
    let old_version = label(deployment.from_version.as_deref().map(brief), deployment.from_revision);
    let two_versions = (deployment.from_revision != deployment.to_revision
        || deployment.kind == DeploymentKind::Restart)
        && !old_version.is_empty();
    let old = two_versions.then(|| {
        view! {
            <div>
                <b>{progress.old}</b>
                <span>{t::old(locale)}</span>
                <span class="sub count-version" title=old_title.clone()>{old_version.clone()}</span>
            </div>
        }
    });
    view! {
        <h2 id="instances-title">{t::instances(locale)}</h2>
        <div class="counts">
            <div>
                <b>{progress.updated}</b>
                <span class="count-new">{if two_versions { t::new(locale) } else { t::instances(locale) }}</span>
                <span class="sub count-version" title=new_title.clone()>{new_version.clone()}</span>
            </div>
            {old}
            <div>
                <b>{progress.healthy + progress.old_healthy}</b>
                <span>{t::ready_of(locale, progress.wanted)}</span>
            </div>
        </div>
        <div class="bar wide-bar" aria-hidden="true">
            {bar.into_iter().map(|class| view! { <i class=class></i> }).collect_view()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_holds_every_instance_and_stays_short() {
        let progress =
            Progress { wanted: 6, updated: 3, healthy: 2, old: 4, old_healthy: 3, ..Progress::default() };
        assert_eq!(pieces(progress, false), ["n", "n", "s", "h", "h", "h", "o"]);
        let missing = Progress { wanted: 3, updated: 1, ..Progress::default() };
        assert_eq!(pieces(missing, true), ["s", "m", "m"]);
        let many = Progress { wanted: 10_000, updated: 10_000, healthy: 9_999, ..Progress::default() };
        assert!(pieces(many, true).len() <= 122);
    }
}
