//! Where an environment's measurements are asked: the console's own store, a Prometheus or a Graphite. A plain form; without
//! a script all fields are there, and the style hides those that the chosen kind has not.

use leptos::prelude::*;
use model::environment::Environment;
use model::metric::{Authentication, Remote, SourceKind, SourceSettings, SourceTest};
use model::problem::Problem;

use super::{line, wrong};
use crate::pages::visit::Visit;
use crate::posted::Form;
use crate::text::metrics as t;
use crate::text::settings;

/// The ways to log in, as the form names them.
const LOGINS: [&str; 3] = ["none", "bearer", "basic"];

/// The settings as typed.
pub fn settings_of(form: &Form) -> SourceSettings {
    let filled = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    // A secret is taken as it is, blanks and all.
    let secret = form.get("metrics_secret").filter(|secret| !secret.is_empty()).map(str::to_owned);
    let authentication = match form.text("metrics_login").as_str() {
        "bearer" => Some(Authentication::Bearer { token: secret }),
        "basic" => Some(Authentication::Basic { username: form.text("metrics_username"), password: secret }),
        _ => None,
    };
    let remote = Remote {
        url: form.text("metrics_url"),
        authentication,
        ca: filled("metrics_ca"),
        insecure: form.has("metrics_insecure"),
    };
    match form.text("metrics").as_str() {
        "prometheus" => SourceSettings::Prometheus(remote),
        "graphite" => SourceSettings::Graphite(remote),
        _ => SourceSettings::Embedded {},
    }
}

/// The card on the environment's page. Those who may not change it see where the measurements are asked.
pub fn card(
    visit: &Visit,
    environment: &Environment,
    said: Option<&Problem>,
    test: Option<&SourceTest>,
    admin: bool,
) -> AnyView {
    let locale = visit.locale;
    let url = environment.metrics.remote().map(|remote| remote.url.clone());
    view! {
        <section class="card pad stack" id="metrics">
            <h2>{t::source(locale)}</h2>
            <p class="sub">{t::source_lead(locale)}</p>
            {test.map(|test| tested(visit, test))}
            {if admin {
                form(visit, environment, said)
            } else {
                view! { <p>{t::kind(locale, environment.metrics.kind())} " " <span class="mono">{url}</span></p> }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

fn tested(visit: &Visit, test: &SourceTest) -> AnyView {
    let class = if test.ok { "alert ok" } else { "alert" };
    let role = if test.ok { "status" } else { "alert" };
    view! {
        <div class=class role=role>
            {t::tested(visit.locale, test)}
        </div>
    }
    .into_any()
}

fn form(visit: &Visit, environment: &Environment, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    // What is typed stays when it is refused; a secret does not.
    let typed = visit.form.as_ref().filter(|form| said.is_some() && form.has("metrics"));
    let settings = typed.map_or_else(|| environment.metrics.clone(), settings_of);
    let kept = environment.metrics.remote().is_some_and(|remote| remote.authentication.is_some());
    let kind = settings.kind();
    let remote = settings.remote().cloned().unwrap_or_default();
    let (login, username) = match remote.authentication {
        None => (LOGINS[0], String::new()),
        Some(Authentication::Bearer { .. }) => (LOGINS[1], String::new()),
        Some(Authentication::Basic { username, .. }) => (LOGINS[2], username),
    };
    let secret_wrong = wrong(said, "/metrics/authentication/token")
        .or_else(|| wrong(said, "/metrics/authentication/password"));
    let line = |id, label, value, path: &str, hint| line(said, id, label, value, path, hint);
    view! {
        <form method="post" action="#metrics" class="stack source-form">
            <div class="field">
                <label for="metrics-kind">{t::source_kind(locale)}</label>
                <select id="metrics-kind" name="metrics" class="source-kind">
                    {SourceKind::ALL
                        .map(|each| {
                            view! {
                                <option value=each.as_str() selected=each == kind>
                                    {t::kind(locale, each)}
                                </option>
                            }
                        })}
                </select>
            </div>
            <div class="stack for-server">
                {line("metrics_url", t::source_url(locale), remote.url, "/metrics/url", t::source_url_hint(locale))}
                <div class="field">
                    <label for="metrics-login">{t::login(locale)}</label>
                    <select id="metrics-login" name="metrics_login" class="source-login">
                        {LOGINS
                            .map(|each| {
                                view! {
                                    <option value=each selected=each == login>
                                        {t::login_kind(locale, each)}
                                    </option>
                                }
                            })}
                    </select>
                </div>
                <div class="for-basic">
                    {line(
                        "metrics_username",
                        t::username(locale),
                        username,
                        "/metrics/authentication/username",
                        "",
                    )}
                </div>
                <div class="stack for-login">
                    <div class="field">
                        <label for="metrics_secret">{t::secret(locale)}</label>
                        <input
                            id="metrics_secret"
                            name="metrics_secret"
                            type="password"
                            autocomplete="new-password"
                            aria-invalid=secret_wrong
                            aria-describedby="metrics_secret-note"
                        />
                        <small class="field-hint" id="metrics_secret-note">
                            {if kept { t::secret_kept(locale) } else { t::secret_hint(locale) }}
                        </small>
                    </div>
                    <label class="field-tick">
                        <input
                            type="checkbox"
                            name="metrics_insecure"
                            value="true"
                            checked=remote.insecure
                        />
                        {t::insecure(locale)}
                    </label>
                </div>
                {line(
                    "metrics_ca",
                    settings::tls_ca(locale),
                    remote.ca.unwrap_or_default(),
                    "/metrics/ca",
                    t::ca_hint(locale),
                )}
            </div>
            <div class="row">
                <button class="btn main" name="do" value="save-metrics">
                    {settings::save(locale)}
                </button>
                <button class="btn" name="do" value="test-metrics">
                    {t::save_and_test(locale)}
                </button>
            </div>
        </form>
    }
    .into_any()
}
