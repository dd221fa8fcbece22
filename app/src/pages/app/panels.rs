//! The charts that people added to an app's own, and the form that adds or changes one.

use futures::future::join_all;
use leptos::prelude::*;
use model::id::AppKey;
use model::metric::{Panel, QUERY_MAX, TITLE_MAX, Unit, fill};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};

use super::compared::{Found, ask};
use super::window::Window;
use super::{Shown, drawn, overview};
use crate::pages::visit::Visit;
use crate::paths;
use crate::posted::Form;
use crate::text::{fault, metrics as t, shell};
use crate::ui::plot::{Line, Mark, Plot};

/// Lines of one chart at most: as many as can be told apart.
const DRAWN: usize = 12;
/// The part of the page with these charts.
const REGION: &str = "panels";
/// Where the section and the form stand on the page.
pub const TITLE: &str = "panels-title";
const FORM: &str = "panel-form";

/// Where the form for another panel stands, with this expression.
pub fn keep(query: &str) -> String {
    format!("{}#{FORM}", paths::query(&[("add", "panel"), ("query", query)]))
}

pub async fn view(shown: &Shown<'_>, window: Window) -> Result<AnyView, Problem> {
    let Shown { visit, caller, key, app, .. } = *shown;
    let locale = visit.locale;
    if !visit.wants(REGION) {
        return Ok(().into_any());
    }
    let panels = visit.ports.panels.get(caller, key).await?.panels;
    let marks = overview::marks(shown, window).await?;
    let asked = panels.iter().map(|panel| async {
        let query = fill(&panel.query, key, app.summary.revision);
        ask(shown, Some(&key.environment), &query, window).await
    });
    let answers = join_all(asked).await;
    let mut plots = Vec::new();
    let mut failed = Vec::new();
    for (panel, answer) in panels.iter().zip(answers) {
        match answer {
            Ok(found) => plots.push(plot(shown, panel, &found, window, &marks)),
            Err(problem) => failed.push((panel, fault::first(locale, &problem))),
        }
    }
    if !visit.request.regions.is_empty() {
        let none = plots.is_empty() && !failed.is_empty();
        return Ok(if none { drawn::kept(REGION) } else { drawn::region(shown, REGION, window, plots) });
    }
    let drawn = (!plots.is_empty()).then(|| drawn::region(shown, REGION, window, plots));
    let failed = failed.into_iter().map(|(panel, words)| {
        view! {
            <div class="alert warn" role="status">
                <div>
                    <b>{panel.title.clone()} ": "</b>
                    {words}
                </div>
            </div>
        }
    });
    let may_change = caller.may(Permission::ChangeApps);
    let none = panels.is_empty().then(|| view! { <p class="sub">{t::panels_none(locale)}</p> });
    Ok(view! {
        <section class="stack tight" aria-labelledby=TITLE>
            <h2 id=TITLE>{t::panels(locale)}</h2>
            {none}
            {drawn}
            {failed.collect_view()}
            {may_change.then(|| changes(shown, &panels))}
        </section>
    }
    .into_any())
}

fn plot(shown: &Shown<'_>, panel: &Panel, found: &[Found], window: Window, marks: &[Mark]) -> Plot {
    let labels: Vec<_> = found.iter().map(|one| &one.series.labels).collect();
    let lines = found.iter().take(DRAWN).map(|one| {
        let own = super::metrics::label(&one.series.labels, &labels);
        let own = own.unwrap_or_else(|| t::all(shown.visit.locale).to_owned());
        Line { label: one.label(shown, own, window), earlier: one.earlier, points: one.points() }
    });
    window.plot(panel.title.clone(), panel.unit, lines.collect(), panel.threshold, marks.to_vec())
}

/// What is typed into the form, or the panel that is to be changed.
struct Draft {
    /// The title of the panel that is changed; empty for another one.
    original: String,
    title: String,
    query: String,
    unit: Unit,
    threshold: String,
}

