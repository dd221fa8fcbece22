//! Images: every repository that is known, the tags that a registry has of one, and its versions in the app repository.

mod list;
mod opened;
mod tags;
mod versions;

use leptos::prelude::*;
use model::permission::Caller;
use model::problem::Problem;
use model::registry::{Registry, RegistryState};
use model::release::ReleaseKind;
use model::time::Timestamp;

use super::visit::{Visit, page};
use crate::paths;
use crate::text::{Locale, images as t, registries};
use crate::ui::time::ago;

/// The value of `view` for the versions of a repository that a registry has.
const VERSIONS: &str = "versions";

#[component]
pub fn ImagesPage() -> impl IntoView {
    page(images)
}

async fn images(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let name = visit.asked("repository");
    if name.is_empty() {
        return list::view(&visit, &caller).await;
    }
    let kinds = [ReleaseKind::Image, ReleaseKind::Artifact];
    let kind =
        kinds.into_iter().find(|kind| kind.as_str() == visit.asked("kind")).unwrap_or(ReleaseKind::Image);
    let known = match kind {
        ReleaseKind::Image => visit.ports.registries.of_image(&caller, &name).await?,
        ReleaseKind::Artifact => None,
    };
    match known {
        Some(known) if visit.asked("view") != VERSIONS => tags::view(&visit, &caller, &known).await,
        known => versions::view(&visit, &caller, kind, name, known.is_some()).await,
    }
}

/// The name of a repository above what is known of it, and the ways to look at it where there are two.
fn head(locale: Locale, kind: ReleaseKind, name: &str, views: Option<&'static str>) -> AnyView {
    let here = paths::repository(kind, name);
    let told = format!("{here}&view={VERSIONS}");
    let tab = |href: String, word: &'static str, value: &str| {
        let current = (views == Some(value)).then_some("page");
        view! {
            <a class="chip" href=href aria-current=current>
                {word}
            </a>
        }
    };
    view! {
        <div class="head">
            <div>
                <nav class="crumbs" aria-label=t::title(locale)>
                    <a href=paths::IMAGES>{t::title(locale)}</a>
                    " / "
                    <span>{t::kind(locale, kind)}</span>
                </nav>
                <h1 class="image-name">{name.to_owned()}</h1>
            </div>
            {views
                .map(|_| {
                    view! {
                        <nav class="actions" aria-label=name.to_owned()>
                            {tab(here, registries::tags(locale), "")}
                            {tab(told, t::versions(locale), VERSIONS)}
                        </nav>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Says of a registry that does not answer how old what is shown of it is.
fn away(locale: Locale, registry: &Registry, now: Timestamp) -> Option<AnyView> {
    let RegistryState::Failing { trouble, .. } = &registry.state else { return None };
    let read = match registry.synced_at {
        Some(at) => view! { {t::last_read(locale)} " " {ago(locale, at, now)} "." }.into_any(),
        None => t::never_read(locale).into_any(),
    };
    Some(
        view! {
            <div class="alert warn" role="status" data-key=registry.name.to_string()>
                <div>
                    <b>
                        <a href=paths::registry(registry.name.as_str())>{registry.name.to_string()}</a>
                        ": "
                    </b>
                    <span title=trouble.detail.clone()>{registries::trouble(locale, trouble.code)}</span>
                    " "
                    {read}
                </div>
            </div>
        }
        .into_any(),
    )
}

/// The registries that do not answer. The part is there also when all do, so that one can appear in it.
async fn notices(visit: &Visit, caller: &Caller, only: Option<&str>) -> Result<AnyView, Problem> {
    let now = visit.ports.site.now();
    let all = visit.ports.registries.list(caller).await?;
    let shown = all.iter().filter(|each| only.is_none_or(|only| each.name.as_str() == only));
    let notices = shown.filter_map(|each| away(visit.locale, each, now)).collect_view();
    Ok(view! { <div class="region" data-live="registries" data-on="registry registry_gone">{notices}</div> }
        .into_any())
}
