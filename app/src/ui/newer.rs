//! That there is something newer than what runs, or that its tag was moved: each leads to deploying it.

use leptos::prelude::*;
use model::app::AppSummary;
use model::id::AppKey;
use model::image::ImageReference;
use model::release::ReleaseKind;
use model::time::Timestamp;

use super::icon::{Icon, icon};
use crate::paths;
use crate::text::{Locale, apps as t};

/// `None` where what runs is the newest that is known.
pub fn marks(locale: Locale, app: &AppSummary, may_change: bool, now: Timestamp) -> Option<AnyView> {
    if app.newer.is_none() && app.moved.is_none() {
        return None;
    }
    let key = AppKey { environment: app.environment.clone(), app: app.name.clone() };
    let mark = |class: &'static str, image: &str, word: AnyView, title: String| {
        if may_change {
            let href = paths::deploy_version(&key, ReleaseKind::Image, image);
            view! { <a class=class href=href title=title.clone() aria-label=title>{word}</a> }.into_any()
        } else {
            view! { <span class=class title=title>{word}</span> }.into_any()
        }
    };
    let newer = app.newer.as_ref().map(|newer| {
        let word = view! { {icon(Icon::Deployments)} {newer.tag.clone()} }.into_any();
        mark("tag newer", &newer.image, word, t::newer(locale, newer, now))
    });
    let image = app.image.as_deref().unwrap_or_default();
    let as_tagged = image.split('@').next().unwrap_or_default();
    let moved = app.moved.as_ref().map(|digest| {
        mark("tag warn newer", as_tagged, t::tag_moved(locale).into_any(), t::tag_moved_to(locale, digest))
    });
    Some(view! { <span class="newer-marks">{newer} {moved}</span> }.into_any())
}

/// What a registry calls the repository that an app runs, as its events name it.
pub fn repository(app: &AppSummary) -> Option<String> {
    app.image.as_deref()?.parse::<ImageReference>().ok().map(|image| image.repository)
}
