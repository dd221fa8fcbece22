//! The instances of an app, as a table and as a grid.

use leptos::prelude::*;
use model::definition::Protocol;
use model::id::AppKey;
use model::instance::{Instance, InstanceState};
use model::time::Timestamp;

use crate::islands::app::short;
use crate::paths;
use crate::text::{Locale, app as t, apps, deployment, time};
use crate::ui::badge::{Tone, instance_badge, instance_tone};
use crate::ui::length::{Form, since, until};

/// The name of this part of the page, and the events that it shows.
pub const REGION: &str = "instances";
const SHOWN: &str = "instance instance_gone usage";

/// What both views of the instances are drawn from.
pub struct Watched<'a> {
    pub locale: Locale,
    pub key: &'a AppKey,
    pub instances: Vec<Instance>,
    pub now: Timestamp,
    /// The viewer may stop instances.
    pub may_stop: bool,
}

impl Watched<'_> {
    /// Newest revision first; within it the ones that live, then by id.
    fn in_order(&self) -> Vec<&Instance> {
        let mut all: Vec<&Instance> = self.instances.iter().collect();
        all.sort_by_key(|one| (!one.state.is_active(), std::cmp::Reverse(one.revision), &one.id.0));
        all
    }

    /// Why it is as it is: the cause, and the countdown where it waits.
    fn why(&self, instance: &Instance) -> Option<AnyView> {
        let cause = instance.reason.as_ref().map(|reason| deployment::cause(self.locale, reason));
        let Some(then) = instance.delayed_until else { return cause.map(IntoAny::into_any) };
        let next = time::relative(self.locale, then, self.now);
        let words = cause.map_or_else(|| next.clone(), |cause| format!("{cause}, {next}"));
        let length = time::short(self.locale, then.since(self.now));
        Some(if then > self.now { until(&words, &length, then, Form::Short) } else { words.into_any() })
    }

    fn age(&self, instance: &Instance) -> Option<AnyView> {
        instance.started_at.map(|at| since(self.locale, at, self.now))
    }
}

