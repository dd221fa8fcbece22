//! Channels: where people are told, whether it works, and the form that adds one.

use leptos::prelude::*;
use model::alert::Severity;
use model::channel::{
    Answered, Channel, ChannelInput, ChannelKind, Language, Mail, MailSecurity, Results, Wants,
};
use model::environment::Environment;
use model::permission::Permission;
use model::problem::{Fault, FieldError, Problem};

use super::{banner, frame, line, new_name, wrong};
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::posted::Form;
use crate::text::channels as t;
use crate::text::settings;
use crate::ui::empty::empty;
use crate::ui::icon::Icon;

#[component]
pub fn ChannelsPage() -> impl IntoView {
    page(channels)
}

fn kind_of(text: &str) -> Option<ChannelKind> {
    ChannelKind::ALL.into_iter().find(|kind| kind.as_str() == text)
}

/// What was typed.
pub fn input_of(form: &Form, name: String) -> Result<ChannelInput, Problem> {
    let filled = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let raw = |name: &str| form.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let kind = kind_of(&form.text("kind")).unwrap_or_default();
    let port = filled("mail_port").map(|text| {
        let fault = Fault::OutOfRange { min: 1.0, max: 65_535.0 };
        text.parse().map_err(|_| FieldError::new("/mail/port", fault))
    });
    let port = port.transpose().map_err(|mistake| Problem::invalid(vec![mistake]))?;
    let chosen = form.text("mail_security");
    let mail = (kind == ChannelKind::Email).then(|| Mail {
        host: form.text("mail_host"),
        port,
        security: MailSecurity::ALL.into_iter().find(|each| each.as_str() == chosen).unwrap_or_default(),
        username: filled("mail_username"),
        from: form.text("mail_from"),
        to: form.text("mail_to").split_whitespace().map(str::to_owned).collect(),
    });
    let ticked = form.0.iter().filter(|(field, _)| field == "environment");
    Ok(ChannelInput {
        name,
        kind,
        enabled: form.has("enabled"),
        language: Language::ALL
            .into_iter()
            .find(|each| each.as_str() == form.text("language"))
            .unwrap_or_default(),
        wants: Wants {
            alerts: Severity::ALL.into_iter().find(|each| each.as_str() == form.text("alerts")),
            deployments: [Results::All, Results::Failed]
                .into_iter()
                .find(|each| each.as_str() == form.text("deployments")),
            approvals: form.has("approvals"),
        },
        environments: ticked.map(|(_, name)| name.clone()).collect(),
        url: filled("url"),
        secret: raw("secret"),
        mail,
        password: raw("password"),
        insecure: form.has("insecure"),
    })
}

async fn channels(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let admin = caller.may(Permission::Administer);
    let mut said = None;
    if let Some(form) = &visit.form {
        let made = match input_of(form, form.text("name")) {
            Ok(input) => visit.ports.channels.create(caller, input).await,
            Err(problem) => Err(problem),
        };
        match made {
            Ok(made) => {
                visit.redirect(&paths::channel(made.settings.name.as_str()));
                return Ok(().into_any());
            }
            Err(problem) => said = Some(problem),
        }
    }
    let list = visit.ports.channels.list(caller).await?;
    let known = visit.ports.environments.list(caller).await?;
    let content = view! {
        {banner(&visit, said.as_ref())}
        <div class="stack">
            {if list.is_empty() {
                view! { <section class="card">{empty(Icon::Bell, t::none_title(locale), t::none_hint(locale), None)}</section> }
                    .into_any()
            } else {
                table(&visit, &list)
            }}
            {admin
                .then(|| match kind_of(&visit.asked("new")) {
                    Some(kind) => new_one(&visit, kind, &known, said.as_ref()),
                    None => choice(&visit),
                })}
        </div>
    };
    Ok(frame(&visit, paths::CHANNELS, content.into_any()))
}

/// The kinds to add one of.
fn choice(visit: &Visit) -> AnyView {
    let locale = visit.locale;
    view! {
        <section class="card pad stack">
            <h2>{t::add(locale)}</h2>
            <p class="sub">{t::add_hint(locale)}</p>
            <nav class="row" aria-label=t::add(locale)>
                {ChannelKind::ALL
                    .into_iter()
                    .map(|kind| {
                        view! {
                            <a class="btn" href=paths::new_channel(kind)>
                                {t::kind(locale, kind)}
                            </a>
                        }
                    })
                    .collect_view()}
            </nav>
        </section>
    }
    .into_any()
}

fn new_one(visit: &Visit, kind: ChannelKind, known: &[Environment], said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    view! {
        <section class="card pad stack">
            <div class="row">
                <h2>{t::new_of(locale, kind)}</h2>
                <span class="grow"></span>
                <a class="btn" href=paths::CHANNELS>
                    {t::another_kind(locale)}
                </a>
            </div>
            <p class="sub">{t::where_from(locale, kind)}</p>
            <form method="post" class="stack">
                {new_name(visit, said, settings::name(locale), t::name_hint(locale))}
                <input type="hidden" name="enabled" value="true" />
                {fields(visit, kind, None, known, said)}
                <button class="btn main">{t::add(locale)}</button>
            </form>
        </section>
    }
    .into_any()
}

