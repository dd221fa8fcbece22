//! Environments: engine, whether it answers, what it can do and how it keeps limits; made, changed, taken away.

use leptos::prelude::*;
use model::api::EnvironmentInput;
use model::environment::{
    Capabilities, DOCKER_SOCKET, EngineKind, EngineSettings, Environment, Node, Reachability, ReleaseRules,
    TlsFiles,
};
use model::id::EnvironmentName;
use model::permission::{Permission, Role};
use model::problem::{Fault, FieldError, Problem};

use super::rules::{self, Draft};
use super::{banner, frame, line, log_links, measurements, new_name, removal};
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::settings as t;
use crate::text::window;

/// Buttons of the forms that say what was saved.
const SAVES: [&str; 4] = ["save", "save-rules", "save-metrics", "save-log-links"];

#[component]
pub fn EnvironmentsPage() -> impl IntoView {
    page(environments)
}

#[component]
pub fn EnvironmentPage() -> impl IntoView {
    page(environment)
}

/// The settings as typed; blank lines are what may be left out.
fn settings_of(form: &crate::posted::Form) -> Option<EngineSettings> {
    let named = form.text("engine");
    let kind = EngineKind::ALL.into_iter().find(|kind| kind.as_str() == named)?;
    let filled = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let endpoint = filled("endpoint").unwrap_or_else(|| DOCKER_SOCKET.to_owned());
    let files = ["tls_ca", "tls_certificate", "tls_key"].map(filled);
    let tls = files.iter().any(Option::is_some).then(|| {
        let [ca, certificate, key] = files.map(Option::unwrap_or_default);
        TlsFiles { ca, certificate, key }
    });
    Some(match kind {
        EngineKind::Local => EngineSettings::Local {},
        EngineKind::Docker => EngineSettings::Docker { endpoint, tls, host_address: filled("host_address") },
        EngineKind::Swarm => EngineSettings::Swarm { endpoint, tls },
    })
}

fn input_of(
    form: &crate::posted::Form,
    name: String,
    rules: ReleaseRules,
) -> Result<EnvironmentInput, Problem> {
    let unknown = || {
        let allowed = EngineKind::ALL.map(|kind| kind.as_str().to_owned()).into();
        Problem::invalid(vec![FieldError::new("/engine", Fault::NotOneOf { allowed })])
    };
    let engine = settings_of(form).ok_or_else(unknown)?;
    let protected = form.has("protected");
    Ok(EnvironmentInput { name, engine, protected, rules, metrics: None, log_links: None })
}

/// What a form changes one part of.
fn as_it_is(environment: &Environment) -> EnvironmentInput {
    EnvironmentInput {
        name: environment.name.to_string(),
        engine: environment.engine.clone(),
        protected: environment.protected,
        rules: environment.rules.clone(),
        metrics: None,
        log_links: None,
    }
}

