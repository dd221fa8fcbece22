//! What runs in an environment and belongs to no console: listed below its machines.

use leptos::prelude::*;
use model::environment::{Environment, Reachability};
use model::permission::Permission;
use model::workload::ForeignWorkload;

use super::visit::Visit;
use crate::text::nodes as t;

/// Nothing where nothing else runs, and where nobody answers who could say.
pub async fn section(visit: &Visit, environment: &Environment) -> Option<AnyView> {
    let caller = visit.request.caller.as_ref()?;
    let reachable = matches!(environment.reachability, Reachability::Reachable { .. });
    if !reachable || !caller.may(Permission::ChangeApps) {
        return None;
    }
    let found = match visit.ports.environments.workloads(caller, &environment.name).await {
        Ok(found) if found.is_empty() => return None,
        Ok(found) => found.iter().map(|one| entry(visit, one)).collect_view().into_any(),
        Err(problem) => view! { <p>{crate::text::fault::problem(visit.locale, &problem)}</p> }.into_any(),
    };
    Some(
        view! {
            <h3>{t::also_here(visit.locale)}</h3>
            <p class="sub">{t::also_here_hint(visit.locale)}</p>
            <div class="stack">{found}</div>
        }
        .into_any(),
    )
}

fn entry(visit: &Visit, one: &ForeignWorkload) -> AnyView {
    let locale = visit.locale;
    let definition = serde_json::to_string_pretty(&one.definition).unwrap_or_default();
    let ports: Vec<String> =
        one.ports.iter().filter(|port| port.host_port > 0).map(|port| port.host_port.to_string()).collect();
    view! {
        <details>
            <summary>
                <span class="strong">{one.name.clone()}</span>
                " "
                <span class="sub mono">{one.image.clone()}</span>
                " "
                <span class="sub">{one.state.clone()}</span>
                {(!ports.is_empty()).then(|| view! { " " <span class="sub">{t::at_ports(locale, &ports.join(", "))}</span> })}
            </summary>
            <p class="sub">{t::as_an_app(locale)}</p>
            <pre class="definition" tabindex="0">{definition}</pre>
            {(!one.left_out.is_empty())
                .then(|| {
                    view! {
                        <p class="sub">{t::left_out(locale)}</p>
                        <ul>{one.left_out.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view()}</ul>
                    }
                })}
        </details>
    }
    .into_any()
}