impl Draft {
    fn of(shown: &Shown<'_>, panels: &[Panel]) -> Option<Self> {
        let visit = shown.visit;
        if let Some(form) = visit.form.as_ref().filter(|form| form.text("act") == "panel_save") {
            return Some(Self {
                original: form.text("panel"),
                title: form.text("title"),
                query: form.text("query"),
                unit: unit(form),
                threshold: form.text("threshold"),
            });
        }
        if !visit.asked("add").is_empty() {
            return Some(Self {
                original: String::new(),
                title: String::new(),
                query: visit.asked("query"),
                unit: Unit::default(),
                threshold: String::new(),
            });
        }
        let original = visit.asked("panel");
        let panel = panels.iter().find(|panel| panel.title == original)?;
        Some(Self {
            original,
            title: panel.title.clone(),
            query: panel.query.clone(),
            unit: panel.unit,
            threshold: panel.threshold.map(|threshold| threshold.to_string()).unwrap_or_default(),
        })
    }
}

fn changes(shown: &Shown<'_>, panels: &[Panel]) -> AnyView {
    let locale = shown.visit.locale;
    let rows = panels.iter().map(|panel| {
        let change = format!("{}#{FORM}", paths::query(&[("panel", panel.title.as_str())]));
        view! {
            <li class="row">
                <span class="strong">{panel.title.clone()}</span>
                <code class="sub grow" title=panel.query.clone()>
                    {panel.query.clone()}
                </code>
                <a class="btn" href=change>
                    {t::panel_change(locale)}
                    <span class="visually-hidden">" " {panel.title.clone()}</span>
                </a>
                <form method="post">
                    <input type="hidden" name="panel" value=panel.title.clone() />
                    <button class="btn" name="act" value="panel_remove">
                        {t::panel_remove(locale)}
                        <span class="visually-hidden">" " {panel.title.clone()}</span>
                    </button>
                </form>
            </li>
        }
    });
    let draft = Draft::of(shown, panels);
    let rows =
        (!panels.is_empty()).then(|| view! { <ul class="card pad panel-rows">{rows.collect_view()}</ul> });
    match draft {
        Some(draft) => view! {
            {rows}
            {form(shown, &draft)}
        }
        .into_any(),
        None => view! {
            {rows}
            <div>
                <a class="btn" href=keep("")>
                    {t::panel_add(locale)}
                </a>
            </div>
        }
        .into_any(),
    }
}

fn form(shown: &Shown<'_>, draft: &Draft) -> AnyView {
    let visit = shown.visit;
    let locale = visit.locale;
    let language = shown.source.language();
    let mistake = |field: &str| {
        let refused = shown.refused?;
        let found = refused.errors.iter().find(|error| error.path.trim_start_matches('/') == field)?;
        Some(fault::fault(locale, &found.fault))
    };
    let line = |name: &'static str, label: &'static str, value: String, hint: &'static str, max: usize| {
        let wrong = mistake(name);
        let id = format!("panel-{name}");
        let hint_id = format!("{id}-hint");
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input
                    id=id
                    name=name
                    value=value
                    maxlength=max
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby=hint_id.clone()
                    aria-invalid=wrong.as_ref().map(|_| "true")
                />
                {wrong.map(|wrong| view! { <em role="alert">{wrong}</em> })}
                <small id=hint_id>{hint}</small>
            </div>
        }
    };
    let heading = if draft.original.is_empty() { t::panel_add(locale) } else { t::panel_change(locale) };
    let units = Unit::ALL.map(|unit| {
        view! {
            <option value=unit.as_str() selected=unit == draft.unit>
                {t::unit(locale, unit)}
            </option>
        }
    });
    let save = paths::app_tab(shown.key, paths::AppTab::Metrics.segment());
    view! {
        <form id=FORM method="post" action=format!("{save}#{FORM}") class="card pad stack tight">
            <h3>{heading}</h3>
            <input type="hidden" name="panel" value=draft.original.clone() />
            {line("title", t::panel_title(locale), draft.title.clone(), t::panel_title_hint(locale), TITLE_MAX)}
            {line("query", t::query(locale, language), draft.query.clone(), t::placeholders_hint(locale), QUERY_MAX)}
            <div class="pair">
                <div class="field">
                    <label for="panel-unit">{t::panel_unit(locale)}</label>
                    <select id="panel-unit" name="unit">
                        {units}
                    </select>
                </div>
                {line("threshold", t::panel_threshold(locale), draft.threshold.clone(), t::panel_threshold_hint(locale), 24)}
            </div>
            <div class="row">
                <button class="btn main" name="act" value="panel_save">
                    {t::panel_save(locale)}
                </button>
                <a class="btn" href=format!("?#{TITLE}")>
                    {shell::cancel(locale)}
                </a>
            </div>
        </form>
    }
    .into_any()
}

