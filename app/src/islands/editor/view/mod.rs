//! The island: contents on the left, the form, and beside it the JSON and the plan.

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
mod upload;

use leptos::prelude::*;

pub use self::plan::{found as plan_mistakes, shown as plan_shown};
pub use self::sections::Source;
use super::document::Section;
use super::state::{Editor, Setup};
use crate::islands::Given;
use crate::text::editor as t;
use crate::text::fault::fault;
use crate::text::plan as plan_text;
use crate::text::{Locale, window};

/// The form's id: what the page asks beside it belongs to it too.
pub const FORM: &str = "definition-editor";

/// The whole form of a definition. It posts to the page it stands on; without scripts the page answers with the same
/// form, its mistakes and all that was typed.
#[island]
pub fn DefinitionEditor(setup: Given<Setup>) -> impl IntoView {
    let Given(setup) = setup;
    let locale = setup.locale;
    let reason = setup.reason.clone();
    let running = setup.running;
    let revision = setup.revision;
    let may_override = setup.may_override;
    let closed = setup.closed.is_some();
    let editor = Editor::new(setup);
    Effect::new(move |_| editor.live.set(true));
    let (plan, stale) = plan::watch(editor);
    let summary = NodeRef::<leptos::html::Div>::new();
    let broken =
        move || editor.syntax.with(Option::is_some) || editor.errors.with(|errors| !errors.is_empty());
    let sent = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        editor.attempted.set(true);
        if broken() {
            event.prevent_default();
            if let Some(summary) = summary.get_untracked() {
                let _ = summary.focus();
            }
        } else {
            sent.set(true);
        }
    };
    let action = move || {
        let name = editor.name.get();
        if sent.get() {
            return t::deploying(locale).to_owned();
        }
        match plan.get() {
            Some(Ok(plan)) if !broken() => plan_text::deploy_will(locale, &plan, &name, editor.creating()),
            _ if editor.creating() => t::create(locale).to_owned(),
            _ => t::deploy(locale).to_owned(),
        }
    };
    // Only what the plan says is refused; a change of the count alone is not.
    let barred =
        move || !may_override && plan.with(|plan| matches!(plan, Some(Ok(plan)) if plan.closed.is_some()));
    view! {
        <form method="post" id=FORM class="editor" novalidate=true on:submit=submit>
            {revision.map(|revision| view! { <input type="hidden" name="if_revision" value=revision.to_string() /> })}
            <nav class="editor-contents" aria-label=t::contents(locale)>
                {Section::ALL
                    .into_iter()
                    .map(|section| {
                        let count = Memo::new(move |_| editor.count(section));
                        let there = move || match section {
                            Section::Storage => {
                                editor.setup.with_value(|setup| setup.capabilities.volumes) || editor.has("/volumes")
                            }
                            Section::Placement => {
                                editor.setup.with_value(|setup| setup.capabilities.constraints)
                                    || editor.has("/constraints")
                            }
                            _ => true,
                        };
                        view! {
                            <a href=format!("#{}", section.anchor()) hidden=move || !there()>
                                {t::section(locale, section)}
                                {move || {
                                    let count = count.get();
                                    (count > 0)
                                        .then(|| {
                                            view! {
                                                <b>
                                                    {count}
                                                    <span class="visually-hidden">{t::mistakes(locale, count)}</span>
                                                </b>
                                            }
                                        })
                                }}
                            </a>
                        }
                    })
                    .collect_view()}
            </nav>
            <div class="editor-form">
                <div class="editor-summary" role="alert" tabindex="-1" node_ref=summary>
                    {move || {
                        let errors = editor.errors.get();
                        (editor.attempted.get() && !errors.is_empty())
                            .then(|| {
                                view! {
                                    <div class="alert">
                                        <b>{t::mend(locale, errors.len())}</b>
                                        <ul>
                                            {errors
                                                .iter()
                                                .map(|error| {
                                                    let anchor = format!("#{}", field::id_of(&error.path));
                                                    view! {
                                                        <li>
                                                            <a href=anchor>{t::field_name(locale, &error.path)}</a>
                                                            " "
                                                            {fault(locale, &error.fault)}
                                                        </li>
                                                    }
                                                })
                                                .collect_view()}
                                        </ul>
                                    </div>
                                }
                            })
                    }}
                </div>
                <p class="alert warn" hidden=move || editor.syntax.with(Option::is_none)>
                    {t::form_waits(locale)}
                </p>
                {sections::all(editor)}
            </div>
            <div class="editor-side">
                {twin::view(editor)}
                {plan::view(editor, plan, stale)}
                <section class="card pad editor-deploy">
                    <div class="field">
                        <label for="reason">{t::reason(locale)}</label>
                        <textarea id="reason" name="reason" rows="2" maxlength="1000" aria-describedby="reason-note">
                            {reason}
                        </textarea>
                        <small class="field-hint" id="reason-note">{t::reason_hint(locale)}</small>
                    </div>
                    {running
                        .map(|number| {
                            view! {
                                <label class="field-tick">
                                    <input type="checkbox" name="override" value="true" />
                                    {t::override_running(locale, number)}
                                </label>
                            }
                        })}
                    {closed.then(|| override_window(locale, may_override))}
                    <button
                        type="submit"
                        name="do"
                        value="deploy"
                        class="btn main wide-button"
                        prop:disabled=move || sent.get() || barred()
                    >
                        {action}
                    </button>
                </section>
            </div>
        </form>
    }
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

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use model::definition::NetworkMode;
    use model::environment::{Capabilities, Enforcement, EngineKind};

    use super::*;

    fn setup(text: &str) -> Setup {
        Setup {
            locale: Locale::En,
            environment: "local".to_owned(),
            protected: false,
            name: "shop".to_owned(),
            revision: None,
            text: text.to_owned(),
            shown: text.to_owned(),
            reason: "because </textarea>".to_owned(),
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
        }
    }

    fn html(setup: Setup) -> String {
        Owner::new().with(|| DefinitionEditor(DefinitionEditorProps { setup: Given(setup) }).to_html())
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
