//! The JSON side: the text, coloured, with the lines of mistakes marked.

use std::fmt::Write as _;

use leptos::prelude::*;

use crate::islands::editor::locate::{Token, line_of, lines, tokens};
use crate::islands::editor::merge;
use crate::islands::editor::state::Editor;
use crate::text::editor as t;
use crate::text::fault::fault;

/// Larger texts stay plain, so that typing stays quick.
const COLOURED_MAX: usize = 100_000;

pub fn view(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let live = editor.live;
    let marks = Memo::new(move |_| {
        if let Some(fault) = editor.syntax.get() {
            return vec![fault.line - 1];
        }
        let places = editor.text.with(|text| lines(text));
        let mut marks: Vec<usize> = editor.errors.with(|errors| {
            errors
                .iter()
                .filter(|error| error.path != "/name")
                .map(|error| line_of(&places, &error.path))
                .collect()
        });
        marks.sort_unstable();
        marks.dedup();
        marks
    });
    let coloured = move || marks.with(|marks| editor.text.with(|text| colour(text, marks)));
    let initial = editor.text.get_untracked();
    let shown = editor.setup.with_value(|setup| setup.shown.clone());
    view! {
        <div class="card twin-card">
            <div class="card-bar">
                <label class="card-title" for="twin">{t::json_title(locale)}</label>
                <button type="button" class="btn quiet small needs-script" on:click=move |_| editor.print()>
                    {move || if editor.syntax.with(Option::is_some) { t::back_to_valid(locale) } else { t::tidy(locale) }}
                </button>
            </div>
            <input type="hidden" name=merge::SHOWN value=shown />
            <div class="twin-code" class:twin-live=move || live.get()>
                <pre class="twin-mirror" aria-hidden="true" inner_html=coloured></pre>
                <textarea
                    id="twin"
                    class="twin-text"
                    name=merge::TEXT
                    rows="18"
                    wrap="off"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="none"
                    aria-describedby="twin-note"
                    aria-invalid=move || (editor.syntax.with(Option::is_some)).then_some("true")
                    prop:value=move || editor.text.get()
                    on:input=move |event| editor.type_text(event_target_value(&event))
                >
                    {initial}
                </textarea>
            </div>
            <div class="twin-note" id="twin-note" aria-live="polite">
                {move || {
                    editor
                        .syntax
                        .get()
                        .map(|syntax| {
                            view! {
                                <p class="field-error">
                                    {t::syntax(locale, syntax.line, syntax.column)} " " <code>{syntax.reason}</code>
                                </p>
                                <p class="field-hint">{t::syntax_hint(locale)}</p>
                            }
                        })
                }}
                {move || {
                    let places = editor.text.with(|text| lines(text));
                    editor
                        .errors
                        .with(|errors| {
                            crate::islands::editor::fields::elsewhere(errors)
                                .into_iter()
                                .map(|error| {
                                    view! {
                                        <p class="field-error">
                                            {t::at_line(locale, line_of(&places, &error.path) + 1)} " "
                                            <code>{error.path.clone()}</code> " " {fault(locale, &error.fault)}
                                        </p>
                                    }
                                })
                                .collect_view()
                        })
                }}
            </div>
        </div>
    }
    .into_any()
}

/// The text as HTML: one `<span>` a line, marked ones of class `mark`.
fn colour(text: &str, marks: &[usize]) -> String {
    if text.len() > COLOURED_MAX {
        return escape(text);
    }
    let mut html = String::with_capacity(text.len() * 3);
    let mut line = 0;
    let open = |line: usize, html: &mut String| {
        html.push_str(if marks.contains(&line) {
            "<span class=\"line mark\">"
        } else {
            "<span class=\"line\">"
        });
    };
    open(0, &mut html);
    for (kind, range) in tokens(text) {
        for (part, piece) in text[range].split('\n').enumerate() {
            if part > 0 {
                line += 1;
                html.push_str("\n</span>");
                open(line, &mut html);
            }
            let class = match kind {
                Token::Key => "key",
                Token::Text => "text",
                Token::Literal => "literal",
                Token::Other => {
                    html.push_str(&escape(piece));
                    continue;
                }
            };
            let _ = write!(html, "<span class=\"{class}\">{}</span>", escape(piece));
        }
    }
    // An ending line break needs something after it to have a height.
    html.push_str("\n</span>");
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_lines_and_lets_no_markup_through() {
        let html = colour("{\n  \"<b>\": \"</pre>&\"\n}", &[1]);
        assert_eq!(html.matches("line mark").count(), 1);
        assert!(html.contains("<span class=\"key\">\"&lt;b&gt;\"</span>"), "{html}");
        assert!(!html.contains("</pre>"), "{html}");
        assert_eq!(html.matches("<span class=\"line").count(), 3);
    }
}
