//! The details of one tag under its row, and the apps that can take it.

use leptos::prelude::*;
use model::registry::KnownTag;
use model::release::ReleaseKind;

use super::VERSIONS;
use super::tags::{COLUMNS, Setting, is_web, runs};
use crate::islands::copy::CopyButton;
use crate::pages::local;
use crate::pages::releases::key;
use crate::paths;
use crate::text::{apps, images, registries as t, settings, versions};

pub fn view(setting: &Setting<'_>, known: &KnownTag) -> AnyView {
    view! {
        <tr class="release-opened" data-key=format!("opened-{}", known.tag.name)>
            <td colspan=COLUMNS>
                <div class="release-panel">
                    <div class="stack">{facts(setting, known)}</div>
                    {setting.may_change.then(|| ways_out(setting, known))}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// By its digest, which is what was looked at, whatever the tag becomes.
fn reference(setting: &Setting<'_>, known: &KnownTag) -> String {
    format!("{}:{}@{}", setting.repository.image, known.tag.name, known.tag.digest)
}

fn facts(setting: &Setting<'_>, known: &KnownTag) -> AnyView {
    let locale = setting.locale;
    let tag = &known.tag;
    let line = |word: &'static str, text: Option<&str>| {
        text.filter(|text| !text.is_empty()).map(|text| {
            let value = if is_web(text) {
                view! { <a class="link" href=text.to_owned() rel="noreferrer">{text.to_owned()}</a> }
                    .into_any()
            } else {
                view! { <code>{text.to_owned()}</code> }.into_any()
            };
            view! { <dt>{word}</dt> <dd>{value}</dd> }
        })
    };
    let bad = known.release.as_ref().and_then(|release| release.bad.as_ref()).map(|bad| {
        view! {
            <dt>{versions::bad(locale)}</dt>
            <dd>{versions::why_it_is_bad(locale, &bad.by.name, &bad.reason)}</dd>
        }
    });
    let told = known.release.as_ref().map(|release| {
        let id = release.id.to_string();
        let repository = release.version.repository.as_str();
        let pairs = [("repository", repository), ("view", VERSIONS), ("release", id.as_str())];
        let href = format!("{}{}", paths::IMAGES, paths::query(&pairs));
        view! { <p><a class="link" href=href>{images::release_of(locale)}</a></p> }
    });
    let full = reference(setting, known);
    let platforms = tag.platforms.join(", ");
    let size = tag.size.map(|size| apps::bytes(size as f64));
    view! {
        <dl class="details">
            {bad}
            <dt>{t::digest(locale)}</dt>
            <dd class="row">
                <code>{tag.digest.clone()}</code>
                <CopyButton
                    text=full
                    label=settings::copy(locale).to_owned()
                    done=settings::copied(locale).to_owned()
                />
            </dd>
            {tag
                .moved_from
                .as_ref()
                .map(|from| {
                    view! {
                        <dt>{t::moved(locale)}</dt>
                        <dd>{t::tag_was(locale, from)} " " {tag.moved_at.map(local)}</dd>
                    }
                })}
            <dt>{t::pushed(locale)}</dt>
            <dd>{local(tag.pushed_at)}</dd>
            {tag.created_at.map(|at| view! { <dt>{images::made(locale)}</dt> <dd>{local(at)}</dd> })}
            {line(t::size(locale), size.as_deref())}
            {line(t::platforms(locale), Some(&platforms))}
            {line(versions::commit(locale), known.commit())}
            {line(images::source(locale), tag.source.as_deref())}
            {line(t::build(locale), known.build_url())}
            {tag
                .vulnerabilities
                .as_ref()
                .map(|found| view! { <dt>{t::scan(locale)}</dt> <dd>{t::findings_whole(locale, found)}</dd> })}
            <dt>{versions::runs_in(locale)}</dt>
            <dd>{runs(known, versions::runs_nowhere(locale))}</dd>
        </dl>
        {told}
    }
    .into_any()
}

/// The apps that can take it, a new one, and those that can pass it on.
fn ways_out(setting: &Setting<'_>, known: &KnownTag) -> AnyView {
    let locale = setting.locale;
    let image = reference(setting, known);
    let others = setting.apps.iter().filter(|place| !known.runs.contains(place)).map(|place| {
        let key = key(place);
        view! {
            <a class="btn small" href=paths::deploy_version(&key, ReleaseKind::Image, &image)>
                {key.to_string()}
            </a>
        }
    });
    let promotions = known.runs.iter().map(|place| {
        let key = key(place);
        let word = versions::of_version(versions::promote(locale), &key.to_string());
        view! {
            <a class="btn small" href=paths::promote(&key)>
                {word}
            </a>
        }
    });
    let deploy = (!known.tag.gone).then(|| {
        view! {
            <h3>{versions::deploy_to(locale)}</h3>
            <div class="row">
                {others.collect_view()}
                <a class="btn small" href=paths::new_app_of(ReleaseKind::Image, &image)>
                    {versions::new_app(locale)}
                </a>
            </div>
        }
    });
    view! {
        <div class="release-deeds">
            <div class="stack tight">{deploy} <div class="row">{promotions.collect_view()}</div></div>
        </div>
    }
    .into_any()
}
