//! The JSON side: the text, coloured, with the lines of mistakes marked.

use std::fmt::Write as _;

use leptos::prelude::*;

use crate::editor::fields;
use crate::editor::locate::{Token, line_of, lines, tokens};
use crate::editor::merge;
use crate::editor::state::Editor;
use crate::text::editor as t;
use crate::text::fault::fault;

/// Larger texts stay plain, so that typing stays quick.
const COLOURED_MAX: usize = 100_000;

pub fn view(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let text = editor.setup.text.as_str();
    let syntax = editor.state.syntax.as_ref();
    let places = lines(text);
    let mut marks: Vec<usize> = if let Some(fault) = syntax {
        vec![fault.line - 1]
    } else {
        let shown = editor.state.errors.iter().filter(|error| error.path != "/name");
        shown.map(|error| line_of(&places, &error.path)).collect()
    };
    marks.sort_unstable();
    marks.dedup();
    let broken = syntax.map(|syntax| {
        view! {
            <p class="field-error">
                {t::syntax(locale, syntax.line, syntax.column)} " " <code>{syntax.reason.clone()}</code>
            </p>
            <p class="field-hint">{t::syntax_hint(locale)}</p>
        }
    });
    let elsewhere = fields::elsewhere(&editor.state.errors)
        .into_iter()
        .map(|error| {
            view! {
                <p class="field-error">
                    {t::at_line(locale, line_of(&places, &error.path) + 1)} " " <code>{error.path.clone()}</code>
                    " " {fault(locale, &error.fault)}
                </p>
            }
        })
        .collect_view();
    let tidy = if syntax.is_some() { t::back_to_valid(locale) } else { t::tidy(locale) };
    view! {
        <div class="card twin-card">
            <div class="card-bar">
                <label class="card-title" for="twin">{t::json_title(locale)}</label>
                <button name="do" value="tidy" class="btn quiet small needs-script">
                    {tidy}
                </button>
            </div>
            <input type="hidden" name=merge::SHOWN value=editor.setup.shown.clone() />
            <div class="twin-code">
                <pre class="twin-mirror" aria-hidden="true" inner_html=colour(text, &marks)></pre>
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
                    aria-invalid=syntax.map(|_| "true")
                    data-follows=""
                >
                    {text.to_owned()}
                </textarea>
            </div>
            <div class="twin-note" id="twin-note" aria-live="polite">
                {broken}
                {elsewhere}
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
