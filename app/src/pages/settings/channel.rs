//! One channel: whether it works, what was sent to it, and its settings.

use leptos::prelude::*;
use model::api::PageQuery;
use model::channel::{Answered, Channel, ChannelTest, Delivery, DeliveryState, Try};
use model::environment::Environment;
use model::id::ChannelName;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};

use super::channels::{fields, input_of, state};
use super::{banner, frame, removal};
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::notice::letter;
use crate::text::{channels as t, settings};

/// Rows of one page.
const ROWS: u32 = 20;

#[component]
pub fn ChannelPage() -> impl IntoView {
    page(channel)
}

/// What the last button led to.
#[derive(Default)]
struct Said {
    refused: Option<Problem>,
    saved: bool,
    again: bool,
    test: Option<ChannelTest>,
}

async fn channel(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let name: ChannelName = visit.param("channel")?;
    let Some(said) = perform(&visit, &caller, &name).await else { return Ok(().into_any()) };
    let locale = visit.locale;
    let channel = visit.ports.channels.get(&caller, &name).await?;
    let known = visit.ports.environments.list(&caller).await?;
    let admin = caller.may(Permission::Administer);
    let tested = said.test.as_ref().map(|test| match &test.trouble {
        None => view! { <div class="alert ok" role="status">{t::tested(locale, test)}</div> }.into_any(),
        Some(trouble) => view! {
            <div class="alert" role="alert">
                <b>{t::trouble(locale, trouble.code)}</b>
                " "
                <span class="sub">{trouble.detail.clone()}</span>
            </div>
        }
        .into_any(),
    });
    let no_links = visit
        .ports
        .channels
        .public_url()
        .is_none()
        .then(|| view! { <p class="sub">{t::no_links(locale)}</p> });
    let content = view! {
        {banner(&visit, said.refused.as_ref())}
        {tested}
        {said.saved.then(|| view! { <div class="alert ok" role="status">{settings::saved(locale)}</div> })}
        {said.again.then(|| view! { <div class="alert ok" role="status">{t::again(locale)}</div> })}
        <div class="stack">
            <section class="card pad stack">
                <div class="row">
                    <h2>{name.to_string()}</h2>
                    <span class="sub">{t::kind(locale, channel.settings.kind)}</span>
                    <span class="sub mono">{channel.settings.address.clone()}</span>
                    <span class="grow"></span>
                    {admin
                        .then(|| {
                            view! {
                                <form method="post">
                                    <button class="btn" name="do" value="test">
                                        {t::test(locale)}
                                    </button>
                                </form>
                            }
                        })}
                </div>
                <p>{state(&visit, &channel)}</p>
                <p class="sub">{t::told_of(locale)} ": " {t::wants(locale, &channel.settings.wants)}</p>
                {no_links}
            </section>
            {history(&visit, &caller, &channel).await?}
            {admin.then(|| administer(&visit, &channel, &known, &said))}
        </div>
    };
    Ok(frame(&visit, paths::CHANNELS, content.into_any()))
}

/// Does what a button asks for; `None` where the page is left.
async fn perform(visit: &Visit, caller: &Caller, name: &ChannelName) -> Option<Said> {
    let mut said = Said::default();
    let Some(form) = &visit.form else { return Some(said) };
    let port = &visit.ports.channels;
    let done = match form.get("do") {
        Some("test") => port.test(caller, name).await.map(|test| said.test = Some(test)),
        Some("retry") => match form.text("delivery").parse() {
            Ok(delivery) => port.retry(caller, name, delivery).await.map(|_| said.again = true),
            Err(_) => Err(Problem::not_found("delivery", form.text("delivery"))),
        },
        Some("save") => match input_of(form, name.to_string()) {
            Ok(input) => port.update(caller, name, input).await.map(|_| said.saved = true),
            Err(problem) => Err(problem),
        },
        Some("delete") if form.text("confirm") == name.as_str() => match port.delete(caller, name).await {
            Ok(()) => {
                visit.redirect(paths::CHANNELS);
                return None;
            }
            Err(problem) => Err(problem),
        },
        Some("delete") => {
            let fault = Fault::Other { reason: t::other_name(visit.locale).to_owned() };
            Err(Problem::invalid(vec![FieldError::new("/confirm", fault)]))
        }
        _ => Ok(()),
    };
    said.refused = done.err();
    Some(said)
}

