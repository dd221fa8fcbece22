//! The form: contents on the left, the sections, and beside them the JSON and the plan.

mod checks;
mod entries;
mod field;
mod lists;
mod pairs;
mod plan;
mod sections;
mod spec;
mod strategy;
mod twin;

use leptos::prelude::*;

pub use self::plan::{found as plan_mistakes, shown as plan_shown};
use super::act::{DEPLOY, LOOK};
use super::document::Section;
use super::state::{Editor, Setup, State};
use crate::text::editor as t;
use crate::text::fault::fault;
use crate::text::plan as plan_text;
use crate::text::{Locale, window, workloads};

/// The form's id: what the page asks beside it belongs to it too.
pub const FORM: &str = "definition-editor";
/// Name of the field that says that the definition was tried before.
pub const ATTEMPTED: &str = "attempted";
/// Id of the list of mistakes.
pub const MISTAKES: &str = "mistakes";

/// The whole form of a definition. It posts to the page it stands on, which answers with the same form, its mistakes and all
/// that was typed; `app/src/live/editor.js` posts it after every change and lays the answer over it.
pub fn form(setup: Setup) -> AnyView {
    let state = State::new(setup);
    let editor = Editor::new(&state);
    let Editor { locale, setup, .. } = editor;
    let focus = setup.posted.focus.clone();
    view! {
        <form method="post" id=FORM class="editor" novalidate=true data-focus=focus>
            // First of the buttons, so that Enter in a field presses it.
            <button class="visually-hidden" name="do" value=LOOK tabindex="-1" aria-hidden="true"></button>
            {setup.revision.map(|revision| view! { <input type="hidden" name="if_revision" value=revision.to_string() /> })}
            {setup.attempted.then(|| view! { <input type="hidden" name=ATTEMPTED value="true" /> })}
            <nav class="editor-contents" aria-label=t::contents(locale)>
                {contents(editor)}
            </nav>
            <div class="editor-form">
                <div class="editor-summary" role="alert" tabindex="-1" id=MISTAKES>
                    {(setup.attempted && !state.errors.is_empty()).then(|| summary(editor))}
                </div>
                <p class="alert warn" hidden=state.syntax.is_none()>
                    {t::form_waits(locale)}
                </p>
                {sections::all(editor)}
            </div>
            <div class="editor-side">
                {twin::view(editor)}
                {plan::view(editor)}
                {deploy(editor)}
            </div>
        </form>
    }
    .into_any()
}

fn contents(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let link = |section: Section| {
        let count = editor.count(section);
        let count = (count > 0).then(|| {
            view! {
                <b>
                    {count}
                    <span class="visually-hidden">{t::mistakes(locale, count)}</span>
                </b>
            }
        });
        view! {
            <a href=format!("#{}", section.anchor())>
                {t::section(locale, section)}
                {count}
            </a>
        }
    };
    Section::ALL
        .into_iter()
        .filter(|section| sections::there(editor, *section))
        .map(link)
        .collect_view()
        .into_any()
}

