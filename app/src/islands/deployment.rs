//! A deployment as it moves: state, track, counts, what can be done, what happened.

use leptos::prelude::*;
use model::api::{LogLine, LogsQuery};
use model::deployment::{
    Deployment, DeploymentEvent, DeploymentEventKind, DeploymentKind, DeploymentState, Progress,
};
use model::id::AppKey;
use model::live::{Change, Topic};
use model::permission::Caller;
use serde::{Deserialize, Serialize};

use crate::islands::Given;
use crate::islands::local_time::time;
use crate::live::{Heard, kinds, listen};
use crate::text::Locale;
use crate::text::deployment as t;
use crate::{islands, paths};

/// The last lines of one failed instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedLog {
    pub instance: String,
    pub lines: Vec<LogLine>,
}

/// One leg of the track.
#[derive(Debug, Clone, PartialEq)]
struct Leg {
    class: &'static str,
    title: String,
    note: String,
    at: Option<model::time::Timestamp>,
}

/// Where a deployment stands, as legs from left to right.
fn legs(locale: Locale, deployment: &Deployment) -> Vec<Leg> {
    let Progress { wanted, healthy, .. } = deployment.progress;
    let state = deployment.state;
    let active = state.is_active();
    let back = matches!(state, DeploymentState::RollingBack | DeploymentState::RolledBack);
    let began = deployment.started_at.is_some() || !matches!(state, DeploymentState::Queued);
    let leg = |class, title: &str, note: String, at| Leg { class, title: title.to_owned(), note, at };
    let work = match deployment.kind {
        DeploymentKind::Scale => t::scaling(locale),
        DeploymentKind::Suspend | DeploymentKind::Destroy => t::stopping(locale),
        DeploymentKind::Create | DeploymentKind::Resume => t::starting(locale),
        _ => t::replacing(locale),
    };
    let mut legs = vec![
        leg("done", t::requested(locale), t::actor(locale, &deployment.actor), Some(deployment.created_at)),
        if began {
            leg("done", t::started(locale), String::new(), deployment.started_at)
        } else {
            leg("now", t::waits_to_start(locale), String::new(), None)
        },
    ];
    let class = match state {
        DeploymentState::Queued => "",
        DeploymentState::Paused | DeploymentState::AwaitingApproval => "held",
        DeploymentState::Running => "now",
        DeploymentState::Succeeded => "done",
        DeploymentState::Superseded => "left",
        DeploymentState::RollingBack
        | DeploymentState::Failed
        | DeploymentState::RolledBack
        | DeploymentState::Aborted => "failed",
    };
    let count = if back { String::new() } else { t::new_healthy(locale, healthy, wanted) };
    legs.push(leg(class, work, count, None));
    if back {
        let (class, note) =
            if active { ("now", t::new_healthy(locale, healthy, wanted)) } else { ("done", String::new()) };
        legs.push(leg(class, t::going_back(locale), note, None));
    }
    let class = match state {
        _ if active => "",
        DeploymentState::Succeeded => "done",
        DeploymentState::RolledBack => "back",
        DeploymentState::Superseded => "left",
        _ => "failed",
    };
    let title = if active { t::done(locale) } else { t::state(locale, state) };
    legs.push(leg(class, title, String::new(), deployment.ended_at));
    legs
}

/// Shape, word and colour of a state.
pub fn state_mark(locale: Locale, state: DeploymentState) -> AnyView {
    let (class, path) = match state {
        DeploymentState::Succeeded => ("ok", "m3.5 8.5 3 3 6-7"),
        DeploymentState::Failed => ("bad", "M8 2.2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1"),
        DeploymentState::Running | DeploymentState::RollingBack => ("busy", "M13.5 8A5.5 5.5 0 1 1 8 2.5"),
        DeploymentState::Paused => ("warn", "M5.5 4v8M10.5 4v8"),
        DeploymentState::Queued | DeploymentState::AwaitingApproval => {
            ("warn", "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 5v3.2l2 1.3")
        }
        DeploymentState::RolledBack => ("warn", "M6 3 2.5 6.5 6 10M2.5 6.5h7a4 4 0 0 1 0 7H7"),
        DeploymentState::Aborted => ("idle", "M4 4l8 8M12 4l-8 8"),
        DeploymentState::Superseded => ("idle", "M3 8h10M9 4l4 4-4 4"),
    };
    view! {
        <span class=format!("state {class}")>
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=path></path>
            </svg>
            {t::state(locale, state)}
        </span>
    }
    .into_any()
}

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