fn ports(instance: &Instance) -> Vec<AnyView> {
    let host = if instance.address.is_empty() { "127.0.0.1".to_owned() } else { instance.address.clone() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    instance
        .ports
        .iter()
        .map(|port| {
            let place = format!("{host}:{}", port.host_port);
            let name = port.name.clone();
            if port.protocol == Protocol::Tcp && instance.state == InstanceState::Running {
                view! {
                    <a class="link mono" href=format!("http://{place}") target="_blank" rel="noopener noreferrer" title=name>
                        {place.clone()}
                    </a>
                }
                .into_any()
            } else {
                view! { <span class="mono" title=name>{place}</span> }.into_any()
            }
        })
        .collect()
}

fn usage_words(instance: &Instance) -> (String, String) {
    instance.usage.map_or_else(
        || ("–".to_owned(), "–".to_owned()),
        |usage| (apps::cpu_cores(usage.cpu_cores), apps::bytes(usage.memory_bytes as f64)),
    )
}

/// The table of the Instances tab.
pub fn table(watched: &Watched) -> AnyView {
    let locale = watched.locale;
    let rows = watched.in_order().into_iter().map(|one| table_row(watched, one)).collect_view();
    view! {
        <div class="card" data-live=REGION data-on=SHOWN>
            <div class="scroll" tabindex="0">
                <table class="instance-table">
                    <thead>
                        <tr>
                            <th scope="col">{t::id(locale)}</th>
                            <th scope="col">{t::state(locale)}</th>
                            <th scope="col">{apps::address(locale)}</th>
                            <th scope="col" class="number">{apps::revision(locale)}</th>
                            <th scope="col" class="number">{apps::cpu(locale)}</th>
                            <th scope="col" class="number">{apps::memory(locale)}</th>
                            <th scope="col" class="number">{apps::restarts(locale)}</th>
                            <th scope="col" class="number">{apps::age(locale)}</th>
                            <th scope="col"><span class="visually-hidden">{t::actions(locale)}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {none(watched, "pad sub")}
        </div>
    }
    .into_any()
}

fn none(watched: &Watched, class: &'static str) -> Option<AnyView> {
    let words = apps::no_instances(watched.locale);
    watched.instances.is_empty().then(|| view! { <p class=class>{words}</p> }.into_any())
}

fn table_row(watched: &Watched, one: &Instance) -> AnyView {
    let Watched { locale, key, may_stop, .. } = *watched;
    let id = one.id.0.clone();
    let stoppable = may_stop && one.state.is_active() && one.state != InstanceState::Stopping;
    let stop = stoppable.then(|| {
        view! {
            <details class="ask">
                <summary class="btn small">{apps::stop(locale)}</summary>
                <form method="post" action=paths::app_tab(key, "instances")>
                    <input type="hidden" name="act" value="stop_instance" />
                    <input type="hidden" name="instance" value=id.clone() />
                    <p>{t::stop_ask(locale)}</p>
                    <button class="btn danger" type="submit">{t::stop_do(locale)}</button>
                </form>
            </details>
        }
    });
    let (cpu, memory) = usage_words(one);
    view! {
        <tr data-key=id.clone()>
            <td>
                <a class="name mono" href=paths::logs_of(key, &id) title=id.clone()>{short(&id, key.app.as_str())}</a>
                <div class="sub">{one.node.clone()}</div>
            </td>
            <td>
                {instance_badge(locale, one)}
                <div class="sub reason">{watched.why(one)}</div>
            </td>
            <td class="ports">{ports(one)}</td>
            <td class="number">{one.revision}</td>
            <td class="number" data-label=apps::cpu(locale)>{cpu}</td>
            <td class="number">{memory}</td>
            <td class="number">{one.restarts}</td>
            <td class="number nowrap">{watched.age(one)}</td>
            <td class="number">{stop}</td>
        </tr>
    }
    .into_any()
}

fn tone_class(instance: &Instance) -> &'static str {
    match instance_tone(instance) {
        Tone::Good => "instance",
        Tone::Busy => "instance starting",
        Tone::Bad => "instance unhealthy",
        Tone::Warning => "instance delayed",
        Tone::Idle => "instance ended",
    }
}

/// The grid of the Overview tab: one small card each.
pub fn grid(watched: &Watched) -> AnyView {
    let cards = watched.in_order().into_iter().map(|one| card(watched, one)).collect_view();
    view! {
        <div class="region" data-live=REGION data-on=SHOWN>
            <ul class="instances-grid">{cards}</ul>
            {none(watched, "sub")}
        </div>
    }
    .into_any()
}

fn card(watched: &Watched, one: &Instance) -> AnyView {
    let Watched { locale, key, .. } = *watched;
    let id = one.id.0.clone();
    let how = watched.why(one).unwrap_or_else(|| {
        let (cpu, memory) = usage_words(one);
        format!("{} {cpu} · {memory}", apps::cpu(locale)).into_any()
    });
    view! {
        <li class=tone_class(one) data-key=id.clone()>
            <div class="row">
                <a class="name mono" href=paths::logs_of(key, &id) title=id.clone()>{short(&id, key.app.as_str())}</a>
                <span class="tag">{format!("r{}", one.revision)}</span>
                <span class="instance-age">{watched.age(one)}</span>
            </div>
            <div>{instance_badge(locale, one)}</div>
            <div class="sub">{how}</div>
            <div class="ports">{ports(one)}</div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_cut_to_what_differs() {
        assert_eq!(short("shop-3-abcdef", "shop"), "3-abcdef");
        assert_eq!(short("0199a7e2-7c3b-7d40-9a51-3f6f2c1d8e77", "shop"), "3f6f2c1d8e77");
    }
}
