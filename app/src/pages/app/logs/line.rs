//! Kept lines as rows: time, instance, and what was said, with JSON unfolded and what was searched for marked.

use leptos::prelude::*;
use model::api::LogStream;
use model::id::AppKey;
use model::log::{KeptLine, Unfolded, is_bad, unfold};

use super::asked::Asked;
use crate::islands::app::logs::colour;
use crate::islands::app::short;
use crate::text::{Locale, kept as t};

/// Characters of a value that can be searched for by a click.
const VALUE_MAX: usize = 200;

/// What all rows of a page have in common.
pub struct Rows<'a> {
    pub locale: Locale,
    pub key: &'a AppKey,
    /// The path of the tab.
    pub here: &'a str,
    pub asked: &'a Asked,
    /// In the order of their colours.
    pub instances: Vec<String>,
}

impl Rows<'_> {
    /// `is_here`: whether a line is the one, or of those, that the page is about.
    pub fn list(
        &self,
        lines: &[KeptLine],
        label: &'static str,
        is_here: impl Fn(&KeptLine) -> bool,
    ) -> AnyView {
        // The first that it is about is where the browser goes.
        let target = lines.iter().position(&is_here);
        let rows =
            lines.iter().enumerate().map(|(at, kept)| self.row(kept, is_here(kept), target == Some(at)));
        view! {
            <div class="logs">
                <ol class="log-lines kept-lines" aria-label=label>
                    {rows.collect_view()}
                </ol>
            </div>
        }
        .into_any()
    }

    fn row(&self, kept: &KeptLine, is_here: bool, is_target: bool) -> AnyView {
        let locale = self.locale;
        let line = &kept.line;
        let time = line.time.to_string();
        let shown = format!("{} {}", &time[..10], &time[11..23]);
        let class = format!("from h{}", colour(&self.instances, &line.instance.0));
        let error = line.stream == LogStream::Stderr;
        let around = self.asked.link(self.here, &[("around", &kept.position.to_string())]);
        view! {
            <li class:error-line=error class:here=is_here id=is_target.then_some("here")>
                <a class="when" href=format!("{around}#here") title=t::around(locale)>
                    <span class="visually-hidden">{t::around(locale)} ": "</span>
                    <time class="local exact" datetime=time.clone()>{shown}</time>
                </a>
                <span class=class title=line.instance.0.clone()>{short(&line.instance.0, self.key.app.as_str())}</span>
                <div class=if error { "stderr" } else { "stdout" }>
                    {error.then(|| view! { <span class="visually-hidden">{t::stderr(locale)} ": "</span> })}
                    {is_here.then(|| view! { <span class="visually-hidden">{t::here(locale)} ": "</span> })}
                    {self.text(kept)}
                    {line.truncated.then(|| view! { <span class="tag">{t::cut(locale)}</span> })}
                </div>
            </li>
        }
        .into_any()
    }

    fn text(&self, kept: &KeptLine) -> AnyView {
        let text = &kept.line.text;
        let hits: Vec<(usize, usize)> =
            kept.hits.iter().map(|(start, end)| (*start as usize, *end as usize)).collect();
        let Some(Unfolded { message, message_name, fields }) = unfold(text) else {
            return marked(text, &hits);
        };
        // Where a hit is in the line says nothing of where it is among the fields; its words do.
        let mut words: Vec<&str> = hits.iter().filter_map(|(start, end)| text.get(*start..*end)).collect();
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        let shows = |part: &str| words.iter().any(|word| part.contains(word));
        let seen = words.is_empty()
            || shows(&message)
            || fields.iter().any(|(name, value)| shows(name) || shows(value));
        let locale = self.locale;
        let field = |(name, value): &(String, String)| {
            let bad = is_bad(name, value);
            let marked = marked(value, &places(value, &words));
            let content = view! { <b>{name.clone()}</b> "=" {marked} }.into_any();
            if value.chars().count() > VALUE_MAX {
                return view! { <span class="log-field">{content}</span> }.into_any();
            }
            let href = self.asked.with_field(self.here, name, value);
            view! { <a class="log-field" class:bad=bad href=href title=t::only_these(locale)>{content}</a> }
                .into_any()
        };
        view! {
            {(!message_name.is_empty())
                .then(|| view! { <span class="log-message">{marked(&message, &places(&message, &words))}</span> " " })}
            {fields.iter().map(field).collect_view()}
            <details class="log-whole" open=!seen>
                <summary>{t::whole(locale)}</summary>
                {marked(text, &hits)}
            </details>
        }
        .into_any()
    }
}

/// Where any of the words are in a text, without overlap.
fn places(text: &str, words: &[&str]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        for (start, part) in text.match_indices(word) {
            let end = start + part.len();
            if found.iter().all(|(other, until)| end <= *other || start >= *until) {
                found.push((start, end));
            }
        }
    }
    found.sort_unstable();
    found
}

fn marked(text: &str, hits: &[(usize, usize)]) -> AnyView {
    if hits.is_empty() {
        return text.to_owned().into_any();
    }
    let mut parts = Vec::new();
    let mut at = 0;
    for (start, end) in hits {
        let (Some(before), Some(hit)) = (text.get(at..*start), text.get(*start..*end)) else { break };
        let hit = hit.to_owned();
        parts.push(before.to_owned().into_any());
        parts.push(view! { <mark>{hit}</mark> }.into_any());
        at = *end;
    }
    parts.push(text.get(at..).unwrap_or_default().to_owned().into_any());
    parts.into_any()
}

#[cfg(test)]
mod tests {
    use model::api::LogLine;
    use model::id::InstanceId;
    use model::log::LogPosition;
    use model::time::Timestamp;

    use super::*;

    fn html(text: &str, hits: &[(u32, u32)]) -> String {
        let key =
            AppKey { environment: "local".parse().expect("a name"), app: "shop".parse().expect("a name") };
        let line = LogLine {
            time: Timestamp::from_millis(1_000),
            instance: InstanceId("shop-1".to_owned()),
            revision: 1,
            stream: LogStream::Stdout,
            text: text.to_owned(),
            truncated: false,
        };
        let kept = KeptLine { position: LogPosition { segment: 3, offset: 7 }, line, hits: hits.to_vec() };
        let asked = Asked::default();
        let rows =
            Rows { locale: Locale::En, key: &key, here: "/logs", asked: &asked, instances: Vec::new() };
        rows.list(&[kept], "lines", |_| false).to_html().replace("<!>", "")
    }

    #[test]
    fn hits_are_marked_and_nothing_is_taken_for_markup() {
        let html = html("a <b> stock <i>", &[(6, 11)]);
        assert!(html.contains("<mark>stock</mark>"), "{html}");
        assert!(html.contains("&lt;b&gt;") && !html.contains("<i>"), "{html}");
        assert!(html.contains("around=3-7"), "{html}");
    }

    #[test]
    fn json_is_unfolded_with_its_hits() {
        let text = r#"{"msg":"no stock","level":"ERROR","n":7}"#;
        let found = html(text, &[(8, 16)]);
        assert!(found.contains("<mark>no stock</mark>"), "{found}");
        assert!(found.contains("field=level%3DERROR") && found.contains("log-field bad"), "{found}");
        assert!(!found.contains(" open"), "{found}");
        // A hit across two fields is seen in the line itself alone.
        assert!(html(text, &[(15, 25)]).contains(" open"));
    }

    #[test]
    fn words_are_found_without_overlap() {
        assert_eq!(places("abcabc", &["abc", "bc"]), [(0, 3), (3, 6)]);
        assert_eq!(places("错误 b", &["误"]), [(3, 6)]);
    }
}
