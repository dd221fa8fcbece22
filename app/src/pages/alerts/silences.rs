//! What is silenced, and the form that silences more.

use leptos::prelude::*;
use model::alert::KnownSilence;
use model::id::SilenceId;
use model::permission::{Caller, Permission};
use model::problem::Problem;
use model::time::Timestamp;
use serde_json::json;

use super::{frame, read_labels};
use crate::pages::local;
use crate::pages::settings::{banner, line, wrong};
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::posted::Form;
use crate::text::{Locale, alerts as t, deployment};
use crate::ui::time::ago;

#[component]
pub fn SilencesPage() -> impl IntoView {
    page(silences)
}

async fn silences(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?.clone();
    let locale = visit.locale;
    let position = visit.ports.site.live_position();
    let refused = match &visit.form {
        None => None,
        Some(form) => match perform(&visit, &caller, form).await {
            Ok(()) => {
                visit.redirect(paths::ALERT_SILENCES);
                return Ok(().into_any());
            }
            Err(problem) => Some(problem),
        },
    };
    let all = visit.ports.alerts.silences(&caller).await?;
    let now = visit.ports.site.now();
    let may = caller.may(Permission::ChangeApps);
    let content = view! {
        {banner(&visit, refused.as_ref())}
        <div class="stack">
            <div class="card" data-live="silences" data-on="alerts">
                {table(locale, &all, may, now)}
            </div>
            {may.then(|| form(&visit, refused.as_ref()))}
        </div>
    };
    Ok(frame(&visit, paths::ALERT_SILENCES, position, content.into_any()))
}

async fn perform(visit: &Visit, caller: &Caller, form: &Form) -> Result<(), Problem> {
    let port = &visit.ports.alerts;
    if form.text("act") == "end" {
        let id = form.text("silence");
        let id: SilenceId = id.parse().map_err(|_| Problem::not_found("silence", id))?;
        return port.end_silence(caller, id).await;
    }
    let silence = json!({
        "labels": read_labels(&form.text("labels")), "for": form.text("for"), "reason": form.text("reason"),
    });
    port.silence(caller, &silence).await.map(drop)
}

fn table(locale: Locale, all: &[KnownSilence], may: bool, now: Timestamp) -> AnyView {
    if all.is_empty() {
        return view! { <p class="pad sub">{t::no_silences(locale)}</p> }.into_any();
    }
    let row = |silence: &KnownSilence| {
        let names: Vec<String> =
            silence.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        view! {
            <tr>
                <td class="alert-cell">
                    <span>
                        {names
                            .iter()
                            .map(|pair| view! { <span class="tag mono label-pair">{pair.clone()}</span> " " })
                            .collect_view()}
                    </span>
                </td>
                <td class="nowrap">
                    {local(silence.until)} " " <span class="sub">{ago(locale, silence.until, now)}</span>
                </td>
                <td>{silence.reason.clone()}</td>
                <td class="nowrap">{deployment::actor(locale, &silence.by)}</td>
                {may
                    .then(|| {
                        view! {
                            <td>
                                <form method="post">
                                    <input type="hidden" name="silence" value=silence.id.to_string() />
                                    <button
                                        class="btn small"
                                        name="act"
                                        value="end"
                                        aria-label=format!("{}: {}", t::end_silence(locale), names.join(" "))
                                    >
                                        {t::end_silence(locale)}
                                    </button>
                                </form>
                            </td>
                        }
                    })}
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t::tab_silences(locale)>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t::labels(locale)}</th>
                        <th scope="col">{t::until(locale)}</th>
                        <th scope="col">{t::reason(locale)}</th>
                        <th scope="col">{t::made_by(locale)}</th>
                        {may
                            .then(|| {
                                view! {
                                    <th scope="col">
                                        <span class="visually-hidden">{t::end_silence(locale)}</span>
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody>{all.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What was typed stays when it is refused; a link may bring the labels.
fn form(visit: &Visit, refused: Option<&Problem>) -> AnyView {
    let locale = visit.locale;
    let typed = visit.form.as_ref().filter(|form| form.has("labels"));
    let value = |name: &str, first: String| typed.map_or(first, |form| form.text(name));
    let mistaken = refused
        .is_some_and(|problem| problem.errors.iter().any(|error| error.path.starts_with("/labels")))
        .then_some("true");
    view! {
        <section class="card pad" aria-labelledby="silence-title">
            <h2 id="silence-title">{t::silence_new(locale)}</h2>
            <form method="post" class="stack narrow">
                <p class="sub">{t::silences_hint(locale)}</p>
                <div class="field">
                    <label for="labels">{t::labels(locale)}</label>
                    <textarea
                        id="labels"
                        name="labels"
                        rows="4"
                        class="mono"
                        spellcheck="false"
                        required=true
                        aria-invalid=mistaken
                        aria-describedby="labels-note"
                    >
                        {value("labels", visit.asked("labels"))}
                    </textarea>
                    <small class="field-hint" id="labels-note">
                        {t::silence_labels_hint(locale)}
                    </small>
                </div>
                {line(refused, "for", t::length(locale), value("for", "2h".to_owned()), "/for", t::length_hint(locale))}
                <div class="field">
                    <label for="reason">{t::reason(locale)}</label>
                    <input
                        id="reason"
                        name="reason"
                        value=value("reason", String::new())
                        maxlength="1000"
                        autocomplete="off"
                        aria-invalid=wrong(refused, "/reason")
                    />
                </div>
                <button class="btn main" name="act" value="silence">
                    {t::silence(locale)}
                </button>
            </form>
        </section>
    }
    .into_any()
}
