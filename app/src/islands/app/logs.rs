//! The log view: follows, pauses, searches, tells instances apart by colour.

use leptos::prelude::*;
use model::api::{LogLine, LogStream};
use model::id::AppKey;
use model::log::{Unfolded, is_bad, unfold};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::log_buffer::{Buffer, KEPT, Numbered};
use super::log_stream;
use super::short;
use crate::islands::Given;
use crate::islands::zone::zone;
use crate::paths;
use crate::text::{Locale, app as t, apps};

/// Lines drawn at most: of the newest that match.
const DRAWN: usize = 1_500;
const COLOURS: usize = 6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logs {
    pub locale: Locale,
    pub key: AppKey,
    /// Newest lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Ids to choose from.
    pub instances: Vec<String>,
    /// Only this instance.
    pub instance: Option<String>,
    /// What was searched for by the page's address.
    pub grep: String,
}

/// The colour of an instance: its place in the order of first appearance, or by its name.
pub fn colour(instances: &[String], id: &str) -> usize {
    instances
        .iter()
        .position(|one| one == id)
        .unwrap_or_else(|| id.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte)))
        % COLOURS
}

/// Byte ranges of `wanted` (lower-case) in `text`, ignoring case of ASCII letters.
fn hits(text: &str, wanted: &str) -> Vec<(usize, usize)> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let low = text.to_ascii_lowercase();
    low.match_indices(wanted).map(|(start, part)| (start, start + part.len())).collect()
}

/// What was said: JSON as its fields, unless it is wanted as printed, or what is searched for shows only there.
fn said(text: &str, unfolded: Option<&Unfolded>, wanted: &str) -> AnyView {
    let Some(Unfolded { message, fields, .. }) = unfolded else { return marked(text, wanted) };
    let shows = |part: &str| !hits(part, wanted).is_empty();
    let seen =
        wanted.is_empty() || shows(message) || fields.iter().any(|(name, value)| shows(name) || shows(value));
    if !seen {
        return marked(text, wanted);
    }
    let fields = fields.iter().map(|(name, value)| {
        view! {
            <span class="log-field" class:bad=is_bad(name, value)>
                <b>{marked(name, wanted)}</b>
                "="
                {marked(value, wanted)}
            </span>
        }
    });
    view! {
        {(!message.is_empty()).then(|| view! { <span>{marked(message, wanted)}" "</span> })}
        {fields.collect_view()}
    }
    .into_any()
}

fn marked(text: &str, wanted: &str) -> AnyView {
    let found = hits(text, wanted);
    if found.is_empty() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::new();
    let mut at = 0;
    for (start, end) in found {
        parts.push(text[at..start].to_owned().into_any());
        let hit = text[start..end].to_owned();
        parts.push(view! { <mark>{hit}</mark> }.into_any());
        at = end;
    }
    parts.push(text[at..].to_owned().into_any());
    parts.into_any()
}

/// `13:04:05.123` in the viewer's zone.
fn clock(time: Timestamp, zone_minutes: i64) -> String {
    let millis = time.as_millis() + zone_minutes * 60_000;
    let day = millis.rem_euclid(86_400_000);
    format!("{:02}:{:02}:{:02}.{:03}", day / 3_600_000, day / 60_000 % 60, day / 1_000 % 60, day % 1_000)
}