async fn history(visit: &Visit, caller: &Caller, channel: &Channel) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let name = &channel.settings.name;
    let cursor = Some(visit.asked("cursor")).filter(|text| !text.is_empty());
    let query = PageQuery { limit: Some(ROWS), cursor };
    let found = visit.ports.channels.deliveries(caller, name, &query).await?;
    let admin = caller.may(Permission::Administer) && channel.settings.enabled;
    let rows = found.items.iter().map(|each| row(visit, channel, each, admin)).collect_view();
    let older = found
        .next
        .as_ref()
        .map(|next| format!("{}{}", paths::channel(name.as_str()), paths::query(&[("cursor", next)])));
    Ok(view! {
        <section class="card deliveries">
            <div class="pad">
                <h2>{t::history(locale)}</h2>
                <p class="sub">{t::history_hint(locale)}</p>
            </div>
            {if found.items.is_empty() {
                view! { <p class="empty">{t::no_history(locale)}</p> }.into_any()
            } else {
                view! {
                    <div class="scroll" tabindex="0">
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">{t::when(locale)}</th>
                                    <th scope="col">{t::message(locale)}</th>
                                    <th scope="col">{t::result(locale)}</th>
                                    <th scope="col">{t::answer(locale)}</th>
                                    <th scope="col">
                                        <span class="visually-hidden">{t::retry(locale)}</span>
                                    </th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
                    .into_any()
            }}
            {older
                .map(|href| {
                    view! {
                        <nav class="pager">
                            <span></span>
                            <a class="btn" href=href rel="next">
                                {t::older(locale)}
                            </a>
                        </nav>
                    }
                })}
        </section>
    }
    .into_any())
}

fn row(visit: &Visit, channel: &Channel, delivery: &Delivery, admin: bool) -> AnyView {
    let locale = visit.locale;
    let class = match delivery.state {
        DeliveryState::Waiting => "state busy",
        DeliveryState::Delivered => "state ok",
        DeliveryState::Failed => "state bad",
    };
    let told = letter(locale, channel.settings.name.as_str(), &delivery.notice, None);
    let next = delivery.next_at.map(|at| {
        view! {
            <div class="sub nowrap">{t::next_try(locale)} ": " {crate::pages::local(at)}</div>
        }
    });
    let retry = (admin && delivery.state != DeliveryState::Delivered).then(|| {
        view! {
            <form method="post">
                <input type="hidden" name="delivery" value=delivery.id.to_string() />
                <button class="btn" name="do" value="retry" aria-label=format!("{}: {}", t::retry(locale), told.title)>
                    {t::retry(locale)}
                </button>
            </form>
        }
    });
    view! {
        <tr>
            <td class="nowrap">{crate::pages::local(delivery.created_at)}</td>
            <td>{told.title.clone()}</td>
            <td>
                <span class=class>{t::state(locale, delivery.state)}</span>
                {next}
            </td>
            <td>{tries(visit, delivery)}</td>
            <td>{retry}</td>
        </tr>
    }
    .into_any()
}

/// The latest answer, and all others on demand.
fn tries(visit: &Visit, delivery: &Delivery) -> AnyView {
    let locale = visit.locale;
    let Some(last) = delivery.tries.last() else { return ().into_any() };
    let detail = |attempt: &Try| match &attempt.answer {
        Answered::Accepted { .. } => None,
        Answered::Refused(why) => Some(view! { <div class="sub">{why.detail.clone()}</div> }),
    };
    let one = |attempt: &Try| {
        view! {
            <li>
                <span class="nowrap">{crate::pages::local(attempt.at)}</span>
                " (" {attempt.took.to_string()} "): "
                {t::answered(locale, &attempt.answer)}
                {detail(attempt)}
            </li>
        }
    };
    view! {
        {t::answered(locale, &last.answer)}
        {detail(last)}
        {(delivery.attempts > 1)
            .then(|| {
                view! {
                    <details>
                        <summary class="sub">{t::tries(locale)} ": " {delivery.attempts}</summary>
                        <ol class="plain">{delivery.tries.iter().map(one).collect_view()}</ol>
                    </details>
                }
            })}
    }
    .into_any()
}

fn administer(visit: &Visit, channel: &Channel, known: &[Environment], said: &Said) -> AnyView {
    let locale = visit.locale;
    let name = channel.settings.name.as_str();
    let typed = visit.form.as_ref().filter(|form| said.refused.is_some() && form.has("kind"));
    let enabled = typed.map_or(channel.settings.enabled, |form| form.has("enabled"));
    view! {
        <section class="card pad">
            <h2>{t::settings(locale)}</h2>
            <form method="post" class="stack">
                <label class="field-tick">
                    <input type="checkbox" name="enabled" value="true" checked=enabled />
                    {t::enabled(locale)}
                </label>
                {fields(visit, channel.settings.kind, Some(channel), known, said.refused.as_ref())}
                <div class="row">
                    <button class="btn main" name="do" value="save">
                        {t::save(locale)}
                    </button>
                </div>
            </form>
        </section>
        {removal(visit, said.refused.as_ref(), name, t::remove(locale), t::remove_hint(locale))}
    }
    .into_any()
}
