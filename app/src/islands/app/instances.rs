//! The instances of an app as they come, turn healthy and go.

use std::time::Duration;

use leptos::prelude::*;
use model::definition::Protocol;
use model::id::AppKey;
use model::instance::{Instance, InstanceState, Usage};
use model::live::{Change, Topic};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::header::since;
use super::now::ticking;
use super::short;
use crate::islands::Given;
use crate::live::{Heard, Kind, kinds, listen};
use crate::text::{Locale, app as t, apps, deployment, time};
use crate::ui::badge::{Tone, instance_badge, instance_tone};
use crate::{islands, paths};

const HEARD: &[Kind] = &[kinds::INSTANCE, kinds::INSTANCE_GONE, kinds::USAGE];

/// What both views of the instances begin with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    pub locale: Locale,
    pub key: AppKey,
    pub instances: Vec<Instance>,
    pub now: Timestamp,
    pub position: String,
    /// The viewer may stop instances.
    pub may_stop: bool,
}

/// One instance and its signal, so that a change redraws its row alone.
#[derive(Clone)]
struct Row {
    id: String,
    instance: RwSignal<Instance>,
}

/// Newest revision first; within it the ones that live, then by id.
fn order(rows: &mut [Row]) {
    rows.sort_by_cached_key(|row| {
        row.instance.with_untracked(|instance| {
            (!instance.state.is_active(), std::cmp::Reverse(instance.revision), row.id.clone())
        })
    });
}

/// Keeps the rows as the engine sees them.
fn follow(key: AppKey, instances: Vec<Instance>, position: &str) -> RwSignal<Vec<Row>> {
    let owner = Owner::current();
    let row = move |instance: Instance| {
        let id = instance.id.0.clone();
        // Rows outlive the message that brought them: they belong to the island.
        let signal = owner.as_ref().map_or_else(
            || RwSignal::new(instance.clone()),
            |owner| owner.with(|| RwSignal::new(instance.clone())),
        );
        Row { id, instance: signal }
    };
    let mut first: Vec<Row> = instances.into_iter().map(&row).collect();
    order(&mut first);
    let rows = RwSignal::new(first);
    listen(vec![Topic::App(key.clone())], HEARD, position, move |heard| match heard {
        Heard::Reset => islands::reload(),
        Heard::Event(event) => match event.what {
            Change::Instance(new) if new.environment == key.environment && new.app == key.app => {
                let known = rows.with_untracked(|rows| rows.iter().find(|row| row.id == new.id.0).cloned());
                if let Some(known) = known {
                    let moved =
                        known.instance.with_untracked(|old| old.state.is_active() != new.state.is_active());
                    known.instance.try_set(*new);
                    if moved {
                        rows.try_update(|rows| order(rows));
                    }
                } else {
                    let new = row(*new);
                    rows.try_update(|rows| {
                        rows.push(new);
                        order(rows);
                    });
                }
            }
            Change::InstanceGone { environment, app, id }
                if environment == key.environment && app == key.app =>
            {
                rows.try_update(|rows| rows.retain(|row| row.id != id.0));
            }
            Change::Usage { environment, app, instances }
                if environment == key.environment && app == key.app =>
            {
                rows.with_untracked(|rows| measured(rows, &instances));
            }
            _ => {}
        },
    });
    rows
}

fn measured(rows: &[Row], usages: &[(model::id::InstanceId, Usage)]) {
    for row in rows {
        if let Some((_, usage)) = usages.iter().find(|(id, _)| id.0 == row.id) {
            row.instance.try_update(|instance| instance.usage = Some(*usage));
        }
    }
}