#[island]
pub fn LogView(logs: Given<Logs>) -> impl IntoView {
    let Given(logs) = logs;
    let Logs { locale, key, lines, instances, instance, grep } = logs;
    let zone = zone();
    let buffer = RwSignal::new(Buffer::new(lines));
    let search = RwSignal::new(grep.clone());
    let errors_only = RwSignal::new(false);
    let as_printed = RwSignal::new(false);
    let following = RwSignal::new(true);
    let connected = RwSignal::new(false);
    // While paused, what is shown ends here.
    let frozen = RwSignal::new(None::<u64>);
    let colours = StoredValue::new(instances.clone());
    let frame = NodeRef::<leptos::html::Div>::new();

    {
        let (key, instance) = (key.clone(), instance.clone().unwrap_or_default());
        Effect::new(move |_| {
            let (key, instance) = (key.clone(), instance.clone());
            let address = move || {
                let since = buffer.try_update(Buffer::resume).flatten();
                let since = since.map(|time| time.to_string()).unwrap_or_default();
                let kept = KEPT.to_string();
                let query =
                    [("follow", "true"), ("since", &since), ("instance", &instance), ("limit", &kept)];
                format!("{}/logs{}", paths::api_app(&key), paths::query(&query))
            };
            log_stream::open(
                address,
                move |line| {
                    buffer.try_update(|buffer| buffer.hear(line));
                },
                move |up| {
                    connected.try_set(up);
                },
            );
        });
    }
    let wanted = Memo::new(move |_| search.with(|text| text.trim().to_ascii_lowercase()));
    let shown = Memo::new(move |_| {
        let (wanted, errors) = (wanted.get(), errors_only.get());
        let end = frozen.get().unwrap_or(u64::MAX);
        buffer.with(|buffer| {
            let mut lines: Vec<Numbered> = buffer
                .lines
                .iter()
                .rev()
                .filter(|one| one.number < end)
                .filter(|one| !errors || one.line.stream == LogStream::Stderr)
                .filter(|one| wanted.is_empty() || !hits(&one.line.text, &wanted).is_empty())
                .take(DRAWN)
                .cloned()
                .collect();
            lines.reverse();
            lines
        })
    });
    let all = move || buffer.with(|buffer| buffer.lines.len());
    let newer =
        move || frozen.get().map_or(0, |end| buffer.with(|buffer| buffer.next.saturating_sub(end) as usize));
    // The newest line stays in sight while following.
    Effect::new(move |_| {
        shown.track();
        if following.get()
            && let Some(frame) = frame.get()
        {
            frame.set_scroll_top(frame.scroll_height());
        }
    });
    let pause = move || {
        following.set(false);
        frozen.set(Some(buffer.with_untracked(|buffer| buffer.next)));
    };
    let go_on = move || {
        frozen.set(None);
        following.set(true);
    };
    let scrolled = move |_| {
        let Some(frame) = frame.get_untracked() else { return };
        let at_end = frame.scroll_top() + frame.client_height() + 24 >= frame.scroll_height();
        if at_end && frozen.with_untracked(Option::is_none) {
            following.set(true);
        } else if !at_end && following.get_untracked() {
            following.set(false);
        }
    };
    let download = {
        let instance = instance.clone().unwrap_or_default();
        let query = paths::query(&[("limit", "5000"), ("instance", &instance)]);
        format!("{}/logs{query}", paths::api_app(&key))
    };
    let file = format!("{}-{}.log.json", key.environment, key.app);
    let chosen = instance.clone().unwrap_or_default();
    let app = StoredValue::new(key.app.to_string());
    view! {
        <div class="logs">
            <form method="get" class="log-tools" on:submit=move |event: leptos::ev::SubmitEvent| event.prevent_default()>
                <label class="visually-hidden" for="log-search">{apps::logs_search(locale)}</label>
                <input
                    id="log-search"
                    type="search"
                    name="grep"
                    placeholder=apps::logs_search(locale)
                    value=grep
                    autocomplete="off"
                    spellcheck="false"
                    on:input:target=move |event| search.set(event.target().value())
                />
                <label class="visually-hidden" for="log-instance">{t::id(locale)}</label>
                <select
                    id="log-instance"
                    name="instance"
                    on:change:target=move |event| {
                        let chosen = event.target().value();
                        choose(&chosen, &search.get_untracked());
                    }
                >
                    <option value="" selected=chosen.is_empty()>{apps::logs_all(locale)}</option>
                    {instances
                        .iter()
                        .map(|id| {
                            view! { <option value=id.clone() selected=*id == chosen>{id.clone()}</option> }
                        })
                        .collect_view()}
                </select>
                <button class="btn small only-without-script" type="submit">{apps::logs_find(locale)}</button>
                <label class="check needs-script">
                    <input type="checkbox" on:change:target=move |event| errors_only.set(event.target().checked()) />
                    {t::stderr_only(locale)}
                </label>
                <label class="check needs-script">
                    <input type="checkbox" on:change:target=move |event| as_printed.set(event.target().checked()) />
                    {t::as_printed(locale)}
                </label>
                <span class="grow"></span>
                <span class="live needs-script" data-state=move || if connected.get() { "live" } else { "connecting" }>
                    {move || if frozen.get().is_some() { t::paused_with(locale) } else { t::following(locale) }}
                </span>
                <button
                    class="btn small needs-script"
                    type="button"
                    aria-pressed=move || frozen.get().is_some().to_string()
                    on:click=move |_| if frozen.get_untracked().is_some() { go_on() } else { pause() }
                >
                    {move || if frozen.get().is_some() { apps::logs_follow(locale) } else { apps::logs_pause(locale) }}
                </button>
                <a class="btn small" href=download download=file>{apps::logs_download(locale)}</a>
            </form>
            <div class="log-lines" role="log" aria-label=t::log_title(locale) tabindex="0" node_ref=frame on:scroll=scrolled>
                <For each=move || shown.get() key=|one| one.number let:one>
                    {line_view(locale, one.line, zone, Shown { wanted, as_printed }, colours, &app.get_value())}
                </For>
                {move || shown.with(Vec::is_empty).then(|| {
                    let text = if all() == 0 { t::log_reaches(locale) } else { apps::logs_none_found(locale) };
                    view! { <p class="pad sub">{text}</p> }
                })}
            </div>
            <div class="log-foot sub">
                <span>{move || t::lines_shown(locale, shown.with(Vec::len), all())}</span>
                {move || (!following.get()).then(|| view! {
                    <button class="btn small" type="button" on:click=move |_| go_on()>
                        {t::to_end(locale)}
                        {move || { let count = newer(); (count > 0).then(|| format!(" · {}", t::newer_lines(locale, count))) }}
                    </button>
                })}
            </div>
        </div>
    }
}

