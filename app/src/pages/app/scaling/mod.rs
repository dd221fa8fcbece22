//! The tab of scaling: where the count comes from, the autoscaler, the calendar, and what was decided.

mod autoscaler;
mod calendar;
mod month;
mod rehearsal;

use leptos::prelude::*;
use model::api::PageQuery;
use model::autoscale::{Decision, Policy};
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::scaling::{DecisionEntry, ScalingStatus};

use super::Shown;
use crate::islands::refresh::Refresh;
use crate::pages::local;
use crate::pages::visit::Visit;
use crate::posted::Form;
use crate::text::{Locale, scaling as t};

/// Rows of the history.
const ROWS: u32 = 20;

pub async fn view(shown: &Shown<'_>) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, .. } = *shown;
    let locale = visit.locale;
    let may_change = caller.may(Permission::ChangeApps);
    let status = visit.ports.scaling.status(caller, key).await?;
    let page = PageQuery { limit: Some(ROWS), cursor: Some(visit.asked("cursor")) };
    let decisions = visit.ports.scaling.decisions(caller, key, &page).await?;
    let policy = status.autoscaler.as_ref().map(|set| &set.policy);
    let rehearsed = rehearsal::asked(shown).await;
    let older = decisions.next.map(|next| {
        let href = crate::paths::query(&[("cursor", next.as_str())]);
        view! {
            <div class="pad">
                <a class="btn" href=href>
                    {t::older(locale)}
                </a>
            </div>
        }
    });
    Ok(view! {
        <section
            class="card pad stack tight"
            aria-labelledby="count-title"
            data-live="scaling-now"
            data-on="app scaling"
        >
            <h2 id="count-title">{t::now(locale)}</h2>
            {now(locale, &status)}
        </section>
        <div class="scaling-sides">
            {autoscaler::card(shown, status.autoscaler.as_ref(), rehearsed, may_change)}
            {calendar::card(shown, &status, may_change)}
        </div>
        <section class="card" aria-labelledby="decisions-title" data-live="decisions" data-on="scaling">
            <header class="pad">
                <h2 id="decisions-title">{t::decisions(locale)}</h2>
            </header>
            {history(locale, policy, &decisions.items)}
            {older}
        </section>
        <Refresh position=shown.position.to_owned() />
    }
    .into_any())
}

fn now(locale: Locale, status: &ScalingStatus) -> AnyView {
    let short = status.upcoming.iter().filter(|coming| !coming.capacity.fits);
    let policy = status.autoscaler.as_ref().map(|set| &set.policy);
    let last = status.autoscaler.as_ref().and_then(|set| set.last.as_ref());
    let last = last.map(|last| {
        let figures = last.figures();
        view! {
            <p class="sub">
                {local(figures.at)} " " {t::counts(figures.current, figures.count)} " "
                {t::decision(locale, policy, last)}
            </p>
        }
    });
    view! {
        <p class="strong">{t::source(locale, status.wanted, &status.source)}</p>
        {last}
        {short.map(|coming| view! { <p class="warn-line">{t::no_room(locale, coming)}</p> }).collect_view()}
    }
    .into_any()
}

fn history(locale: Locale, policy: Option<&Policy>, entries: &[DecisionEntry]) -> AnyView {
    if entries.is_empty() {
        return view! { <p class="pad sub">{t::decisions_none(locale)}</p> }.into_any();
    }
    let row = |entry: &DecisionEntry| {
        let figures = entry.decision.figures();
        let tried = figures.dry_run && matches!(entry.decision, Decision::Scale { .. });
        view! {
            <tr>
                <td class="nowrap">{local(figures.at)}</td>
                <td class="num">{t::counts(figures.current, figures.count)}</td>
                <td>
                    {t::decision(locale, policy, &entry.decision)}
                    {tried.then(|| view! { <span class="tag">{t::tried(locale)}</span> })}
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t::decision_list(locale)>
            <table>
                <thead>
                    <tr>
                        <th>{t::moment(locale)}</th>
                        <th class="num">{t::count(locale)}</th>
                        <th>{t::why(locale)}</th>
                    </tr>
                </thead>
                <tbody>{entries.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Does what a form of this tab asks for.
pub async fn perform(visit: &Visit, caller: &Caller, key: &AppKey, form: &Form) -> Result<(), Problem> {
    let scaling = &visit.ports.scaling;
    match form.text("act").as_str() {
        "autoscaler" => {
            scaling.set_autoscaler(caller, key, autoscaler::read(form)).await?;
        }
        "autoscaler_off" => scaling.remove_autoscaler(caller, key).await?,
        _ => {
            let calendar = scaling.calendar(caller, key).await?;
            scaling.set_calendar(caller, key, calendar::changed(&calendar, form)?).await?;
        }
    }
    Ok(())
}
