//! The tags of one repository as its registry has them, the latest pushed first.

use leptos::prelude::*;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::registry::{KnownTag, NamesQuery, Repository};
use model::release::{Place, ReleaseKind, short_digest};
use model::time::Timestamp;

use super::{head, notices, opened};
use crate::islands::local_time::LocalTimes;
use crate::islands::refresh::Refresh;
use crate::pages::releases::key;
use crate::pages::visit::Visit;
use crate::paths;
use crate::text::{Locale, app as app_text, apps as apps_text, registries as t, versions};
use crate::ui::badge::{Tone, badge};
use crate::ui::time::ago;

/// Tags of one page.
const TAGS: u32 = 30;
/// Digits of a commit that people read.
const COMMIT: usize = 8;
/// Columns, for the details that go over all of them.
pub const COLUMNS: &str = "6";

/// What every row needs to know.
pub struct Setting<'a> {
    pub locale: Locale,
    pub now: Timestamp,
    pub may_change: bool,
    pub repository: &'a Repository,
    /// The apps that are to run something of the repository.
    pub apps: Vec<Place>,
    words: String,
    cursor: String,
}

pub async fn view(visit: &Visit, caller: &Caller, known: &Repository) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let (words, cursor) = (visit.asked("q"), visit.asked("cursor"));
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let query = NamesQuery { q: filled(&words), limit: Some(TAGS), cursor: filled(&cursor) };
    let registries = &visit.ports.registries;
    let found = registries.tags(caller, &known.registry, &known.name, &query).await?;
    let apps = visit.ports.releases.apps_of(caller, ReleaseKind::Image, &known.image).await?;
    let setting = Setting {
        locale,
        now: visit.ports.site.now(),
        may_change: caller.may(Permission::ChangeApps),
        repository: known,
        apps,
        words,
        cursor,
    };
    let open = visit.asked("tag");
    let heard = format!("app app_gone release registry repository:{}", known.name);
    Ok(view! {
        {crate::pages::title(&known.image)}
        {head(locale, ReleaseKind::Image, &known.image, Some(""))}
        {search(&setting)}
        {notices(visit, caller, Some(known.registry.as_str())).await?}
        <section class="card" data-live="tags" data-on=heard aria-labelledby="tags-title">
            <h2 class="visually-hidden" id="tags-title">{t::tags_of(locale, &known.image)}</h2>
            {known
                .syncing
                .map(|progress| view! { <p class="sub tags-reading">{t::reading(locale, progress)}</p> })}
            {if found.items.is_empty() {
                view! { <p class="empty">{t::no_tags(locale)}</p> }.into_any()
            } else {
                table(&setting, &found.items, &open)
            }}
        </section>
        {pager(&setting, found.next.as_deref())}
        <Refresh position=position />
        <LocalTimes />
    }
    .into_any())
}

fn search(setting: &Setting<'_>) -> AnyView {
    let locale = setting.locale;
    view! {
        <form class="filters" role="search">
            <input type="hidden" name="repository" value=setting.repository.image.clone() />
            <label class="search">
                <span class="visually-hidden">{t::find_tag(locale)}</span>
                <input type="search" name="q" value=setting.words.clone() placeholder=t::find_tag(locale) autocomplete="off" />
            </label>
            <button class="btn">{t::find_do(locale)}</button>
        </form>
    }
    .into_any()
}

fn pager(setting: &Setting<'_>, next: Option<&str>) -> AnyView {
    let locale = setting.locale;
    let newest = (!setting.cursor.is_empty())
        .then(|| view! { <a class="btn" href=setting.at("", "")>{versions::newest(locale)}</a> });
    let older = next.map(
        |next| view! { <a class="btn" href=setting.at(next, "") rel="next">{versions::older(locale)}</a> },
    );
    view! { <nav class="pager" aria-label=t::more_tags(locale)>{newest} <span></span> {older}</nav> }
        .into_any()
}

impl Setting<'_> {
    /// This page at a cursor, with the details of a tag open.
    fn at(&self, cursor: &str, open: &str) -> String {
        let image = self.repository.image.as_str();
        let pairs = [("repository", image), ("q", &self.words), ("cursor", cursor), ("tag", open)];
        let fragment = if open.is_empty() { String::new() } else { format!("#{}", anchor(open)) };
        format!("{}{}{fragment}", paths::IMAGES, paths::query(&pairs))
    }
}

fn anchor(tag: &str) -> String {
    format!("tag-{tag}")
}

