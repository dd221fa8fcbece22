//! Choosing a file and sending it to the artifact store, with its progress, from beside the artifact field.

use leptos::prelude::*;

use crate::text::Locale;
use crate::text::upload as t;

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Upload {
    Idle,
    /// Per cent sent.
    Sending(u32),
    Done(String),
    /// The server's words, translated, or `None` when the connection broke.
    Failed(Option<String>),
}

/// The version that a file name suggests: `shop-api-1.4.2.tar.gz` is `1.4.2`.
pub fn version_of(file: &str) -> String {
    let stem = [".tar.gz", ".tgz"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let version = stem
        .match_indices('-')
        .map(|(at, _)| &stem[at + 1..])
        .find(|rest| rest.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit()));
    version
        .unwrap_or("1")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-+".contains(c) { c } else { '-' })
        .collect()
}

#[island]
pub fn ArtifactUpload(locale: Locale) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| crate::live::script::watch_editor());
    let upload = RwSignal::new(Upload::Idle);
    let version = RwSignal::new(String::new());
    let file = NodeRef::<leptos::html::Input>::new();
    let busy = move || upload.with(|upload| matches!(upload, Upload::Sending(_)));
    let send = move |_| start(locale, file, upload, version.get_untracked());
    view! {
        <div class="upload needs-script">
            <div class="field">
                <label for="upload-file">{t::upload_file(locale)}</label>
                <input
                    id="upload-file"
                    type="file"
                    accept=".tar.gz,.tgz,application/gzip"
                    node_ref=file
                    on:change=move |event| {
                        let path = event_target_value(&event);
                        let chosen = path.rsplit(['/', '\\']).next().unwrap_or_default();
                        version.set(if chosen.is_empty() { String::new() } else { version_of(chosen) });
                        upload.set(Upload::Idle);
                    }
                />
            </div>
            <div class="field">
                <label for="upload-version">{t::upload_version(locale)}</label>
                <input
                    id="upload-version"
                    class="mono"
                    prop:value=move || version.get()
                    on:input=move |event| version.set(event_target_value(&event))
                    autocomplete="off"
                    maxlength="128"
                />
            </div>
            <button
                type="button"
                class="btn"
                prop:disabled=move || busy() || version.with(String::is_empty)
                on:click=send
            >
                {t::upload(locale)}
            </button>
            <div class="upload-state" role="status">
                {move || match upload.get() {
                    Upload::Idle => ().into_any(),
                    Upload::Sending(percent) => {
                        view! {
                            <progress max="100" value=percent.to_string() aria-label=t::uploading(locale)></progress>
                            <span>{t::uploading_percent(locale, percent)}</span>
                        }
                            .into_any()
                    }
                    Upload::Done(name) => view! { <span class="upload-done">{t::uploaded(locale, &name)}</span> }.into_any(),
                    Upload::Failed(why) => {
                        let why = why.unwrap_or_else(|| t::upload_broken(locale).to_owned());
                        view! { <span class="field-error">{why}</span> }.into_any()
                    }
                }}
            </div>
        </div>
    }
}

#[cfg(not(feature = "hydrate"))]
fn start(_: Locale, _: NodeRef<leptos::html::Input>, _: RwSignal<Upload>, _: String) {}

#[cfg(feature = "hydrate")]
fn start(locale: Locale, file: NodeRef<leptos::html::Input>, upload: RwSignal<Upload>, version: String) {
    use model::problem::Problem;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{ProgressEvent, XmlHttpRequest};

    let Some(chosen) = file.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0))
    else {
        return;
    };
    // `fetch` does not tell of a body's progress.
    let Ok(request) = XmlHttpRequest::new() else { return };
    let name =
        field("field/name").map(|field| field.value()).filter(|name| model::id::check_name(name).is_ok());
    let reference = format!("{}/{version}", name.as_deref().unwrap_or("app"));
    let broken = move || upload.set(Upload::Failed(None));
    if request.open_with_async("PUT", &format!("/api/v1/artifacts/{reference}"), true).is_err() {
        return broken();
    }
    upload.set(Upload::Sending(0));
    if let Ok(sending) = request.upload() {
        let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            if event.total() > 0.0 {
                upload.set(Upload::Sending((event.loaded() / event.total() * 100.0) as u32));
            }
        });
        sending.set_onprogress(Some(progress.as_ref().unchecked_ref()));
        progress.forget();
    }
    let answered = request.clone();
    let done = Closure::once_into_js(move || {
        let text = answered.response_text().ok().flatten().unwrap_or_default();
        if let Ok(200..=299) = answered.status() {
            choose(&reference);
            upload.set(Upload::Done(reference));
        } else {
            let said = crate::json::read::<Problem>(&text);
            upload.set(Upload::Failed(said.map(|said| crate::text::fault::problem(locale, &said))));
        }
    });
    request.set_onload(Some(done.unchecked_ref()));
    let failed = Closure::once_into_js(broken);
    request.set_onerror(Some(failed.unchecked_ref()));
    if request.send_with_opt_blob(Some(&chosen)).is_err() {
        upload.set(Upload::Failed(None));
    }
}

#[cfg(feature = "hydrate")]
fn field(id: &str) -> Option<web_sys::HtmlInputElement> {
    wasm_bindgen::JsCast::dyn_into(document().get_element_by_id(id)?).ok()
}

/// Writes the artifact into the form, as if it were typed.
#[cfg(feature = "hydrate")]
fn choose(reference: &str) {
    let Some(field) = field("field/artifact") else { return };
    field.set_value(reference);
    let typed = web_sys::EventInit::new();
    typed.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &typed) {
        let _ = field.dispatch_event(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn a_file_name_suggests_a_version() {
        for (file, version) in [
            ("shop-api-1.4.2.tar.gz", "1.4.2"),
            ("app-v2.tgz", "v2"),
            ("plain.tar.gz", "1"),
            ("odd name-3 beta.tar.gz", "3-beta"),
        ] {
            assert_eq!(version_of(file), version, "{file}");
        }
    }
}