/// How all lines are shown.
#[derive(Clone, Copy)]
struct Shown {
    wanted: Memo<String>,
    as_printed: RwSignal<bool>,
}

fn line_view(
    locale: Locale,
    line: LogLine,
    zone: ReadSignal<i64>,
    Shown { wanted, as_printed }: Shown,
    colours: StoredValue<Vec<String>>,
    app: &str,
) -> AnyView {
    let LogLine { time, instance, stream, text, truncated, .. } = line;
    let class = colours.with_value(|known| format!("from h{}", colour(known, &instance.0)));
    let error = stream == LogStream::Stderr;
    let unfolded = unfold(&text);
    let name = short(&instance.0, app);
    let from = instance.0;
    view! {
        <div class:error-line=error>
            <time datetime=time.to_string() title=time.to_string()>{move || clock(time, zone.get())}</time>
            <span class=class title=from>{name}</span>
            <span class=if error { "stderr" } else { "stdout" }>
                {error.then(|| view! { <span class="visually-hidden">{t::stream_error(locale)}": "</span> })}
                {move || {
                    let unfolded = unfolded.as_ref().filter(|_| !as_printed.get());
                    wanted.with(|wanted| said(&text, unfolded, wanted))
                }}
                {truncated.then(|| view! { <span class="tag">{apps::truncated(locale)}</span> })}
            </span>
        </div>
    }
    .into_any()
}

/// Asks for the page of one instance; what is searched for stays.
fn choose(instance: &str, grep: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let query = paths::query(&[("instance", instance), ("grep", grep)]);
        let path = window.location().pathname().unwrap_or_default();
        let _ = window.location().set_href(&format!("{path}{query}"));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (instance, grep);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_ignore_case_and_stay_on_characters() {
        assert_eq!(hits("Error: 错误 ERROR", "error"), [(0, 5), (14, 19)]);
        assert_eq!(hits("abc", ""), []);
        let text = "Error: 错误 ERROR";
        assert!(
            hits(text, "error").iter().all(|(a, b)| text.is_char_boundary(*a) && text.is_char_boundary(*b))
        );
    }

    #[test]
    fn times_are_in_the_viewers_zone() {
        assert_eq!(clock(Timestamp::from_millis(1_000 * 60 * 60 * 23 + 5), 120), "01:00:00.005");
    }
}