fn table(setting: &Setting<'_>, tags: &[KnownTag], open: &str) -> AnyView {
    let locale = setting.locale;
    view! {
        <div class="scroll" tabindex="0">
            <table class="tags">
                <thead>
                    <tr>
                        <th scope="col">{t::tag(locale)}</th>
                        <th scope="col">{t::pushed(locale)}</th>
                        <th scope="col">{t::origin(locale)}</th>
                        <th scope="col">{t::scan(locale)}</th>
                        <th scope="col">{versions::runs_in(locale)}</th>
                        <th scope="col"><span class="visually-hidden">{app_text::actions(locale)}</span></th>
                    </tr>
                </thead>
                <tbody>
                    {tags
                        .iter()
                        .map(|known| {
                            let here = known.tag.name == open;
                            view! { {row(setting, known, here)} {here.then(|| opened::view(setting, known))} }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(setting: &Setting<'_>, known: &KnownTag, open: bool) -> AnyView {
    let Setting { locale, now, .. } = *setting;
    let tag = &known.tag;
    let toggled = setting.at(&setting.cursor, if open { "" } else { &tag.name });
    let toggle = if open { versions::less(locale) } else { versions::more(locale) };
    let deploy = (setting.may_change && !tag.gone && !open).then(|| {
        view! {
            <a class="btn small" href=toggled.clone() aria-label=t::deploy_named(locale, &tag.name)>
                {t::deploy(locale)}
            </a>
        }
    });
    let size = tag.size.map(|size| apps_text::bytes(size as f64));
    view! {
        <tr id=anchor(&tag.name) data-key=anchor(&tag.name) class="image-tag" class:opened=open>
            <td class="tag-name">
                <div class="row">
                    <a class="name" href=toggled.clone()>
                        {tag.name.clone()}
                    </a>
                    {marks(locale, known)}
                </div>
                <code class="sub" title=tag.digest.clone()>
                    {short_digest(&tag.digest).to_owned()}
                </code>
            </td>
            <td class="tag-pushed">
                <span class="nowrap">{ago(locale, tag.pushed_at, now)}</span>
                <div class="sub clip">{size} {(!tag.platforms.is_empty()).then(|| format!(" · {}", platforms(known)))}</div>
            </td>
            <td class="tag-origin">{origin(locale, known)}</td>
            <td class="tag-scan">{findings(locale, known)}</td>
            <td class="release-runs">{runs(known, "–")}</td>
            <td class="release-do">
                <div class="row end">
                    {deploy}
                    <a
                        class="btn small plain"
                        href=toggled
                        aria-expanded=open.to_string()
                        aria-label=versions::of_version(toggle, &tag.name)
                    >
                        {toggle}
                    </a>
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// Systems and processors, without the system where it is the usual one.
fn platforms(known: &KnownTag) -> String {
    let short = |platform: &String| platform.strip_prefix("linux/").unwrap_or(platform).to_owned();
    known.tag.platforms.iter().map(short).collect::<Vec<_>>().join(", ")
}

fn marks(locale: Locale, known: &KnownTag) -> AnyView {
    let tag = &known.tag;
    let bad = known.release.as_ref().is_some_and(|release| release.bad.is_some());
    view! {
        {bad.then(|| badge(Tone::Bad, versions::bad(locale)))}
        {tag
            .moved_from
            .as_ref()
            .map(|from| view! { <span class="tag warn" title=t::tag_was(locale, from)>{t::moved(locale)}</span> })}
        {tag.gone.then(|| view! { <span class="tag">{t::gone(locale)}</span> })}
    }
    .into_any()
}

/// The commit, a link to its source where the image names one, and the build.
fn origin(locale: Locale, known: &KnownTag) -> AnyView {
    let commit = known.commit().map(|commit| {
        let short = commit.chars().take(COMMIT).collect::<String>();
        let source = known.tag.source.as_deref().filter(|source| is_web(source));
        match source {
            Some(href) => view! {
                <a class="link" href=href.to_owned() rel="noreferrer" title=commit.to_owned()>
                    <code>{short}</code>
                </a>
            }
            .into_any(),
            None => view! { <code title=commit.to_owned()>{short}</code> }.into_any(),
        }
    });
    let build = known.build_url().filter(|url| is_web(url)).map(|url| {
        let label = versions::of_version(t::build(locale), &known.tag.name);
        view! {
            <a class="link" href=url.to_owned() rel="noreferrer" aria-label=label>
                {t::build(locale)}
            </a>
        }
    });
    view! { <div class="release-from">{commit} {build}</div> }.into_any()
}

/// What an image says of itself may be anything: only a web address becomes a link.
pub fn is_web(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn findings(locale: Locale, known: &KnownTag) -> Option<AnyView> {
    let found = known.tag.vulnerabilities.as_ref()?;
    let grave = found.critical > 0;
    Some(view! { <span class="scan" class:grave=grave>{t::findings(locale, found)}</span> }.into_any())
}

pub fn runs(known: &KnownTag, nowhere: &'static str) -> AnyView {
    if known.runs.is_empty() {
        return view! { <span class="sub">{nowhere}</span> }.into_any();
    }
    let chips = known.runs.iter().map(|place| {
        let key = key(place);
        view! {
            <a class="chip" href=paths::app(&key)>
                {key.to_string()}
            </a>
        }
    });
    view! { <div class="release-places">{chips.collect_view()}</div> }.into_any()
}