/// Why it is as it is: the cause, and the countdown where it waits.
fn why(locale: Locale, instance: &Instance, present: ReadSignal<Timestamp>) -> Option<String> {
    let cause = instance.reason.as_ref().map(|reason| deployment::cause(locale, reason));
    let next = instance.delayed_until.map(|until| time::relative(locale, until, present.get()));
    match (cause, next) {
        (Some(cause), Some(next)) => Some(format!("{cause}, {next}")),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => None,
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
#[island]
pub fn InstanceTable(watched: Given<Watched>) -> impl IntoView {
    let Given(watched) = watched;
    let Watched { locale, key, instances, now, position, may_stop } = watched;
    let rows = follow(key.clone(), instances, &position);
    let present = ticking(now, Duration::from_secs(1));
    let key = StoredValue::new(key);
    view! {
        <div class="card">
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
                    <tbody>
                        <For each=move || rows.get() key=|row| row.id.clone() let:row>
                            {table_row(locale, row, present, key, may_stop)}
                        </For>
                    </tbody>
                </table>
            </div>
            {move || rows.with(Vec::is_empty).then(|| {
                view! { <p class="pad sub">{apps::no_instances(locale)}</p> }
            })}
        </div>
    }
}

fn table_row(
    locale: Locale,
    row: Row,
    present: ReadSignal<Timestamp>,
    key: StoredValue<AppKey>,
    may_stop: bool,
) -> AnyView {
    let Row { id, instance } = row;
    let stoppable = Memo::new(move |_| {
        may_stop && instance.with(|one| one.state.is_active() && one.state != InstanceState::Stopping)
    });
    let logs = key.with_value(|key| paths::logs_of(key, &id));
    let action = key.with_value(|key| paths::app_tab(key, "instances"));
    let node = instance.with_untracked(|one| one.node.clone());
    let name = id.clone();
    let app = key.with_value(|key| key.app.to_string());
    view! {
        <tr>
            <td>
                <a class="name mono" href=logs title=id.clone()>{short(&id, &app)}</a>
                <div class="sub">{node}</div>
            </td>
            <td>
                {move || instance.with(|one| instance_badge(locale, one))}
                <div class="sub reason">{move || instance.with(|one| why(locale, one, present))}</div>
            </td>
            <td class="ports">{move || instance.with(ports)}</td>
            <td class="number">{move || instance.with(|one| one.revision)}</td>
            <td class="number" data-label=apps::cpu(locale)>{move || instance.with(|one| usage_words(one).0)}</td>
            <td class="number">{move || instance.with(|one| usage_words(one).1)}</td>
            <td class="number">{move || instance.with(|one| one.restarts)}</td>
            <td class="number nowrap">
                {move || instance.with(|one| one.started_at).map(|at| since(locale, at, present))}
            </td>
            <td class="number">
                {move || {
                    let (action, name) = (action.clone(), name.clone());
                    stoppable.get().then(|| view! {
                        <details class="ask">
                            <summary class="btn small">{apps::stop(locale)}</summary>
                            <form method="post" action=action>
                                <input type="hidden" name="act" value="stop_instance" />
                                <input type="hidden" name="instance" value=name />
                                <p>{t::stop_ask(locale)}</p>
                                <button class="btn danger" type="submit">{t::stop_do(locale)}</button>
                            </form>
                        </details>
                    })
                }}
            </td>
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
#[island]
pub fn InstanceGrid(watched: Given<Watched>) -> impl IntoView {
    let Given(watched) = watched;
    let Watched { locale, key, instances, now, position, .. } = watched;
    let rows = follow(key.clone(), instances, &position);
    let present = ticking(now, Duration::from_secs(1));
    let key = StoredValue::new(key);
    view! {
        <ul class="instances-grid">
            <For each=move || rows.get() key=|row| row.id.clone() let:row>
                {
                    let Row { id, instance } = row;
                    let logs = key.with_value(|key| paths::logs_of(key, &id));
                    let app = key.with_value(|key| key.app.to_string());
                    view! {
                        <li class=move || instance.with(tone_class)>
                            <div class="row">
                                <a class="name mono" href=logs title=id.clone()>{short(&id, &app)}</a>
                                <span class="tag">{move || instance.with(|one| format!("r{}", one.revision))}</span>
                                <span class="instance-age">
                                    {move || instance.with(|one| one.started_at).map(|at| since(locale, at, present))}
                                </span>
                            </div>
                            <div>{move || instance.with(|one| instance_badge(locale, one))}</div>
                            <div class="sub">
                                {move || instance.with(|one| {
                                    why(locale, one, present).unwrap_or_else(|| {
                                        let (cpu, memory) = usage_words(one);
                                        format!("{} {cpu} · {memory}", apps::cpu(locale))
                                    })
                                })}
                            </div>
                            <div class="ports">{move || instance.with(ports)}</div>
                        </li>
                    }
                }
            </For>
        </ul>
        {move || rows.with(Vec::is_empty).then(|| view! { <p class="sub">{apps::no_instances(locale)}</p> })}
    }
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
