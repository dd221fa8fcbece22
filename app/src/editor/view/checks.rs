//! The checks of a release: what is asked of a new version, and when the answer is good.

use leptos::prelude::*;

use super::entries::{List, entries};
use super::field::{Field, choose, id_of, mistakes};
use super::pairs::pairs;
use super::spec::{Options, Spec, draw, more};
use crate::editor::codec::Codec;
use crate::editor::shape::Shape;
use crate::editor::state::Editor;
use crate::text::{editor as form, release as t};

const NAME: [Spec; 1] = [Spec::text("name", t::check_name).hint(t::name_hint)];

const HTTP: [Spec; 4] = [
    Spec::text("path", form::path).class("mono"),
    Spec::text("port", form::port).hint(form::first_port),
    Spec::new("expect/status", Codec::Numbers, t::status).hint(t::status_hint),
    Spec::new("expect/body_contains", Codec::Exact, t::body_contains),
];

const HTTP_MORE: [Spec; 4] = [
    Spec::text("expect/json/pointer", t::pointer).class("mono").hint(t::pointer_hint),
    Spec::new("expect/json/value", Codec::Json, t::pointer_value).class("mono").hint(t::pointer_value_hint),
    Spec::text("expect/time_limit", t::time_limit).hint(t::time_limit_hint),
    Spec::text("timeout", form::timeout).placeholder("5s"),
];

const PATTERN: [Spec; 1] =
    [Spec::new("pattern", Codec::Exact, t::pattern).class("wide mono").hint(t::pattern_hint)];
const MAX: [Spec; 1] = [Spec::number("max", t::count_times).kept()];
const MIN: [Spec; 1] = [Spec::number("min", t::count_times).kept()];
const WINDOW: [Spec; 1] = [Spec::text("window", t::window).placeholder("1m")];

const QUERY: [Spec; 1] = [Spec::text("query", t::query).class("wide mono").hint(t::query_hint).area(3)];
const THRESHOLD: [Spec; 2] =
    [Spec::number("threshold/min", t::at_least), Spec::number("threshold/max", t::at_most)];
const RATIO: [Spec; 2] =
    [Spec::number("baseline/min", t::at_least), Spec::number("baseline/max", t::at_most)];

const WORSE: Options = &[("higher", t::worse_higher), ("lower", t::worse_lower), ("either", t::worse_either)];

const MANN_WHITNEY: [Spec; 3] = [
    Spec::select("baseline/worse", t::worse, WORSE),
    Spec::number("baseline/confidence", t::confidence).placeholder("0.98").hint(t::confidence_hint),
    Spec::text("baseline/window", t::window).placeholder("5m"),
];

const RESTARTS: [Spec; 2] =
    [Spec::number("max", t::restarts_max).kept(), Spec::text("window", t::window).placeholder("5m")];

const COMMON: [Spec; 2] = [
    Spec::text("interval", t::interval).placeholder("10s"),
    Spec::number("failure_limit", t::failure_limit).placeholder("0").hint(t::failure_limit_hint),
];

const MORE: [Spec; 6] = [
    Spec::text("initial_delay", t::initial_delay).placeholder("0s"),
    Spec::number("inconclusive_limit", t::inconclusive_limit).placeholder("0").hint(t::inconclusive_hint),
    Spec::number("error_limit", t::error_limit).placeholder("4").hint(t::error_limit_hint),
    Spec::select(
        "on_no_data",
        t::on_no_data,
        &[("inconclusive", t::no_data_inconclusive), ("pass", t::no_data_pass), ("fail", t::no_data_fail)],
    ),
    Spec::tick("background", t::background),
    Spec::tick("observe_only", t::observe_only),
];

/// Those of HTTP checks and those of all, in one place.
const HTTP_AND_MORE: [Spec; 10] = {
    let [pointer, value, limit, timeout] = HTTP_MORE;
    let [delay, inconclusive, errors, no_data, background, observe] = MORE;
    [pointer, value, limit, timeout, delay, inconclusive, errors, no_data, background, observe]
};

pub fn checks(editor: Editor) -> AnyView {
    let locale = editor.locale;
    let list = List {
        at: "/checks",
        empty: t::no_checks,
        add: t::add_check,
        kinds: &[
            ("http", t::check_http),
            ("log", t::check_log),
            ("metric", t::check_metric),
            ("restarts", t::check_restarts),
        ],
        row: check,
        name: t::check_number,
        ordered: false,
        class: "checks",
    };
    view! {
        <p class="wide section-hint">{t::checks_hint(locale)}</p>
        {entries(editor, list)}
    }
    .into_any()
}