fn unit(form: &Form) -> Unit {
    let named = form.text("unit");
    Unit::ALL.into_iter().find(|unit| unit.as_str() == named).unwrap_or_default()
}

/// Adds, changes or removes the panel that a form names.
pub async fn perform(visit: &Visit, caller: &Caller, key: &AppKey, form: &Form) -> Result<(), Problem> {
    let panels = visit.ports.panels.get(caller, key).await?.panels;
    let panels = changed(panels, form)?;
    visit.ports.panels.set(caller, key, panels).await.map(drop).map_err(|mut problem| {
        // Of the one panel in the form, without its place in the list.
        for error in &mut problem.errors {
            let field = error.path.rsplit('/').next().unwrap_or_default();
            error.path = format!("/{field}");
        }
        problem
    })
}

fn changed(mut panels: Vec<Panel>, form: &Form) -> Result<Vec<Panel>, Problem> {
    let original = form.text("panel");
    let place = panels.iter().position(|panel| panel.title == original);
    if form.text("act") == "panel_remove" {
        panels.retain(|panel| panel.title != original);
        return Ok(panels);
    }
    let threshold = match form.text("threshold") {
        text if text.is_empty() => None,
        text => Some(text.parse().map_err(|_| {
            let fault = Fault::WrongType { expected: model::problem::JsonKind::Number };
            Problem::invalid(vec![FieldError::new("/threshold", fault)])
        })?),
    };
    let panel = Panel { title: form.text("title"), query: form.text("query"), unit: unit(form), threshold };
    match place {
        Some(place) => panels[place] = panel,
        None => panels.push(panel),
    }
    Ok(panels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(title: &str) -> Panel {
        Panel { title: title.to_owned(), query: "up".to_owned(), unit: Unit::Number, threshold: None }
    }

    #[test]
    fn a_form_adds_changes_and_removes() {
        let both = || vec![panel("a"), panel("b")];
        let of = |body: &str| changed(both(), &Form::parse(body)).expect("panels");
        let titles = |panels: Vec<Panel>| panels.into_iter().map(|panel| panel.title).collect::<Vec<_>>();
        assert_eq!(titles(of("act=panel_save&panel=&title=c&query=up")), ["a", "b", "c"]);
        let renamed = of("act=panel_save&panel=a&title=z&query=down&unit=bytes&threshold=2.5");
        assert_eq!(
            renamed[0],
            Panel { title: "z".into(), query: "down".into(), unit: Unit::Bytes, threshold: Some(2.5) }
        );
        assert_eq!(titles(of("act=panel_remove&panel=a")), ["b"]);
        // What somebody else removed meanwhile is added again, not lost.
        assert_eq!(titles(of("act=panel_save&panel=gone&title=gone&query=up")), ["a", "b", "gone"]);
        let refused = changed(both(), &Form::parse("act=panel_save&title=c&query=up&threshold=high"));
        assert_eq!(refused.expect_err("no number").errors[0].path, "/threshold");
    }
}