fn table(visit: &Visit, list: &[Channel]) -> AnyView {
    let locale = visit.locale;
    let rows = list
        .iter()
        .map(|each| {
            let settings = &each.settings;
            view! {
                <tr>
                    <td>
                        <a class="name" href=paths::channel(settings.name.as_str())>
                            {settings.name.to_string()}
                        </a>
                    </td>
                    <td>{t::kind(locale, settings.kind)}</td>
                    <td class="mono">{settings.address.clone()}</td>
                    <td>{t::wants(locale, &settings.wants)}</td>
                    <td>{state(visit, each)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="card scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t::channel(locale)}</th>
                        <th scope="col">{t::kind_head(locale)}</th>
                        <th scope="col">{t::address(locale)}</th>
                        <th scope="col">{t::told_of(locale)}</th>
                        <th scope="col">{t::last_result(locale)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// How the last message went, and whether others wait.
pub fn state(visit: &Visit, channel: &Channel) -> AnyView {
    let locale = visit.locale;
    let last = match channel.last.as_ref().map(|last| (last, &last.answer)) {
        _ if !channel.settings.enabled => {
            view! { <span class="state idle">{t::switched_off(locale)}</span> }.into_any()
        }
        None => view! { <span class="state idle">{t::not_tried(locale)}</span> }.into_any(),
        Some((last, Answered::Accepted { .. })) => view! {
            <span class="state ok">{t::arrived(locale)}</span>
            " "
            <span class="sub nowrap">{crate::pages::local(last.at)}</span>
        }
        .into_any(),
        Some((last, Answered::Refused(why))) => view! {
            <span class="state bad">{t::refused(locale)}</span>
            " "
            <span class="sub" title=why.detail.clone()>
                {crate::pages::local(last.at)} ": " {t::trouble(locale, why.code)}
            </span>
        }
        .into_any(),
    };
    let waiting = (channel.waiting > 0)
        .then(|| view! { " " <span class="sub nowrap">{t::waiting(locale, channel.waiting)}</span> });
    view! { {last} {waiting} }.into_any()
}

/// One of some values.
fn select(
    id: &'static str,
    label: &'static str,
    chosen: &str,
    values: &[(&'static str, &'static str)],
) -> AnyView {
    let options = values
        .iter()
        .map(|(value, word)| {
            view! {
                <option value=*value selected=*value == chosen>
                    {*word}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id name=id>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// Something that is only ever written.
fn hidden(said: Option<&Problem>, id: &'static str, label: &'static str, hint: &'static str) -> AnyView {
    let note = format!("{id}-note");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=id
                type="password"
                autocomplete="off"
                aria-invalid=wrong(said, &format!("/{id}"))
                aria-describedby=note.clone()
            />
            <small class="field-hint" id=note>
                {hint}
            </small>
        </div>
    }
    .into_any()
}

/// The fields of a channel of one kind; what was typed stays when it is refused, but for what is only ever written.
pub fn fields(
    visit: &Visit,
    kind: ChannelKind,
    channel: Option<&Channel>,
    known: &[Environment],
    said: Option<&Problem>,
) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref().filter(|form| said.is_some() && form.has("kind"));
    let kept = typed.and_then(|form| input_of(form, String::new()).ok());
    let of = |given: &ChannelInput| {
        (given.language, given.wants.clone(), given.environments.clone(), given.insecure)
    };
    let (language, wants, environments, insecure) = match (&kept, channel) {
        (Some(kept), _) => of(kept),
        (None, Some(channel)) => {
            let settings = &channel.settings;
            let names = settings.environments.iter().map(ToString::to_string).collect();
            (settings.language, settings.wants.clone(), names, settings.insecure)
        }
        (None, None) => {
            let all = (!kind.alerts_only()).then_some(Results::All);
            let wants =
                Wants { alerts: Some(Severity::Warning), deployments: all, approvals: !kind.alerts_only() };
            (
                if locale == crate::text::Locale::Zh { Language::Chinese } else { Language::English },
                wants,
                Vec::new(),
                false,
            )
        }
    };
    let languages = Language::ALL.map(|each| (each.as_str(), t::language(each)));
    let alerts = [
        ("", t::alerts_none(locale)),
        ("info", t::alerts_info(locale)),
        ("warning", t::alerts_warning(locale)),
        ("critical", t::alerts_critical(locale)),
    ];
    let deployments = [
        ("", t::deployments_none(locale)),
        ("failed", t::deployments_failed(locale)),
        ("all", t::deployments_all(locale)),
    ];
    let tick = |name: &'static str, value: String, word: String, checked: bool| {
        view! {
            <label class="field-tick">
                <input type="checkbox" name=name value=value checked=checked />
                {word}
            </label>
        }
        .into_any()
    };
    view! {
        <input type="hidden" name="kind" value=kind.as_str() />
        {if kind == ChannelKind::Email { mail(visit, channel, said) } else { hook(visit, kind, channel, said) }}
        {select("language", t::language_head(locale), language.as_str(), &languages)}
        {select("alerts", t::wants_alerts(locale), wants.alerts.map_or("", Severity::as_str), &alerts)}
        {(!kind.alerts_only())
            .then(|| {
                let chosen = wants.deployments.map_or("", Results::as_str);
                view! {
                    {select("deployments", t::wants_deployments(locale), chosen, &deployments)}
                    {tick("approvals", "true".to_owned(), t::wants_approvals(locale).to_owned(), wants.approvals)}
                }
            })}
        <fieldset class="field" aria-describedby="environments-note">
            <legend>{t::environments_head(locale)}</legend>
            <div class="row">
                {known
                    .iter()
                    .map(|each| {
                        let name = each.name.to_string();
                        let ticked = environments.contains(&name);
                        tick("environment", name.clone(), name, ticked)
                    })
                    .collect_view()}
                // One that is gone: without its tick the channel would be told of all.
                {environments
                    .iter()
                    .filter(|name| known.iter().all(|each| each.name.as_str() != name.as_str()))
                    .map(|name| tick("environment", name.clone(), name.clone(), true))
                    .collect_view()}
            </div>
            <small class="field-hint" id="environments-note">
                {t::environments_hint(locale)}
            </small>
        </fieldset>
        {tick("insecure", "true".to_owned(), t::insecure(locale).to_owned(), insecure)}
    }
    .into_any()
}

fn hook(visit: &Visit, kind: ChannelKind, channel: Option<&Channel>, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let url_hint = match (channel, kind) {
        (Some(_), _) => t::url_kept(locale),
        (None, ChannelKind::Alertmanager) => t::url_alertmanager_hint(locale),
        (None, _) => t::url_hint(locale),
    };
    let secret_hint = match kind {
        ChannelKind::DingTalk => t::secret_ding_talk(locale),
        ChannelKind::Feishu => t::secret_feishu(locale),
        _ => t::secret_webhook(locale),
    };
    view! {
        {hidden(said, "url", t::url(locale), url_hint)}
        {kind.signs().then(|| hidden(said, "secret", t::secret(locale), secret_hint))}
    }
    .into_any()
}

fn mail(visit: &Visit, channel: Option<&Channel>, said: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref().filter(|form| said.is_some() && form.has("mail_host"));
    let kept = channel.and_then(|channel| channel.settings.mail.clone()).unwrap_or_default();
    let value = |name: &str, kept: String| typed.map_or(kept, |form| form.text(name));
    let line = |id, label, value, path: &str, hint| line(said, id, label, value, path, hint);
    let chosen = value("mail_security", kept.security.as_str().to_owned());
    let protections = MailSecurity::ALL.map(|each| (each.as_str(), t::security(locale, each)));
    let has_password = channel.is_some_and(|channel| channel.settings.has_secret);
    let password_hint = if has_password { t::password_kept(locale) } else { t::password_hint(locale) };
    let receivers_wrong = said
        .is_some_and(|said| said.errors.iter().any(|error| error.path.starts_with("/mail/to")))
        .then_some("true");
    view! {
        {line("mail_host", t::mail_host(locale), value("mail_host", kept.host), "/mail/host", t::mail_host_hint(locale))}
        {select("mail_security", t::mail_security(locale), &chosen, &protections)}
        {line(
            "mail_port",
            t::mail_port(locale),
            value("mail_port", kept.port.map(|port| port.to_string()).unwrap_or_default()),
            "/mail/port",
            t::mail_port_hint(locale),
        )}
        {line(
            "mail_username",
            t::mail_username(locale),
            value("mail_username", kept.username.unwrap_or_default()),
            "/mail/username",
            t::mail_username_hint(locale),
        )}
        {hidden(said, "password", t::password(locale), password_hint)}
        {line("mail_from", t::mail_from(locale), value("mail_from", kept.from), "/mail/from", "")}
        <div class="field">
            <label for="mail_to">{t::mail_to(locale)}</label>
            <textarea
                id="mail_to"
                name="mail_to"
                rows="3"
                spellcheck="false"
                autocapitalize="none"
                aria-invalid=receivers_wrong
                aria-describedby="mail_to-note"
            >
                {value("mail_to", kept.to.join("\n"))}
            </textarea>
            <small class="field-hint" id="mail_to-note">
                {t::mail_to_hint(locale)}
            </small>
        </div>
    }
    .into_any()
}