async fn environments(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let mut said = None;
    if let Some(form) = &visit.form {
        let made = match input_of(form, form.text("name"), ReleaseRules::default()) {
            Ok(input) => visit.ports.environments.create(caller, input).await,
            Err(problem) => Err(problem),
        };
        match made {
            Ok(made) => {
                visit.redirect(&paths::environment(made.name.as_str()));
                return Ok(().into_any());
            }
            Err(problem) => said = Some(problem),
        }
    }
    let list = visit.ports.environments.list(caller).await?;
    let admin = caller.role == Role::Admin;
    let content = view! {
        {banner(&visit, said.as_ref())}
        <div class="card scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th>{t::environment(locale)}</th>
                        <th>{t::engine_head(locale)}</th>
                        <th>{t::state(locale)}</th>
                        <th>{t::apps(locale)}</th>
                        <th>{t::limits(locale)}</th>
                    </tr>
                </thead>
                <tbody>
                    {list
                        .iter()
                        .map(|each| {
                            let can = &each.capabilities;
                            view! {
                                <tr>
                                    <td>
                                        <a class="name" href=paths::environment(each.name.as_str())>
                                            {each.name.to_string()}
                                        </a>
                                        {each
                                            .protected
                                            .then(|| {
                                                view! { <span class="tag warn">{t::protected(locale)}</span> }
                                            })}
                                    </td>
                                    <td>{t::engine(locale, each.engine.kind())}</td>
                                    <td>
                                        {reachability(&visit, each)}
                                        {each
                                            .closed
                                            .as_ref()
                                            .map(|shut| view! { <span class="sub shut">{window::closed(locale, shut)}</span> })}
                                    </td>
                                    <td>{each.apps}</td>
                                    <td class="sub">
                                        {t::limit(locale, t::cpu(locale), can.cpu_limit)} "; "
                                        {t::limit(locale, t::memory(locale), can.memory_limit)}
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        {admin
            .then(|| {
                view! {
                    <details class="card pad new-one" open=said.is_some() || list.is_empty()>
                        <summary class="btn">{t::add_environment(locale)}</summary>
                        <form method="post" class="stack">
                            {new_name(&visit, said.as_ref(), t::name(locale), crate::text::editor::name_hint(locale))}
                            {engine_fields(&visit, None, said.as_ref())}
                            <button class="btn main">{t::add_environment(locale)}</button>
                        </form>
                    </details>
                }
            })}
    };
    Ok(frame(&visit, paths::ENVIRONMENTS, content.into_any()))
}

/// Kind and settings; what is typed stays when it is refused. Without a script all fields of the other kinds are there,
/// and the style hides those that the chosen kind has not.
fn engine_fields(visit: &Visit, environment: Option<&Environment>, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref().filter(|form| said.is_some() && form.has("endpoint"));
    let settings = typed.and_then(settings_of).or_else(|| environment.map(|each| each.engine.clone()));
    let protected = match typed {
        Some(form) => form.has("protected"),
        None => environment.is_some_and(|environment| environment.protected),
    };
    let chosen = settings.as_ref().map_or(EngineKind::Local, EngineSettings::kind);
    let (endpoint, tls, host_address) = match settings {
        Some(EngineSettings::Docker { endpoint, tls, host_address }) => (endpoint, tls, host_address),
        Some(EngineSettings::Swarm { endpoint, tls }) => (endpoint, tls, None),
        Some(EngineSettings::Local {}) | None => (DOCKER_SOCKET.to_owned(), None, None),
    };
    let [ca, certificate, key] = tls.map_or_else(Default::default, |tls| [tls.ca, tls.certificate, tls.key]);
    let line = |id, label, value, path: &str, hint| line(said, id, label, value, path, hint);
    view! {
        <div class="field">
            <label for="engine">{t::engine_head(locale)}</label>
            <select id="engine" name="engine" class="engine-kind">
                {EngineKind::ALL
                    .into_iter()
                    .map(|kind| {
                        view! {
                            <option value=kind.as_str() selected=kind == chosen>
                                {t::engine(locale, kind)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
        <div class="stack for-docker for-swarm">
            {line("endpoint", t::endpoint(locale), endpoint, "/engine/endpoint", t::endpoint_hint(locale))}
            <div class="for-docker">
                {line(
                    "host_address",
                    t::host_address(locale),
                    host_address.unwrap_or_default(),
                    "/engine/host_address",
                    t::host_address_hint(locale),
                )}
            </div>
            <fieldset class="engine-tls stack">
                <legend>{t::tls_files(locale)}</legend>
                <small class="field-hint">{t::tls_hint(locale)}</small>
                {line("tls_ca", t::tls_ca(locale), ca, "/engine/tls/ca", "")}
                {line("tls_certificate", t::tls_certificate(locale), certificate, "/engine/tls/certificate", "")}
                {line("tls_key", t::tls_key(locale), key, "/engine/tls/key", "")}
            </fieldset>
        </div>
        <label class="field-tick">
            <input type="checkbox" name="protected" value="true" checked=protected />
            {t::protect(locale)}
        </label>
    }
    .into_any()
}

fn reachability(visit: &Visit, environment: &Environment) -> AnyView {
    let locale = visit.locale;
    match &environment.reachability {
        Reachability::Reachable { version } => {
            view! {
                <span class="state ok">{t::reachable(locale)}</span>
                " "
                <span class="sub">{version.clone()}</span>
            }
            .into_any()
        }
        Reachability::Unreachable { since, reason } => {
            view! {
                <span class="state bad">{t::unreachable(locale)}</span>
                " "
                <span class="sub">{t::since(locale)} " " {crate::pages::local(*since)} ": " {reason.clone()}</span>
            }
            .into_any()
        }
        Reachability::Unknown => view! { <span class="state idle">{t::not_asked(locale)}</span> }.into_any(),
    }
}

async fn environment(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let name: EnvironmentName = visit.param("environment")?;
    let mut said = None;
    let mut saved = false;
    let mut test = None;
    let before = visit.ports.environments.get(caller, &name).await?;
    let mut draft = Draft::of(&before.rules, visit.ports.site.zones());
    if let Some(form) = &visit.form {
        if form.has("windows") {
            draft = Draft::posted(form);
        }
        let done = match form.get("do") {
            Some("delete") if form.text("confirm") == name.as_str() => {
                visit.ports.environments.delete(caller, &name).await.map(|()| true)
            }
            Some("delete") => {
                let fault = Fault::Other { reason: t::type_the_name(locale).to_owned() };
                Err(Problem::invalid(vec![FieldError::new("/confirm", fault)]))
            }
            // Each form changes its part and leaves the other's as it is.
            Some(what @ ("save" | "save-rules")) => {
                let input = match what {
                    "save" => input_of(form, name.to_string(), before.rules.clone()),
                    _ => draft
                        .rules(visit.ports.site.zones())
                        .map(|rules| EnvironmentInput { rules, ..as_it_is(&before) }),
                };
                match input {
                    Ok(input) => visit.ports.environments.update(caller, &name, input).await.map(|_| false),
                    Err(problem) => Err(problem),
                }
            }
            Some(what @ ("save-metrics" | "test-metrics")) => {
                let metrics = Some(measurements::settings_of(form));
                let input = EnvironmentInput { metrics, ..as_it_is(&before) };
                let done = visit.ports.environments.update(caller, &name, input).await;
                if done.is_ok() && what == "test-metrics" {
                    test = Some(visit.ports.environments.test_metrics(caller, &name).await?);
                }
                done.map(|_| false)
            }
            Some("save-log-links") => {
                let log_links = Some(log_links::posted(form));
                let input = EnvironmentInput { log_links, ..as_it_is(&before) };
                visit.ports.environments.update(caller, &name, input).await.map(|_| false)
            }
            _ => Ok(false),
        };
        match done {
            Ok(true) => {
                visit.redirect(paths::ENVIRONMENTS);
                return Ok(().into_any());
            }
            Ok(false) => saved = form.get("do").is_some_and(|what| SAVES.contains(&what)),
            Err(problem) => said = Some(problem),
        }
    }
    let environment = visit.ports.environments.get(caller, &name).await?;
    let nodes = visit.ports.environments.nodes(caller, &name).await.unwrap_or_default();
    let admin = caller.may(Permission::Administer);
    let rules = rules::card(&visit, &environment, &draft, said.as_ref(), admin);
    let content = view! {
        {banner(&visit, said.as_ref())}
        {saved.then(|| view! { <div class="alert ok" role="status">{t::saved(locale)}</div> })}
        <section class="card pad stack">
            <div class="row">
                <h2>{name.to_string()}</h2>
                {reachability(&visit, &environment)}
                <span class="grow"></span>
                <a class="btn" href=paths::environment(name.as_str())>
                    {t::test_connection(locale)}
                </a>
            </div>
            {capabilities(&visit, &environment.capabilities)}
            {nodes.iter().map(|node| node_line(&visit, node)).collect_view()}
        </section>
        {rules}
        {measurements::card(&visit, &environment, said.as_ref(), test.as_ref(), admin)}
        {log_links::card(&visit, &environment, said.as_ref(), admin)}
        {admin
            .then(|| {
                view! {
                    <section class="card pad">
                        <form method="post" class="stack">
                            {engine_fields(&visit, Some(&environment), said.as_ref())}
                            <div class="row">
                                <button class="btn main" name="do" value="save">
                                    {t::save(locale)}
                                </button>
                            </div>
                        </form>
                    </section>
                    {removal(
                        &visit,
                        said.as_ref(),
                        name.as_str(),
                        t::delete_environment(locale),
                        t::delete_hint(locale, name.as_str(), environment.apps),
                    )}
                }
            })}
    };
    Ok(frame(&visit, paths::ENVIRONMENTS, content.into_any()))
}

fn capabilities(visit: &Visit, can: &Capabilities) -> AnyView {
    let locale = visit.locale;
    let features = [
        (can.images, t::images(locale)),
        (can.artifacts, t::artifacts(locale)),
        (can.commands, t::commands(locale)),
        (can.volumes, t::volumes(locale)),
        (can.constraints, t::constraints(locale)),
        (can.udp_ports, t::udp(locale)),
        (can.secrets, t::secrets(locale)),
        (can.config_sets, t::config_sets(locale)),
    ];
    view! {
        <h3>{t::what_it_can(locale)}</h3>
        <ul class="features">
            {features
                .into_iter()
                .map(|(can, name)| {
                    let (class, sign, word) =
                        if can { ("can", "✓", t::yes(locale)) } else { ("cannot", "–", t::no(locale)) };
                    view! {
                        <li class=class>
                            <span aria-hidden="true">{sign}</span>
                            {name}
                            <span class="visually-hidden">{word}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        <h3>{t::limits(locale)}</h3>
        <ul class="plain sub">
            <li>{t::limit(locale, t::cpu(locale), can.cpu_limit)}</li>
            <li>{t::limit(locale, t::memory(locale), can.memory_limit)}</li>
        </ul>
    }
    .into_any()
}

fn node_line(visit: &Visit, node: &Node) -> AnyView {
    let locale = visit.locale;
    view! {
        <p class="sub">
            <b>{node.name.clone()}</b>
            ": "
            {t::node(locale, node)}
        </p>
    }
    .into_any()
}
