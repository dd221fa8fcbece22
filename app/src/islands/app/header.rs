//! The head of an app's page: how it is, how many, what can be done, and the rollout that is under way.

use std::time::Duration;

use leptos::prelude::*;
use model::app::{AppStatus, AppSummary, StatusReason};
use model::can;
use model::deployment::Deployment;
use model::id::AppKey;
use model::live::{Change, Topic};
use model::permission::Caller;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::now::ticking;
use super::scale::Scaling;
use crate::islands::Given;
use crate::islands::stepper::Stepper;
use crate::live::{Heard, kinds, listen};
use crate::text::{Locale, app as t, apps, deployment, shell, time, window};
use crate::ui::badge::app_badge;
use crate::ui::bar::bar;
use crate::ui::icon::{Icon, icon};
use crate::ui::version::brief;
use crate::{islands, paths};

/// What the head begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub locale: Locale,
    pub app: AppSummary,
    pub caller: Caller,
    pub now: Timestamp,
    /// The id that all of the page is as new as.
    pub position: String,
    /// Newest revision before the current one.
    pub back_to: Option<u32>,
    /// The environment asks for care.
    pub protected: bool,
    /// The environment takes no new versions now.
    pub closed: bool,
}

#[island]
pub fn AppHead(head: Given<Head>) -> impl IntoView {
    let Given(head) = head;
    let Head { locale, app, caller, now, position, back_to, protected, closed } = head;
    let key = AppKey { environment: app.environment.clone(), app: app.name.clone() };
    let shown = RwSignal::new(app);
    let gone = RwSignal::new(false);
    let scaling = Scaling::new();
    let heard_key = key.clone();
    listen(
        vec![Topic::App(key.clone())],
        &[kinds::APP, kinds::APP_GONE],
        &position,
        move |heard| match heard {
            Heard::Reset => islands::reload(),
            Heard::Event(event) => match event.what {
                Change::App(new) if new.environment == heard_key.environment && new.name == heard_key.app => {
                    shown.try_set(*new);
                }
                Change::AppGone(which) if which == heard_key => {
                    gone.try_set(true);
                }
                _ => {}
            },
        },
    );
    let present = ticking(now, Duration::from_secs(1));
    let status = Memo::new(move |_| shown.with(|app| app.status));
    let counts = Memo::new(move |_| {
        let mut counts = shown.with(|app| app.instances);
        if let Some(pending) = scaling.pending.get() {
            counts.wanted = pending;
        }
        counts
    });
    let may_scale = shown.with_untracked(|app| can::scale(&caller, app)).err();
    let agreed = Callback::new(move |count: u32| {
        shown.try_update(|app| app.instances.wanted = count);
    });
    let to_scale = key.clone();
    let scale = Callback::new(move |count: u32| scaling.ask(locale, to_scale.clone(), count, agreed));
    let count = Signal::derive(move || counts.get().wanted);
    let step = view! {
        <Stepper
            count
            pending=Signal::derive(move || scaling.pending.get().is_some())
            enabled=may_scale.is_none()
            title=may_scale.map(|why| deployment::refusal(locale, why))
            label=apps::instance_count_label(locale, key.app.as_str())
            locale
            action=paths::app(&key)
            app=key.clone()
            scale
            class="step big"
        />
    };
    let version = shown.with_untracked(|app| app.version.clone());
    let version = if version.is_empty() {
        shown.with_untracked(|app| app.image.clone().unwrap_or_default())
    } else {
        version
    };
    let alerts = {
        let (key, caller) = (key.clone(), caller.clone());
        move || shown.with(|app| alerts(locale, app, &key, &caller, present))
    };
    let rollout = {
        let active = Memo::new(move |_| shown.with(|app| app.deployment.clone()));
        move || active.get().map(|active| rollout(locale, active, present))
    };
    let buttons = {
        let (key, caller) = (key.clone(), caller.clone());
        move || {
            status.track();
            shown.with_untracked(|app| buttons(locale, app, &key, &caller, back_to, protected, closed))
        }
    };
    let project = shown.with_untracked(|app| app.project.to_string());
    view! {
        <header class="head app-head">
            <div class="app-title">
                <nav class="crumbs" aria-label=apps::title(locale)>
                    <a href=paths::APPS>{apps::title(locale)}</a>
                    <span aria-hidden="true">"/"</span>
                    <span>{key.environment.to_string()}</span>
                    <span aria-hidden="true">"/"</span>
                    <span>{project}</span>
                </nav>
                <div class="row">
                    <h1>{key.app.to_string()}</h1>
                    <span aria-live="polite">{move || app_badge(locale, status.get())}</span>
                </div>
                <p class="sub app-version">
                    <span>{move || deployment::version(locale, shown.with(|app| app.revision))}</span>
                    <code title=version.clone()>{brief(&version)}</code>
                </p>
            </div>
            <div class="app-scale">
                <div>
                    {move || bar(locale, counts.get(), "bar wide")}
                    <span class="sub" aria-live="polite">
                        {move || match scaling.pending.get() {
                            Some(count) => t::scaled_to(locale, count),
                            None => t::count_of(locale, counts.get().healthy, counts.get().wanted),
                        }}
                    </span>
                </div>
                {step}
            </div>
            <div class="actions">{buttons}</div>
        </header>
        {move || scaling.refused.get().map(|why| {
            view! {
                <div class="alert" role="alert">
                    {icon(Icon::Alert)}
                    <div><b>{t::lead(locale, t::not_done(locale))}</b>{why}</div>
                </div>
            }
        })}
        {move || gone.get().then(|| {
            view! {
                <div class="alert warn" role="alert">
                    {icon(Icon::Alert)}
                    <div><b>{t::lead(locale, shell::not_found(locale))}</b>{shell::not_found_hint(locale)}</div>
                    <a class="btn" href=paths::APPS>{shell::to_apps(locale)}</a>
                </div>
            }
        })}
        {alerts}
        {rollout}
    }
}

