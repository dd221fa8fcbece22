//! The machines of each environment: what they have, what is promised and what is used.

use leptos::prelude::*;
use model::environment::{EngineKind, Environment, Node, NodeState};
use model::id::EnvironmentName;
use model::permission::Permission;
use model::problem::Problem;

use super::visit::{Visit, page};
use crate::paths;
use crate::text::Locale;
use crate::text::{apps as t, nodes, workloads};
use crate::ui::badge::{Tone, badge};

#[component]
pub fn Nodes() -> impl IntoView {
    page(all)
}

async fn all(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let said = told(&visit).await?;
    let administers = caller.may(Permission::Administer);
    let changes_apps = caller.may(Permission::ChangeApps);
    let mut parts = Vec::new();
    for environment in visit.ports.environments.list(caller).await? {
        let chosen = visit.request.environment.as_deref().unwrap_or_default();
        if !chosen.is_empty() && chosen != environment.name.as_str() {
            continue;
        }
        let machines = visit.ports.environments.nodes(caller, &environment.name).await;
        let others = changes_apps.then(|| others(locale, &environment)).flatten();
        parts.push(part(locale, &environment, machines, administers, others));
    }
    Ok(view! {
        <leptos_meta::Title text=format!("{} · Quarterdeck", t::nodes_title(locale)) />
        <div class="head">
            <h1>{t::nodes_title(locale)}</h1>
        </div>
        {said}
        <div class="stack">{parts}</div>
    }
    .into_any())
}

/// Does what a node's form asks for, and says what came of it.
async fn told(visit: &Visit) -> Result<Option<AnyView>, Problem> {
    let Some(form) = &visit.form else { return Ok(None) };
    let (locale, node) = (visit.locale, form.text("node"));
    let activates = match form.get("do") {
        Some("drain") => false,
        Some("activate") => true,
        _ => return Ok(None),
    };
    let named = form.text("environment");
    let name = named.parse::<EnvironmentName>().map_err(|_| Problem::not_found("environment", &named))?;
    let done = visit.ports.environments.drain(visit.caller()?, &name, &node, activates).await;
    Ok(Some(match done {
        Ok(()) => {
            let words =
                if activates { nodes::activated(locale, &node) } else { nodes::drained(locale, &node) };
            view! { <div class="alert ok" role="status">{words}</div> }.into_any()
        }
        Err(problem) => {
            visit.status(problem.status);
            view! { <div class="alert" role="alert">{crate::text::fault::problem(locale, &problem)}</div> }
                .into_any()
        }
    }))
}

fn part(
    locale: Locale,
    environment: &Environment,
    machines: Result<Vec<Node>, Problem>,
    administers: bool,
    others: Option<AnyView>,
) -> AnyView {
    let drains = administers && environment.engine.kind().drains_nodes();
    let form = |node: &Node| drains.then(|| form(locale, environment, node)).flatten();
    let content = match machines {
        Ok(machines) => {
            machines.iter().map(|node| machine(locale, node, form(node))).collect_view().into_any()
        }
        Err(problem) => view! { <p>{crate::text::fault::problem(locale, &problem)}</p> }.into_any(),
    };
    view! {
        <section class="card pad">
            <h2>{environment.name.to_string()} <span class="sub">{environment.engine.kind().as_str()}</span></h2>
            <div class="stack">{content}</div>
            {others}
        </section>
    }
    .into_any()
}

/// Where something else may run.
fn others(locale: Locale, environment: &Environment) -> Option<AnyView> {
    if environment.engine.kind() == EngineKind::Local {
        return None;
    }
    let href = paths::workloads(environment.name.as_str());
    Some(
        view! {
            <p>
                <a class="btn" href=href>
                    {workloads::link(locale)}
                    <span class="visually-hidden">" " {environment.name.to_string()}</span>
                </a>
            </p>
        }
        .into_any(),
    )
}

/// Drains a node, or activates it again; whether one that is down was drained is not known.
fn form(locale: Locale, environment: &Environment, node: &Node) -> Option<AnyView> {
    let (what, word, means) = match node.state {
        NodeState::Ready => ("drain", nodes::drain(locale), nodes::moves(locale, node.instances)),
        NodeState::Draining => {
            ("activate", nodes::activate(locale), nodes::takes_new_ones(locale).to_owned())
        }
        NodeState::Down => return None,
    };
    Some(
        view! {
            <form method="post" class="row">
                <input type="hidden" name="environment" value=environment.name.to_string() />
                <input type="hidden" name="node" value=node.name.clone() />
                <button class="btn" name="do" value=what>
                    {word}
                    <span class="visually-hidden">" " {node.name.clone()}</span>
                </button>
                <span class="sub">{means}</span>
            </form>
        }
        .into_any(),
    )
}

/// One machine with its meters, for the overview.
pub fn one(locale: Locale, node: &Node) -> AnyView {
    machine(locale, node, None)
}

fn machine(locale: Locale, node: &Node, form: Option<AnyView>) -> AnyView {
    let (tone, word) = match node.state {
        NodeState::Ready => (Tone::Good, nodes::ready(locale)),
        NodeState::Draining => (Tone::Warning, nodes::draining(locale)),
        NodeState::Down => (Tone::Bad, nodes::down(locale)),
    };
    let memory = |bytes: u64| t::bytes(bytes as f64);
    let disk_left = node.capacity.disk_bytes.saturating_sub(node.used.disk_bytes);
    view! {
        <div class="node">
            <div class="row">
                <span class="strong">{node.name.clone()}</span>
                <span class="sub mono">{node.address.clone()}</span>
                {badge(tone, word)}
                <span class="sub">{nodes::instances(locale, node.instances)}</span>
            </div>
            <div class="meters">
                {meter(
                    t::cpu(locale),
                    nodes::share(locale, &t::cpu_cores(node.allocated.cpus), &t::cpu_cores(node.used.cpus), &t::cpu_cores(node.capacity.cpus)),
                    node.allocated.cpus,
                    node.used.cpus,
                    node.capacity.cpus,
                )}
                {meter(
                    t::memory(locale),
                    nodes::share(locale, &memory(node.allocated.memory_bytes), &memory(node.used.memory_bytes), &memory(node.capacity.memory_bytes)),
                    node.allocated.memory_bytes as f64,
                    node.used.memory_bytes as f64,
                    node.capacity.memory_bytes as f64,
                )}
                {meter(
                    nodes::disk(locale),
                    nodes::free(locale, &memory(disk_left), &memory(node.capacity.disk_bytes)),
                    0.0,
                    node.used.disk_bytes as f64,
                    node.capacity.disk_bytes as f64,
                )}
            </div>
            {form}
        </div>
    }
    .into_any()
}

/// Promised as the pale part, used as the strong one.
fn meter(word: &'static str, text: String, allocated: f64, used: f64, capacity: f64) -> AnyView {
    let part = |value: f64| format!("{:.1}", (value / capacity.max(f64::EPSILON)).clamp(0.0, 1.0) * 100.0);
    view! {
        <div class="figure">
            <span class="strong">{word}</span>
            <span class="meter">
                <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="promised" width=part(allocated) height="6" />
                    <rect width=part(used) height="6" />
                </svg>
            </span>
            <span class="sub">{text}</span>
        </div>
    }
    .into_any()
}
