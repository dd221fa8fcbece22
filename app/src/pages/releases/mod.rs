//! Versions of a repository as rows, on the page of an app that runs it and on its own.

pub mod act;
mod opened;
mod table;

use leptos::prelude::*;
use model::id::{AppKey, ReleaseId};
use model::release::{Pin, Place, Release};
use model::time::Timestamp;

use super::visit::Visit;
use crate::paths;
use crate::text::versions as t;

pub use self::table::table;

/// Where the rows stand.
pub struct List<'a> {
    pub visit: &'a Visit,
    pub now: Timestamp,
    /// The person may change apps and releases.
    pub may_change: bool,
    /// The page's path, and what of its query every link keeps.
    pub path: String,
    pub kept: Vec<(&'static str, String)>,
    /// The release whose details are open.
    pub open: Option<ReleaseId>,
    /// The app whose versions these are; absent where a repository is shown by itself.
    pub here: Option<Here<'a>>,
    /// Apps that run something of the repository, where one can be deployed to.
    pub apps: Vec<Place>,
}

/// The app whose versions are shown.
pub struct Here<'a> {
    pub key: &'a AppKey,
    pub pin: Option<&'a Pin>,
    /// There is another environment.
    pub may_promote: bool,
}

impl Here<'_> {
    fn runs(&self, release: &Release) -> bool {
        release
            .runs
            .iter()
            .any(|place| place.environment == self.key.environment && place.app == self.key.app)
    }

    fn holds(&self, release: &Release) -> bool {
        self.pin.is_some_and(|pin| {
            let tag_fits = pin.version.tag.is_none() || pin.version.tag == release.version.tag;
            tag_fits && pin.version.is_same(&release.version)
        })
    }
}

impl List<'_> {
    /// This page with more in its query.
    pub fn link(&self, more: &[(&str, &str)]) -> String {
        let kept = self.kept.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> = kept.chain(more.iter().copied()).collect();
        format!("{}{}", self.path, paths::query(&pairs))
    }

    /// The way to older versions and back to the newest.
    pub fn pager(&self, next: Option<&str>) -> AnyView {
        let locale = self.visit.locale;
        let others = self.kept.iter().filter(|(name, _)| *name != "cursor");
        let others: Vec<_> = others.map(|(name, value)| (*name, value.as_str())).collect();
        let at = |cursor: &str| {
            let pairs: Vec<_> = others.iter().copied().chain([("cursor", cursor)]).collect();
            format!("{}{}", self.path, paths::query(&pairs))
        };
        let older = self.kept.iter().any(|(name, value)| *name == "cursor" && !value.is_empty());
        let newest = older.then(|| view! { <a class="btn" href=at("")>{t::newest(locale)}</a> });
        let older = next.map(|next| view! { <a class="btn" href=at(next) rel="next">{t::older(locale)}</a> });
        view! { <nav class="pager" aria-label=t::pages(locale)>{newest} <span></span> {older}</nav> }
            .into_any()
    }

    /// This page at a row, with its details open or closed.
    fn at(&self, release: &Release, open: bool) -> String {
        let id = release.id.to_string();
        let link = if open { self.link(&[("release", &id)]) } else { self.link(&[]) };
        format!("{link}#{}", anchor(release.id))
    }
}

fn anchor(id: ReleaseId) -> String {
    format!("release-{id}")
}

pub fn key(place: &Place) -> AppKey {
    AppKey { environment: place.environment.clone(), app: place.app.clone() }
}