fn summary(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let errors = &editor.state.errors;
    let lines = errors
        .iter()
        .map(|error| {
            view! {
                <li>
                    <a href=format!("#{}", field::id_of(&error.path))>{t::field_name(locale, &error.path)}</a>
                    " "
                    {fault(locale, &error.fault)}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="alert">
            <b>{t::mend(locale, errors.len())}</b>
            <ul>{lines}</ul>
        </div>
    }
    .into_any()
}

/// The reason, what has to be agreed to, and the button.
fn deploy(editor: Editor) -> AnyView {
    let Editor { locale, setup, .. } = editor;
    let action = match &setup.plan {
        Some(Ok(plan)) if editor.sound() && setup.adopts.is_some() => {
            let old = setup.adopts.as_deref().unwrap_or_default();
            workloads::adopt_will(locale, old, &setup.name, plan.to_instances)
        }
        Some(Ok(plan)) if editor.sound() => {
            plan_text::deploy_will(locale, plan, &setup.name, editor.creating())
        }
        _ if editor.creating() => t::create(locale).to_owned(),
        _ => t::deploy(locale).to_owned(),
    };
    // Only what the plan says is refused; a change of the count alone is not. Without scripts the plan may be an old one.
    let barred = setup.posted.scripted
        && !setup.may_override
        && matches!(&setup.plan, Some(Ok(plan)) if plan.closed.is_some());
    let running = setup.running.map(|number| {
        view! {
            <label class="field-tick">
                <input type="checkbox" name="override" value="true" />
                {t::override_running(locale, number)}
            </label>
        }
    });
    view! {
        <section class="card pad editor-deploy">
            <div class="field">
                <label for="reason">{t::reason(locale)}</label>
                <textarea id="reason" name="reason" rows="2" maxlength="1000" aria-describedby="reason-note">
                    {setup.reason.clone()}
                </textarea>
                <small class="field-hint" id="reason-note">{t::reason_hint(locale)}</small>
            </div>
            {running}
            {setup.closed.is_some().then(|| override_window(locale, setup.may_override))}
            <button
                type="submit"
                name="do"
                value=DEPLOY
                class="btn main wide-button"
                disabled=barred
                data-busy=t::deploying(locale)
            >
                {action}
            </button>
        </section>
    }
    .into_any()
}

/// While the environment is closed: the tick of those who may override it, a hint for the others.
fn override_window(locale: Locale, may: bool) -> AnyView {
    if !may {
        return view! { <small class="field-hint">{window::ask_admin(locale)}</small> }.into_any();
    }
    view! {
        <label class="field-tick">
            <input type="checkbox" name="override_window" value="true" />
            {window::override_tick(locale)}
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::definition::NetworkMode;
    use model::environment::{Capabilities, Enforcement, EngineKind};

    use super::*;
    use crate::editor::act::Posted;

    fn setup(text: &str) -> Setup {
        Setup {
            locale: Locale::En,
            protected: false,
            name: "shop".to_owned(),
            revision: None,
            text: text.to_owned(),
            shown: text.to_owned(),
            reason: "because </textarea>".to_owned(),
            adopts: None,
            engine: EngineKind::Local,
            capabilities: Capabilities {
                images: false,
                artifacts: true,
                commands: true,
                volumes: false,
                constraints: false,
                network_modes: vec![NetworkMode::Host],
                udp_ports: false,
                secrets: false,
                config_sets: false,
                cpu_limit: Enforcement::ControlGroup,
                memory_limit: Enforcement::None,
            },
            errors: Vec::new(),
            attempted: true,
            running: None,
            plan: None,
            closed: None,
            may_override: false,
            artifacts: Vec::new(),
            projects: Vec::new(),
            posted: Posted::default(),
        }
    }

    fn html(setup: Setup) -> String {
        Owner::new().with(|| form(setup).to_html())
    }

    #[test]
    fn the_page_without_scripts_has_every_field_and_mistake() {
        let html = html(setup(
            r#"{"command":["./api"],"ports":[{"name":"http"}],"env":{"A":"</b>"},"health_checks":[{"kind":"http","port":"web"}]}"#,
        ));
        for part in [
            r#"name="command:/command""#,
            r#"name="text:/ports/0/name""#,
            r#"name="text:/ports/1/name""#,
            r#"name="key:/env:0""#,
            r#"name="value:/env:1""#,
            r#"name="text:/health_checks/0/port""#,
            r#"name="drop:/ports/0""#,
            r#"name="definition""#,
            "there is no port named web; this app has: http",
            r##"href="#field/health_checks/0/port""##,
            "line mark",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(!html.contains("because </textarea>"), "the reason is not escaped");
    }

    #[test]
    fn a_staged_release_with_checks_can_be_edited_without_scripts() {
        let html = html(setup(
            r#"{"command":["./api"],"instances":6,"ports":[{"name":"http"}],
            "strategy":{"kind":"staged","steps":[{"set":"50%"},{"verify":"soon"},{"approve":{}},{"set":6}]},
            "checks":[
                {"kind":"http","path":"/healthz","expect":{"status":[200,204]},"headers":{"Accept":"a"}},
                {"kind":"log","pattern":"ERROR </textarea>","max":0},
                {"kind":"metric","query":"up{r=\"{{revision}}\"}","baseline":{"method":"mann_whitney","confidence":2}}
            ]}"#,
        ));
        for part in [
            r#"name="strategy:/strategy""#,
            r#"name="step:/strategy/steps/0""#,
            r#"name="amount:/strategy/steps/0/set""#,
            "3 of 6",
            r#"name="place:/strategy/steps/3""#,
            r#"name="drop:/strategy/steps/3""#,
            r#"name="number:/strategy/steps/2/approve/approvers""#,
            // The empty ones at the end.
            r#"name="step:/strategy/steps/4""#,
            r#"name="check:/checks/3""#,
            r##"href="#field/strategy/steps/1/verify""##,
            r#"id="field/strategy/steps/1/verify""#,
            r#"name="numbers:/checks/0/expect/status""#,
            r#"value="200, 204""#,
            r#"name="key:/checks/0/headers:0""#,
            r#"name="count:/checks/1""#,
            r#"name="exact:/checks/1/pattern""#,
            r#"name="condition:/checks/2""#,
            r#"name="method:/checks/2/baseline""#,
            r#"id="field/checks/2/baseline/confidence""#,
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(!html.contains(r#"name="text:/checks/1/path""#), "a field of another kind");
        assert!(!html.contains("ERROR </textarea>"), "the pattern is not escaped");
        assert!(!html.contains(r#"name="text:/checks/3/name""#), "fields come once the kind is chosen");
    }

    #[test]
    fn a_mistake_among_the_rare_fields_opens_them() {
        let open = |check: &str| {
            let text = format!(
                r#"{{"command":["a"],"strategy":{{"kind":"blue_green"}},"checks":[{{"kind":"restarts","max":0{check}}}]}}"#
            );
            let html = html(setup(&text));
            let start = html.find("<details ").expect("rare fields");
            html[start..].split('>').next().is_some_and(|tag| tag.contains(" open"))
        };
        assert!(open(r#","error_limit":"many""#));
        assert!(open(r#","background":true"#), "what is used is shown");
        assert!(
            !open(r#","background":false,"error_limit":4,"on_no_data":"inconclusive""#),
            "defaults are not"
        );
        assert!(!open(""));
    }

    #[test]
    fn broken_json_is_kept_with_its_place() {
        let mut setup = setup("{\n  \"project\": \"shop\",\n}");
        setup.shown = "{}".to_owned();
        let html = html(setup);
        assert!(html.contains("Line 3, column 1"), "{html}");
        assert!(html.contains("\"project\": \"shop\",\n}") || html.contains("&quot;project&quot;"), "{html}");
    }
}