fn check(editor: Editor, at: String) -> AnyView {
    let locale = editor.locale;
    let kind = editor.shape(Shape::Check, &at);
    let choice = choose(
        editor,
        Shape::Check,
        &at,
        Field::new(format!("{at}/kind"), Codec::Text, t::check_kind(locale)),
        vec![
            ("", t::choose_check(locale).to_owned()),
            ("http", t::check_http(locale).to_owned()),
            ("log", t::check_log(locale).to_owned()),
            ("metric", t::check_metric(locale).to_owned()),
            ("restarts", t::check_restarts(locale).to_owned()),
        ],
    );
    let whole = note(editor, &at);
    let own = match kind.as_str() {
        "http" => view! {
            {draw(editor, &at, &HTTP)}
            {note(editor, &format!("{at}/expect"))}
        }
        .into_any(),
        "log" => log(editor, &at),
        "metric" => metric(editor, &at),
        "restarts" => draw(editor, &at, &RESTARTS),
        // The fields come once the kind is chosen.
        _ => {
            return view! {
                {whole}
                {choice}
            }
            .into_any();
        }
    };
    let more = if kind == "http" {
        more(editor, &at, t::more(locale), &HTTP_AND_MORE, "headers", headers(editor, &at))
    } else {
        more(editor, &at, t::more(locale), &MORE, "", ().into_any())
    };
    view! {
        {whole}
        {choice}
        {draw(editor, &at, &NAME)}
        {own}
        {draw(editor, &at, &COMMON)}
        {more}
    }
    .into_any()
}

/// The mistakes of a part as a whole, where a list of mistakes can lead to.
fn note(editor: Editor, at: &str) -> AnyView {
    view! {
        <div class="wide check-note" id=id_of(at)>
            {mistakes(editor, at, String::new())}
        </div>
    }
    .into_any()
}

fn headers(editor: Editor, at: &str) -> AnyView {
    let locale = editor.locale;
    view! {
        <div class="wide headers">
            <span class="label">{t::headers(locale)}</span>
            {pairs(
                editor,
                &format!("{at}/headers"),
                t::header_name(locale),
                t::header_value(locale),
                t::add_header(locale),
            )}
        </div>
    }
    .into_any()
}

fn log(editor: Editor, at: &str) -> AnyView {
    let locale = editor.locale;
    let choice = choose(
        editor,
        Shape::Count,
        at,
        Field::new(format!("{at}/count"), Codec::Text, t::count(locale)),
        vec![
            ("", "–".to_owned()),
            ("max", t::count_max(locale).to_owned()),
            ("min", t::count_min(locale).to_owned()),
        ],
    );
    // One as it should be, or both while the person has not chosen.
    let max = has(editor, at, "max").then(|| draw(editor, at, &MAX));
    let min = has(editor, at, "min").then(|| draw(editor, at, &MIN));
    view! {
        {draw(editor, at, &PATTERN)}
        {choice}
        {max}
        {min}
        {draw(editor, at, &WINDOW)}
    }
    .into_any()
}

fn has(editor: Editor, at: &str, part: &str) -> bool {
    editor.value.pointer(at).is_some_and(|fields| fields.get(part).is_some())
}

fn metric(editor: Editor, at: &str) -> AnyView {
    let locale = editor.locale;
    let choice = choose(
        editor,
        Shape::Condition,
        at,
        Field::new(format!("{at}/condition"), Codec::Text, t::condition(locale)).class("wide"),
        vec![
            ("", "–".to_owned()),
            ("threshold", t::condition_threshold(locale).to_owned()),
            ("baseline", t::condition_baseline(locale).to_owned()),
        ],
    );
    let threshold = has(editor, at, "threshold").then(|| {
        view! {
            {draw(editor, at, &THRESHOLD)}
            {note(editor, &format!("{at}/threshold"))}
        }
    });
    let baseline = has(editor, at, "baseline").then(|| baseline_fields(editor, at));
    view! {
        {draw(editor, at, &QUERY)}
        {choice}
        {threshold}
        {baseline}
    }
    .into_any()
}

fn baseline_fields(editor: Editor, at: &str) -> AnyView {
    let locale = editor.locale;
    let whole = format!("{at}/baseline");
    let choice = choose(
        editor,
        Shape::Method,
        &whole,
        Field::new(format!("{whole}/method"), Codec::Text, t::method(locale)).class("wide"),
        vec![
            ("", "–".to_owned()),
            ("ratio", t::method_ratio(locale).to_owned()),
            ("mann_whitney", t::method_mann_whitney(locale).to_owned()),
        ],
    );
    let fields = match editor.shape(Shape::Method, &whole).as_str() {
        "mann_whitney" => draw(editor, at, &MANN_WHITNEY),
        _ => draw(editor, at, &RATIO),
    };
    view! {
        {note(editor, &whole)}
        {choice}
        {fields}
    }
    .into_any()
}