/// Why the app is not as wanted, and what helps.
fn alerts(
    locale: Locale,
    app: &AppSummary,
    key: &AppKey,
    caller: &Caller,
    present: ReadSignal<Timestamp>,
) -> Option<AnyView> {
    let reason = app.status_reason.clone()?;
    let class = if app.status == AppStatus::Degraded { "alert" } else { "alert warn" };
    let until = match &reason {
        StatusReason::DelayedUntil { until, .. } => Some(*until),
        _ => None,
    };
    let start_now = (until.is_some() && can::scale(caller, app).is_ok()).then(|| {
        view! {
            <form method="post" action=paths::app(key)>
                <input type="hidden" name="act" value="reset_delay" />
                <button class="btn" type="submit">{apps::start_now(locale)}</button>
            </form>
        }
    });
    let logs = (app.status != AppStatus::Unknown).then(|| {
        view! { <a class="btn" href=paths::app_tab(key, "logs")>{t::log_title(locale)}</a> }
    });
    let status = apps::status_word(locale, app.status);
    Some(
        view! {
            <div class=class role="status">
                {icon(Icon::Alert)}
                <div>
                    <b>{t::lead(locale, status)}</b>
                    <span>
                        {move || match (&reason, until) {
                            (StatusReason::DelayedUntil { cause, .. }, Some(until)) => {
                                let cause = cause.as_ref().map(|cause| deployment::cause(locale, cause));
                                t::next_try(locale, cause, until.since(present.get()))
                            }
                            (reason, _) => apps::reason(locale, reason, present.get()),
                        }}
                    </span>
                </div>
                {logs}
                {start_now}
            </div>
        }
        .into_any(),
    )
}

fn rollout(locale: Locale, active: Deployment, present: ReadSignal<Timestamp>) -> AnyView {
    let (state, to) = (active.state, paths::deployment(active.id));
    view! {
        <div class="alert busy" role="status">
            {icon(Icon::Busy)}
            <div>
                <b>{t::lead(locale, deployment::state(locale, state))}</b>
                {move || t::rollout_line(locale, &active, present.get())}
            </div>
            <a class="btn" href=to>{t::see_deployment(locale)}</a>
        </div>
    }
    .into_any()
}

/// What can be done with the app. What cannot is shown disabled and says why.
fn buttons(
    locale: Locale,
    app: &AppSummary,
    key: &AppKey,
    caller: &Caller,
    back_to: Option<u32>,
    protected: bool,
    closed: bool,
) -> AnyView {
    let why = |answer: Result<(), can::Refusal>| answer.err().map(|why| deployment::refusal(locale, why));
    let change = why(can::change(caller, app));
    let running = app.deployment.is_some();
    let suspended = app.status == AppStatus::Suspended;
    let back_refused = change.clone().or_else(|| {
        back_to.is_none().then(|| deployment::refusal(locale, can::Refusal::NothingToRollBackTo))
    });
    let state_change = if suspended {
        let why_not = why(can::resume(caller, app));
        view! {
            <form method="post" action=paths::app(key)>
                <input type="hidden" name="act" value="resume" />
                <button class="btn" type="submit" disabled=why_not.is_some() title=why_not.clone()>
                    {apps::resume(locale)}
                </button>
            </form>
        }
        .into_any()
    } else {
        let ask = Ask {
            act: "restart",
            word: apps::restart(locale),
            text: apps::restart_ask(locale),
            confirm: t::restart_do(locale),
            class: "btn",
            override_window: closed,
        };
        let shut =
            (closed && can::administer(caller).is_err()).then(|| window::restart_closed(locale).to_owned());
        ask.view(locale, key, why(can::restart(caller, app)).or(shut), running)
    };
    let suspend = Ask {
        act: "suspend",
        word: t::suspend(locale),
        text: apps::suspend_ask(locale),
        confirm: t::suspend_do(locale),
        class: "",
        override_window: false,
    };
    let suspend_refused = why(can::suspend(caller, app));
    view! {
        {link(paths::edit_app(key), "btn main", apps::deploy_new(locale), change.clone())}
        {state_change}
        {link(back_to.map_or_else(String::new, |to| paths::roll_back(key, to)), "btn", apps::roll_back(locale), back_refused)}
        <details class="menu ask more-actions">
            <summary class="btn" aria-label=t::more_actions(locale)>{icon(Icon::Menu)}</summary>
            <div class="sheet right">
                <a href=paths::duplicate(key)>{apps::duplicate(locale)}</a>
                {change.is_none().then(|| view! { <a href=paths::promote(key)>{apps::promote(locale)}</a> })}
                {(!suspended).then(|| suspend.inside(key, suspend_refused, running, locale))}
                {destroy(locale, key, change, running, protected)}
            </div>
        </details>
    }
    .into_any()
}

