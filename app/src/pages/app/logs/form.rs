//! The form of the search: a plain one, whose answer is a page of its own.

use leptos::prelude::*;
use model::log::LogKeeping;
use model::problem::Problem;

use super::asked::{Asked, LENGTHS, OWN};
use crate::islands::viewer_zone::ViewerZone;
use crate::text::{Locale, kept as t};
use crate::ui::field::{Fields, Input};

pub fn form(
    locale: Locale,
    here: &str,
    asked: &Asked,
    keeping: &LogKeeping,
    refused: Option<&Problem>,
) -> AnyView {
    let fields = Fields { locale, refused, form: "kept" };
    let any = |word: &'static str| (String::new(), word.to_owned());
    let instances = keeping.instances.iter().map(|id| (id.0.clone(), id.0.clone()));
    let revisions = keeping.revisions.iter().rev().map(|number| (number.to_string(), number.to_string()));
    let streams = [("stdout", t::stdout(locale)), ("stderr", t::stderr(locale))];
    let streams = streams.map(|(value, word)| (value.to_owned(), word.to_owned()));
    let lengths = LENGTHS.map(|minutes| (minutes.to_string(), t::last_minutes(locale, minutes)));
    let times = [any(t::last_all(locale))].into_iter().chain(lengths);
    let times = times.chain([(OWN.to_owned(), t::last_own(locale).to_owned())]);
    let all = || [any(t::any(locale))].into_iter();
    let moment = |name: &'static str, label, value: &str, path| {
        let kind = "datetime-local";
        let input = Input { kind, value: value.to_owned(), path: Some(path), ..Input::default() };
        fields.input(name, label, input)
    };
    let text = Input { kind: "search", hint: Some(t::text_hint(locale)), ..Input::text(asked.grep.clone()) };
    let field = Input { mono: true, hint: Some(t::fields_hint(locale)), ..Input::text(asked.field.clone()) };
    view! {
        <form class="card pad log-search" role="search" aria-label=t::search(locale)>
            <input type="hidden" name="kept" value="yes" />
            <div class="log-search-text">
                {fields.input("grep", t::text(locale), Input { kind: "search", ..text })}
                <label class="check">
                    <input type="checkbox" name="regex" value="yes" checked=asked.expression />
                    {t::expression(locale)}
                </label>
            </div>
            <div class="log-search-field">{fields.input("field", t::fields(locale), field)}</div>
            {choice("instance", t::instance(locale), &asked.instance, all().chain(instances).collect())}
            {choice("revision", t::revision(locale), &asked.revision, all().chain(revisions).collect())}
            {choice("stream", t::stream(locale), &asked.stream, all().chain(streams).collect())}
            {choice("last", t::last(locale), &asked.last, times.collect())}
            <div class="log-search-own">
                {moment("from", t::from(locale), &asked.from, "from")}
                {moment("to", t::to(locale), &asked.to, "until")}
                <div class="field">
                    <ViewerZone value=asked.zone.clone() label=t::zone(locale).to_owned() />
                </div>
            </div>
            <div class="row log-search-do">
                <button class="btn main">{t::find(locale)}</button>
                {asked
                    .narrows()
                    .then(|| view! { <a class="btn quiet" href=format!("{here}?kept=yes")>{t::clear(locale)}</a> })}
            </div>
        </form>
    }
    .into_any()
}

/// A choice whose options are not known beforehand. What was asked for is among them, also where it has no lines.
fn choice(
    name: &'static str,
    label: &'static str,
    chosen: &str,
    mut options: Vec<(String, String)>,
) -> AnyView {
    if options.iter().all(|(value, _)| value != chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    let option = |(value, word): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{word}</option> }
    };
    let id = format!("kept-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name>{options.into_iter().map(option).collect_view()}</select>
        </div>
    }
    .into_any()
}
