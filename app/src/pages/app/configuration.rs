//! The tab of the definition: its revisions, what differs between two, and the JSON.

use leptos::prelude::*;
use model::api::PageQuery;
use model::permission::Permission;
use model::problem::Problem;
use model::revision::Revision;

use super::{Shown, release};
use crate::editor::print::print;
use crate::islands::changes::changes;
use crate::islands::copy::CopyButton;
use crate::pages::local;
use crate::paths;
use crate::text::{Locale, app as t, apps, deployment, release as words, shell};
use crate::ui::version::brief;

/// Revisions of one page.
const ROWS: u32 = 50;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, app, .. } = *shown;
    let locale = visit.locale;
    let cursor = Some(visit.asked("cursor")).filter(|cursor| !cursor.is_empty());
    let query = PageQuery { limit: Some(ROWS), cursor };
    let revisions = visit.ports.apps.revisions(caller, key, &query).await?;
    let current = app.summary.revision;
    let may_change = caller.may(Permission::ChangeApps);
    let asked = |name| visit.asked(name).parse::<u32>().ok();
    let newer = asked("b").unwrap_or(current);
    let older = asked("a")
        .or_else(|| revisions.items.iter().map(|one| one.revision).filter(|one| *one < newer).max());
    let differs = match older {
        Some(older) if older != newer => {
            let found = visit.ports.apps.diff(caller, key, older, newer).await?;
            Some(
                view! {
                    <section class="card" aria-labelledby="diff-title">
                        <header class="pad">
                            <h2 id="diff-title">{apps::what_changed(locale)}</h2>
                            <span class="sub">{t::compared(locale, older, newer)}</span>
                        </header>
                        {if found.is_empty() {
                            view! { <p class="pad sub">{apps::same(locale)}</p> }.into_any()
                        } else {
                            changes(locale, &found)
                        }}
                    </section>
                }
                .into_any(),
            )
        }
        _ => None,
    };
    let shown_revision = asked("revision").unwrap_or(current);
    let definition = if shown_revision == current {
        app.definition.clone()
    } else {
        visit.ports.apps.revision(caller, key, shown_revision).await?.definition
    };
    let released = release::rows(locale, &definition);
    let json = print(&serde_json::to_value(definition.without_instances()).map_err(|_| Problem::internal())?);
    let rows =
        revisions.items.iter().map(|one| row(shown, one, current, (older, newer), may_change)).collect_view();
    let several = revisions.items.len() > 1;
    let next = revisions.next.map(|next| {
        let href = format!("{}{}", paths::app_tab(key, "configuration"), paths::query(&[("cursor", &next)]));
        view! {
            <a class="btn" href=href>
                {t::older(locale)}
            </a>
        }
    });
    Ok(view! {
        <div class="columns">
            <div class="stack">
                <form method="get" class="card revisions">
                    <header class="pad">
                        <h2>{apps::revisions(locale)}</h2>
                        {several
                            .then(|| {
                                view! {
                                    <button class="btn small" type="submit">
                                        {t::compare_do(locale)}
                                    </button>
                                }
                            })}
                    </header>
                    <div class="scroll" tabindex="0">
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">{t::older_side(locale)}</th>
                                    <th scope="col">{t::newer_side(locale)}</th>
                                    <th scope="col">{apps::revision(locale)}</th>
                                    <th scope="col">{t::created(locale)}</th>
                                    <th scope="col"><span class="visually-hidden">{t::actions(locale)}</span></th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                </form>
                <div class="pager">{next}</div>
            </div>
            <div class="stack">
                {differs}
                <section class="card pad" aria-labelledby="release-title">
                    <h2 id="release-title">{words::release(locale)}</h2>
                    <dl class="details">{released}</dl>
                </section>
                <section class="card" aria-labelledby="definition-title">
                    <header class="pad">
                        <h2 id="definition-title">{apps::definition(locale)}</h2>
                        <span class="sub">{deployment::version(locale, shown_revision)}</span>
                        <CopyButton text=json.clone() label=apps::copy_json(locale).to_owned() done=shell::copied(locale).to_owned() />
                    </header>
                    <pre class="definition" tabindex="0" aria-labelledby="definition-title">
                        {json}
                    </pre>
                </section>
            </div>
        </div>
    }
    .into_any())
}

fn row(
    shown: &Shown<'_>,
    one: &Revision,
    current: u32,
    (older, newer): (Option<u32>, u32),
    may_change: bool,
) -> AnyView {
    let locale: Locale = shown.visit.locale;
    let number = one.revision;
    let side = |name: &'static str, word: &'static str, on: bool| {
        let label = format!("{word}: {}", deployment::version(locale, number));
        view! { <input type="radio" name=name value=number aria-label=label checked=on /> }
    };
    let back = (may_change && number != current).then(|| {
        view! {
            <a class="btn small" href=paths::roll_back(shown.key, number)>
                {t::going_back_to(locale)}
            </a>
        }
    });
    let edit = may_change.then(|| {
        view! {
            <a class="btn small plain" href=paths::edit_from(shown.key, number)>
                {apps::edit_from(locale)}
            </a>
        }
    });
    let version = one.definition.version_label();
    let reason = if one.reason.is_empty() { t::no_reason(locale).to_owned() } else { one.reason.clone() };
    view! {
        <tr>
            <td>{side("a", t::older_side(locale), older == Some(number))}</td>
            <td>{side("b", t::newer_side(locale), newer == number)}</td>
            <td>
                <a class="name" href=format!("?revision={number}")>
                    {deployment::version(locale, number)}
                </a>
                {(number == current).then(|| view! { " " <span class="tag accent">{apps::current(locale)}</span> })}
                <div class="sub mono version" title=version.clone()>{brief(&version)}</div>
                <div class="sub">{reason}</div>
            </td>
            <td class="nowrap">
                {local(one.created_at)}
                <div class="sub">{t::revision_made(locale, &deployment::actor(locale, &one.author))}</div>
            </td>
            <td>
                <div class="row end">{edit} {back}</div>
            </td>
        </tr>
    }
    .into_any()
}