fn link(href: String, class: &'static str, word: &'static str, why_not: Option<String>) -> AnyView {
    match why_not {
        None => view! { <a class=class href=href>{word}</a> }.into_any(),
        Some(why) => view! {
            <button class="btn" type="button" aria-disabled="true" title=why>
                {word}
            </button>
        }
        .into_any(),
    }
}

/// A change that says what it will do before it is done.
struct Ask {
    act: &'static str,
    word: &'static str,
    text: &'static str,
    confirm: &'static str,
    class: &'static str,
    /// It has to go past a release window.
    override_window: bool,
}

impl Ask {
    fn view(&self, locale: Locale, key: &AppKey, why_not: Option<String>, running: bool) -> AnyView {
        if let Some(why) = why_not {
            return link(String::new(), self.class, self.word, Some(why));
        }
        view! {
            <details class="ask">
                <summary class=self.class>{self.word}</summary>
                {self.form(locale, key, running)}
            </details>
        }
        .into_any()
    }

    /// The same within a menu.
    fn inside(&self, key: &AppKey, why_not: Option<String>, running: bool, locale: Locale) -> AnyView {
        if let Some(why) = why_not {
            return view! {
                <button type="button" aria-disabled="true" title=why>
                    {self.word}
                </button>
            }
            .into_any();
        }
        view! {
            <details class="inner">
                <summary>{self.word}</summary>
                {self.form(locale, key, running)}
            </details>
        }
        .into_any()
    }

    fn form(&self, locale: Locale, key: &AppKey, running: bool) -> AnyView {
        let id = format!("{}-reason", self.act);
        view! {
            <form method="post" action=paths::app(key)>
                <input type="hidden" name="act" value=self.act />
                <p>{self.text}</p>
                <div class="field">
                    <label for=id.clone()>{shell::reason(locale)}</label>
                    <input id=id name="reason" maxlength="1000" autocomplete="off" required=self.override_window />
                </div>
                {self.override_window.then(|| override_window_box(locale))}
                {running.then(|| override_box(locale))}
                <button class="btn main" type="submit">{self.confirm}</button>
            </form>
        }
        .into_any()
    }
}

fn override_window_box(locale: Locale) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" name="override_window" value="1" required=true />
            {window::override_tick(locale)}
        </label>
    }
    .into_any()
}

fn override_box(locale: Locale) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" name="override" value="1" />
            {t::override_active(locale)}
        </label>
    }
    .into_any()
}

/// Destroying asks for the app's name.
fn destroy(locale: Locale, key: &AppKey, why_not: Option<String>, running: bool, protected: bool) -> AnyView {
    if let Some(why) = why_not {
        return view! {
            <button type="button" aria-disabled="true" title=why>
                {apps::destroy(locale)}
            </button>
        }
        .into_any();
    }
    let name = key.app.to_string();
    view! {
        <details class="inner danger">
            <summary>{apps::destroy(locale)}</summary>
            <form method="post" action=paths::app(key)>
                <input type="hidden" name="act" value="destroy" />
                {protected.then(|| view! { <p class="strong">{t::protected_note(locale)}</p> })}
                <p>{apps::destroy_ask(locale)}" "<b>{name.clone()}</b></p>
                <div class="field">
                    <label for="destroy-name">{t::app_name(locale)}</label>
                    <input id="destroy-name" name="name" class="mono" autocomplete="off" spellcheck="false" required=true pattern=name />
                </div>
                <div class="field">
                    <label for="destroy-reason">{shell::reason(locale)}</label>
                    <input id="destroy-reason" name="reason" maxlength="1000" autocomplete="off" />
                </div>
                {running.then(|| override_box(locale))}
                <button class="btn danger" type="submit">{t::destroy_do(locale)}</button>
            </form>
        </details>
    }
    .into_any()
}

/// "4 min" since `at`, kept up to date.
pub fn since(locale: Locale, at: Timestamp, present: ReadSignal<Timestamp>) -> AnyView {
    view! {
        <time datetime=at.to_string() title=at.to_string()>
            {move || time::short(locale, present.get().since(at))}
        </time>
    }
    .into_any()
}
