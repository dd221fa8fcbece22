//! The head of an app's page: how it is, how many, what can be done, and the rollout that is under way.

use leptos::prelude::*;
use model::app::{AppStatus, AppSummary, StatusReason};
use model::can;
use model::deployment::Deployment;
use model::id::AppKey;
use model::permission::Caller;
use model::time::Timestamp;

use crate::paths;
use crate::text::{Locale, app as t, apps, deployment, rollout, shell, time, window};
use crate::ui::badge::app_badge;
use crate::ui::bar::bar;
use crate::ui::icon::{Icon, icon};
use crate::ui::length::{Form, until};
use crate::ui::newer;
use crate::ui::stepper::Stepper;
use crate::ui::version::brief;

/// What the head is drawn from.
pub struct Head<'a> {
    pub locale: Locale,
    pub key: &'a AppKey,
    pub app: &'a AppSummary,
    pub caller: &'a Caller,
    pub now: Timestamp,
    /// Newest revision before the current one.
    pub back_to: Option<u32>,
    /// The environment asks for care.
    pub protected: bool,
    /// The environment takes no new versions now.
    pub closed: bool,
}

/// The name of this part of the page.
pub const REGION: &str = "head";

pub fn head(head: &Head) -> AnyView {
    let Head { locale, key, app, caller, .. } = *head;
    let counts = app.instances;
    let may_scale = can::scale(caller, app).err();
    let stepper = Stepper {
        count: counts.wanted,
        app: key,
        action: paths::app(key),
        class: "step big",
        enabled: may_scale.is_none(),
        title: may_scale.map(|why| deployment::refusal(locale, why)),
    };
    let version =
        if app.version.is_empty() { app.image.clone().unwrap_or_default() } else { app.version.clone() };
    let heard = newer::repository(app)
        .map_or_else(|| "app app_gone".to_owned(), |name| format!("app app_gone repository:{name}"));
    view! {
        <div class="region" data-live=REGION data-on=heard>
            <header class="head app-head">
                <div class="app-title">
                    <nav class="crumbs" aria-label=apps::title(locale)>
                        <a href=paths::APPS>{apps::title(locale)}</a>
                        <span aria-hidden="true">"/"</span>
                        <span>{key.environment.to_string()}</span>
                        <span aria-hidden="true">"/"</span>
                        <span>{app.project.to_string()}</span>
                    </nav>
                    <div class="row">
                        <h1>{key.app.to_string()}</h1>
                        <span aria-live="polite">{app_badge(locale, app.status)}</span>
                    </div>
                    <p class="sub app-version">
                        <span>{deployment::version(locale, app.revision)}</span>
                        <code title=version.clone()>{brief(&version)}</code>
                        {newer::marks(locale, app, can::change(caller, app).is_ok(), head.now)}
                    </p>
                </div>
                <div class="app-scale">
                    <div>
                        {bar(locale, counts, "bar wide")}
                        <span class="sub" aria-live="polite">
                            {t::count_of(locale, counts.healthy, counts.wanted)}
                        </span>
                    </div>
                    {stepper.view(locale)}
                </div>
                <div class="actions">{buttons(head)}</div>
            </header>
            {alerts(head)}
            {app.deployment.as_ref().map(|active| rollout(locale, active, head.now))}
        </div>
    }
    .into_any()
}

/// Why the app is not as wanted, and what helps.
fn alerts(head: &Head) -> Option<AnyView> {
    let Head { locale, key, app, caller, now, .. } = *head;
    let reason = app.status_reason.as_ref()?;
    let class = if app.status == AppStatus::Degraded { "alert" } else { "alert warn" };
    let delayed = matches!(reason, StatusReason::DelayedUntil { .. });
    let start_now = (delayed && can::scale(caller, app).is_ok()).then(|| {
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
    let why = match reason {
        StatusReason::DelayedUntil { until: then, cause } => {
            let cause = cause.as_ref().map(|cause| deployment::cause(locale, cause));
            let left = then.since(now);
            let sentence = t::next_try(locale, cause, left);
            until(&sentence, &t::countdown(locale, left), *then, Form::Countdown)
        }
        reason => apps::reason(locale, reason, now).into_any(),
    };
    Some(
        view! {
            <div class=class role="status" data-key="why">
                {icon(Icon::Alert)}
                <div>
                    <b>{t::lead(locale, apps::status_word(locale, app.status))}</b>
                    <span>{why}</span>
                </div>
                {logs}
                {start_now}
            </div>
        }
        .into_any(),
    )
}

fn rollout(locale: Locale, active: &Deployment, now: Timestamp) -> AnyView {
    let line = t::rollout_line(locale, active, now);
    let line = match rollout::runs_until(active, now) {
        Some(then) => until(&line, &time::short(locale, then.since(now)), then, Form::Short),
        None => line.into_any(),
    };
    view! {
        <div class="alert busy" role="status" data-key="rollout">
            {icon(Icon::Busy)}
            <div>
                <b>{t::lead(locale, deployment::state(locale, active.state))}</b>
                {line}
            </div>
            <a class="btn" href=paths::deployment(active.id)>{t::see_deployment(locale)}</a>
        </div>
    }
    .into_any()
}

/// What can be done with the app. What cannot is shown disabled and says why.
fn buttons(head: &Head) -> AnyView {
    let Head { locale, key, app, caller, back_to, protected, closed, .. } = *head;
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
