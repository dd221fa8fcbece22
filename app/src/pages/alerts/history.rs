//! Alerts that fired, newest first.

use leptos::prelude::*;
use model::alert::{AlertRecord, HistoryQuery, Labels};
use model::problem::Problem;
use model::time::Timestamp;

use super::{frame, pairs, severity_badge};
use crate::pages::local;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::alert_line::alert_line;
use crate::text::{Locale, alerts as t, deployment};
use crate::ui::empty::empty;
use crate::ui::icon::Icon;
use crate::ui::time::ago;

/// Rows of one page.
const ROWS: u32 = 50;

#[component]
pub fn HistoryPage() -> impl IntoView {
    page(history)
}

async fn history(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let filled = |name| Some(visit.asked(name)).filter(|text| !text.is_empty());
    let query = HistoryQuery {
        rule: filled("rule"),
        environment: filled("environment").and_then(|name| name.parse().ok()),
        app: filled("app").and_then(|name| name.parse().ok()),
        limit: Some(ROWS),
        cursor: filled("cursor"),
    };
    let found = visit.ports.alerts.history(caller, &query).await?;
    let rules = visit.ports.alerts.rules(caller).await?;
    let now = visit.ports.site.now();
    let older = found.next.as_ref().map(|next| {
        let chosen = query.rule.as_deref().unwrap_or_default();
        let href = format!("{}{}", paths::ALERT_HISTORY, paths::query(&[("rule", chosen), ("cursor", next)]));
        view! {
            <nav class="pager">
                <span></span>
                <a class="btn" href=href rel="next">
                    {t::older(locale)}
                </a>
            </nav>
        }
    });
    let content = view! {
        <form class="filters" role="search">
            <label class="inline">
                <span class="sub">{t::rule(locale)}</span>
                <select name="rule">
                    <option value="">{t::all_rules(locale)}</option>
                    {rules
                        .iter()
                        .map(|known| {
                            let name = known.rule.name.clone();
                            let selected = query.rule.as_ref() == Some(&name);
                            view! {
                                <option value=name.clone() selected=selected>
                                    {name.clone()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </label>
            <button class="btn">{t::show(locale)}</button>
        </form>
        <div class="card" data-live="alert-history" data-on="alerts">
            {table(locale, &found.items, now)}
        </div>
        {older}
    };
    Ok(frame(&visit, paths::ALERT_HISTORY, position, content.into_any()))
}

/// Records as rows.
pub fn table(locale: Locale, records: &[AlertRecord], now: Timestamp) -> AnyView {
    if records.is_empty() {
        return empty(Icon::Bell, t::no_history(locale), t::no_history_hint(locale), None);
    }
    let row = |record: &AlertRecord| {
        let rule = record.labels.get(model::alert::NAME_LABEL).cloned().unwrap_or_default();
        let what = alert_line(locale, &record.labels, &record.summary);
        let lasted = match record.resolved_at {
            Some(end) => deployment::length(locale, end.since(record.fired_at)).into_any(),
            None => view! { <span class="state bad">{t::still(locale)}</span> }.into_any(),
        };
        let taken = record.acknowledged.as_ref().map(|taken| {
            view! { {deployment::actor(locale, &taken.by)} ", " <span class="sub">{ago(locale, taken.at, now)}</span> }
        });
        view! {
            <tr>
                <td>{severity_badge(locale, record.severity)}</td>
                <td class="alert-cell">
                    <a class="strong alert-line" href=paths::alert_rule(&rule)>
                        {what}
                    </a>
                    <span><span class="sub">{rule.clone()}</span> " " {pairs(&record.labels, &Labels::new())}</span>
                </td>
                <td class="nowrap">{local(record.fired_at)}</td>
                <td class="nowrap">{lasted}</td>
                <td class="nowrap">{taken}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t::tab_history(locale)>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t::severity_head(locale)}</th>
                        <th scope="col">{t::what(locale)}</th>
                        <th scope="col">{t::fired(locale)}</th>
                        <th scope="col">{t::lasted(locale)}</th>
                        <th scope="col">{t::by(locale)}</th>
                    </tr>
                </thead>
                <tbody>{records.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