/// All of a deployment that moves. `caller` decides which buttons are enabled; the server decides again.
#[island]
pub fn DeploymentLive(
    locale: Locale,
    deployment: Given<Deployment>,
    events: Given<Vec<DeploymentEvent>>,
    logs: Given<Vec<FailedLog>>,
    caller: Given<Caller>,
    position: String,
    /// Going back afterwards is possible to this revision.
    back_to: Option<u32>,
    /// The field diff, drawn by the server.
    children: Children,
) -> impl IntoView {
    let (Given(deployment), Given(events), Given(logs), Given(caller)) = (deployment, events, logs, caller);
    let key = AppKey { environment: deployment.environment.clone(), app: deployment.app.clone() };
    let id = deployment.id;
    let shown = RwSignal::new(deployment);
    let events = RwSignal::new(events);
    let logs = RwSignal::new(logs);
    let topics = vec![Topic::Deployment(id)];
    let heard_key = key.clone();
    listen(topics, &[kinds::DEPLOYMENT, kinds::DEPLOYMENT_EVENT], &position, move |heard| match heard {
        Heard::Reset => islands::reload(),
        Heard::Event(event) => match event.what {
            Change::Deployment(new) if new.id == id => {
                shown.try_set(*new);
            }
            Change::DeploymentEvent { event, .. } if event.deployment == id => {
                if let DeploymentEventKind::InstanceFailed { instance, .. } = &event.what {
                    fetch_log(heard_key.clone(), instance.clone(), logs);
                }
                events.try_update(|events| {
                    if events.iter().all(|known| known.id != event.id) {
                        events.push(*event);
                    }
                });
            }
            _ => {}
        },
    });
    let state = Memo::new(move |_| shown.with(|deployment| deployment.state));
    let words = move || shown.with(|deployment| t::standing(locale, deployment));
    let progress = Memo::new(move |_| shown.with(|deployment| deployment.progress));
    let actions = {
        let key = key.clone();
        move || {
            let state = state.get();
            shown.with_untracked(|deployment| actions(locale, deployment, state, &caller, &key, back_to))
        }
    };
    let (heading, new_version, old_version) = shown.with_untracked(|deployment| {
        let label = |version: &Option<String>, revision: Option<u32>| {
            let number = revision.map(|revision| t::version(locale, revision));
            [number, version.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        (
            t::heading(locale, deployment),
            label(&deployment.to_version, deployment.to_revision),
            label(&deployment.from_version, deployment.from_revision),
        )
    });
    let two_versions = shown.with_untracked(|deployment| {
        deployment.from_revision != deployment.to_revision || deployment.kind == DeploymentKind::Restart
    }) && !old_version.is_empty();
    let number = shown.with_untracked(|deployment| deployment.number);
    let all_logs = paths::app_tab(&key, "logs");
    view! {
        <header class="head deployment-head">
            <div class="deployment-title">
                <nav class="crumbs" aria-label=t::title(locale)>
                    <a href=paths::DEPLOYMENTS>{t::title(locale)}</a>
                    " / "
                    <a href=paths::app(&key)>{key.app.to_string()}</a>
                    " / "
                    {t::deployment_number(locale, number)}
                </nav>
                <div class="deployment-name">
                    <h1>{heading}</h1>
                    <span aria-live="polite">{move || state_mark(locale, state.get())}</span>
                </div>
                <p class="sub" aria-live="polite">{words}</p>
            </div>
            <div class="deployment-actions">{actions}</div>
        </header>
        <ol class="card track">
            {move || {
                shown
                    .with(|deployment| legs(locale, deployment))
                    .into_iter()
                    .map(|leg| {
                        let current = (leg.class == "now" || leg.class == "held").then_some("step");
                        view! {
                            <li class=format!("leg {}", leg.class) aria-current=current>
                                <span class="dot" aria-hidden="true"></span>
                                <b>{leg.title}</b>
                                <span>{leg.note}</span>
                                {leg.at.map(|at| view! { <span>{time(at)}</span> })}
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ol>
        <div class="deployment-grid">
            <div class="deployment-column">
                <section class="card pad" aria-labelledby="instances-title">
                    <h2 id="instances-title">{t::instances(locale)}</h2>
                    <div class="counts">
                        <div>
                            <b>{move || progress.get().updated}</b>
                            <span class="count-new">{if two_versions { t::new(locale) } else { t::instances(locale) }}</span>
                            <span class="sub count-version" title=new_version.clone()>{new_version.clone()}</span>
                        </div>
                        {two_versions
                            .then(|| {
                                view! {
                                    <div>
                                        <b>{move || progress.get().old}</b>
                                        <span>{t::old(locale)}</span>
                                        <span class="sub count-version" title=old_version.clone()>{old_version.clone()}</span>
                                    </div>
                                }
                            })}
                        <div>
                            <b>{move || { progress.get().healthy + progress.get().old_healthy }}</b>
                            <span>{move || t::ready_of(locale, progress.get().wanted)}</span>
                        </div>
                    </div>
                    <div class="bar wide-bar" aria-hidden="true">
                        {move || {
                            pieces(progress.get(), !state.get().is_active())
                                .into_iter()
                                .map(|class| view! { <i class=class></i> })
                                .collect_view()
                        }}
                    </div>
                </section>
                {children()}
                {move || {
                    let logs = logs.get();
                    (!logs.is_empty())
                        .then(|| {
                            view! {
                                <section class="card pad" aria-labelledby="logs-title">
                                    <div class="pad-top">
                                        <h2 id="logs-title">{t::failed_logs(locale)}</h2>
                                        <a href=all_logs.clone()>{t::all_logs(locale)}</a>
                                    </div>
                                    {logs.iter().map(|log| failed_log(locale, log)).collect_view()}
                                </section>
                            }
                        })
                }}
            </div>
            <section class="card pad" aria-labelledby="events-title">
                <h2 id="events-title">
                    {move || if state.get().is_active() { t::what_happens(locale) } else { t::what_happened(locale) }}
                </h2>
                {move || {
                    events
                        .with(Vec::is_empty)
                        .then(|| view! { <p class="sub">{t::no_events(locale)}</p> })
                }}
                <ol class="timeline" aria-live="polite" aria-relevant="additions">
                    <For
                        each=move || {
                            let mut newest_first = events.get();
                            newest_first.sort_by_key(|event| std::cmp::Reverse(event.id));
                            newest_first
                        }
                        key=|event| event.id
                        let:event
                    >
                        <li class=event_class(&event.what)>
                            {time(event.time)}
                            <span>
                                {event.actor.as_ref().map(|actor| view! { <b>{t::actor(locale, actor)}</b> " " })}
                                {t::event(locale, &event.what)}
                            </span>
                        </li>
                    </For>
                </ol>
            </section>
        </div>
    }
}

fn event_class(what: &DeploymentEventKind) -> &'static str {
    match what {
        DeploymentEventKind::InstanceHealthy { .. }
        | DeploymentEventKind::Ended { state: DeploymentState::Succeeded, .. } => "went-well",
        DeploymentEventKind::InstanceFailed { .. }
        | DeploymentEventKind::EngineTrouble { .. }
        | DeploymentEventKind::RollingBack { .. }
        | DeploymentEventKind::Ended { .. } => "went-bad",
        _ => "",
    }
}

fn failed_log(locale: Locale, log: &FailedLog) -> AnyView {
    let text = log.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    view! {
        <details class="failed-log" open=true>
            <summary>{t::logs_of(locale, &log.instance)}</summary>
            {if text.is_empty() {
                view! { <p class="sub">{t::no_logs(locale)}</p> }.into_any()
            } else {
                view! {
                    <pre class="log" tabindex="0">
                        {text}
                    </pre>
                }
                    .into_any()
            }}
        </details>
    }
    .into_any()
}

/// What may be done now. Each opens a line for the reason and says what it will do.
fn actions(
    locale: Locale,
    deployment: &Deployment,
    state: DeploymentState,
    caller: &Caller,
    key: &AppKey,
    back_to: Option<u32>,
) -> AnyView {
    if !state.is_active() {
        return back_to
            .map(|revision| {
                view! {
                    <a class="btn danger" href=paths::roll_back(key, revision)>
                        {t::roll_back(locale)}
                        <small>{t::rollback_will(locale, revision)}</small>
                    </a>
                }
            })
            .into_any();
    }
    let Progress { updated, old, .. } = deployment.progress;
    let going_back = deployment.from_revision.is_some() && deployment.from_revision != deployment.to_revision;
    let (give_up, will) = if going_back {
        (t::roll_back(locale), t::abort_counts(locale, updated, old))
    } else {
        (t::abort(locale), t::abort_will(locale).to_owned())
    };
    let hold = if state == DeploymentState::Paused {
        act(
            locale,
            "resume",
            "btn main",
            t::resume(locale),
            t::resume_will(locale).to_owned(),
            model::can::resume_deployment(caller, deployment).err(),
        )
    } else {
        act(
            locale,
            "pause",
            "btn",
            t::pause(locale),
            t::pause_will(locale).to_owned(),
            model::can::pause(caller, deployment).err(),
        )
    };
    view! {
        {hold}
        {act(locale, "abort", "btn danger", give_up, will, model::can::abort(caller, deployment).err())}
    }
    .into_any()
}

fn act(
    locale: Locale,
    command: &'static str,
    class: &'static str,
    label: &'static str,
    will: String,
    refused: Option<model::can::Refusal>,
) -> AnyView {
    if let Some(why) = refused {
        return view! {
            <button type="button" class=class disabled=true title=t::refusal(locale, why)>
                {label}
                <small>{t::refusal(locale, why)}</small>
            </button>
        }
        .into_any();
    }
    let reason = format!("reason-{command}");
    view! {
        <details class="act">
            <summary class=class>
                {label}
                <small>{will}</small>
            </summary>
            <form method="post" class="act-form card">
                <label for=reason.clone()>{t::reason_for_history(locale)}</label>
                <input id=reason name="reason" maxlength="1000" autocomplete="off" />
                <button class=class name="do" value=command>
                    {label}
                </button>
            </form>
        </details>
    }
    .into_any()
}

/// Asks for the last lines of an instance that has just failed.
fn fetch_log(key: AppKey, instance: String, logs: RwSignal<Vec<FailedLog>>) {
    let known =
        logs.try_with_untracked(|logs| logs.len() >= 5 || logs.iter().any(|log| log.instance == instance));
    if known != Some(false) {
        return;
    }
    leptos::task::spawn_local(async move {
        let query =
            LogsQuery { instance: Some(model::id::InstanceId(instance.clone())), ..LogsQuery::default() };
        if let Ok(lines) = islands::ask::logs(&key, &query).await {
            logs.try_update(|logs| logs.push(FailedLog { instance, lines }));
        }
    });
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
