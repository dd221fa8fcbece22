//! What may follow where somebody types PromQL: names, functions, labels and their values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Labels, NAME};

/// Candidates that are offered at once.
const OFFERED: usize = 30;
/// Names, labels of one name and values of one label that are known at most.
const NAMES: usize = 300;
const LABELS: usize = 30;
const VALUES: usize = 50;
/// What is asked most, in the language's own spelling.
const FUNCTIONS: [&str; 30] = [
    "abs",
    "avg",
    "avg_over_time",
    "ceil",
    "clamp_max",
    "clamp_min",
    "count",
    "count_over_time",
    "delta",
    "deriv",
    "floor",
    "histogram_quantile",
    "increase",
    "irate",
    "label_replace",
    "max",
    "max_over_time",
    "min",
    "min_over_time",
    "predict_linear",
    "quantile",
    "quantile_over_time",
    "rate",
    "round",
    "stddev",
    "sum",
    "sum_over_time",
    "time",
    "topk",
    "vector",
];

/// What there is to name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// What follows a name for it to be this app's, such as `{app="shop"}`.
    pub chosen: String,
    /// Names of metrics with the labels of their series.
    pub names: BTreeMap<String, Vec<String>>,
    pub values: BTreeMap<String, Vec<String>>,
}

impl Catalog {
    /// Of the series that there are; the rest of a flood is left out.
    pub fn of(series: &[Labels], chosen: String) -> Self {
        let mut names: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        let mut values: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for labels in series {
            let Some(name) = labels.get(NAME) else { continue };
            if names.len() >= NAMES && !names.contains_key(name) {
                continue;
            }
            let known = names.entry(name.clone()).or_default();
            for (label, value) in labels.iter().filter(|(label, _)| *label != NAME) {
                known.insert(label);
                let of_label = values.entry(label.clone()).or_default();
                if of_label.len() < VALUES {
                    of_label.insert(value);
                }
            }
        }
        let listed = |found: BTreeMap<String, BTreeSet<&String>>, most: usize| {
            found.into_iter().map(|(name, of)| (name, of.into_iter().take(most).cloned().collect())).collect()
        };
        Self { chosen, names: listed(names, LABELS), values: listed(values, VALUES) }
    }
}

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What is put in, as it is shown.
    pub label: String,
    /// The whole expression with it, and the place to go on at, in bytes.
    pub text: String,
    pub cursor: usize,
}

/// Where the cursor stands.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    /// At a name or a function.
    Name {
        typed: &'a str,
    },
    /// At a label between braces; of no metric where they follow nothing.
    Label {
        typed: &'a str,
        metric: &'a str,
    },
    /// At a label of `by (` or `without (`.
    Grouping {
        typed: &'a str,
    },
    /// In the quotes of a label's value.
    Value {
        typed: &'a str,
        label: &'a str,
        quote: char,
    },
    Nowhere,
}

/// The ways to go on at `cursor`, a place in bytes; none where nothing fits.
pub fn complete(text: &str, cursor: usize, catalog: &Catalog) -> Vec<Completion> {
    let (Some(before), Some(after)) = (text.get(..cursor), text.get(cursor..)) else { return Vec::new() };
    let with = |typed: &str, word: &str, follows: &str, passed: &str| {
        let kept = &before[..before.len() - typed.len()];
        let text = format!("{kept}{word}{follows}");
        let cursor = text.len();
        Completion {
            label: word.to_owned(),
            text: format!("{text}{}", after.strip_prefix(passed).unwrap_or(after)),
            cursor,
        }
    };
    let mut found: Vec<Completion> = match place(before) {
        Place::Nowhere | Place::Name { typed: "" } => Vec::new(),
        Place::Name { typed } => {
            let chosen = if after.starts_with('{') { "" } else { &catalog.chosen };
            let names = fitting(catalog.names.keys(), typed).map(|name| with(typed, name, chosen, ""));
            let functions = FUNCTIONS.iter().filter(|name| name.starts_with(typed) && **name != typed);
            let functions = functions.map(|name| with(typed, name, "(", "("));
            names.chain(functions).collect()
        }
        Place::Label { typed, metric } => {
            let all: BTreeSet<&String> = match catalog.names.get(metric) {
                Some(labels) => labels.iter().collect(),
                None => catalog.values.keys().collect(),
            };
            fitting(all.into_iter(), typed).map(|label| with(typed, label, "=\"", "=\"")).collect()
        }
        Place::Grouping { typed } => {
            fitting(catalog.values.keys(), typed).map(|label| with(typed, label, "", "")).collect()
        }
        Place::Value { typed, label, quote } => {
            let values = catalog.values.get(label).into_iter().flatten();
            let quote = quote.to_string();
            fitting(values, typed).map(|value| with(typed, value, &quote, &quote)).collect()
        }
    };
    found.truncate(OFFERED);
    found
}

/// Those that begin with what is typed, then those that hold it.
fn fitting<'a>(all: impl Iterator<Item = &'a String>, typed: &str) -> impl Iterator<Item = &'a String> {
    let all: Vec<_> = all.filter(|word| word.contains(typed) && *word != typed).collect();
    let (begin, hold): (Vec<_>, Vec<_>) = all.into_iter().partition(|word| word.starts_with(typed));
    begin.into_iter().chain(hold)
}

const fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

fn last_word(text: &str) -> &str {
    let start = text
        .rfind(|c| !is_of_word(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    &text[start..]
}

fn place(before: &str) -> Place<'_> {
    let mut brace = None;
    let mut quote: Option<(char, usize)> = None;
    let mut escaped = false;
    for (at, c) in before.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some((open, _)), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some((c, at)),
            (None, '{') => brace = Some(at),
            (None, '}') => brace = None,
            _ => {}
        }
    }
    let typed = last_word(before);
    match (brace, quote) {
        (Some(brace), Some((quote, at))) => {
            let matcher = before[brace + 1..at].rsplit(',').next().unwrap_or_default();
            let label = matcher.trim().trim_end_matches(['=', '!', '~']).trim();
            Place::Value { typed: &before[at + 1..], label, quote }
        }
        (None, Some(_)) => Place::Nowhere,
        (Some(brace), None) => {
            let part = before[brace + 1..].rsplit(',').next().unwrap_or_default();
            if part.trim() == typed {
                Place::Label { typed, metric: last_word(&before[..brace]) }
            } else {
                Place::Nowhere
            }
        }
        (None, None) => {
            let open = before.rfind('(').filter(|open| !before[*open..].contains(')'));
            let grouping = open.is_some_and(|open| {
                matches!(last_word(before[..open].trim_end()), "by" | "without" | "on" | "ignoring")
            });
            if grouping {
                Place::Grouping { typed }
            } else if typed.starts_with(|c: char| c.is_ascii_digit()) {
                Place::Nowhere
            } else {
                Place::Name { typed }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn catalog() -> Catalog {
        let series = |name: &str, pairs: &[(&str, &str)]| {
            let named = std::iter::once((NAME, name)).chain(pairs.iter().copied());
            named.map(|(label, value)| (label.to_owned(), value.to_owned())).collect::<Labels>()
        };
        let all = [
            series("demo_requests", &[("route", "/"), ("status", "200")]),
            series("demo_requests", &[("route", "/work"), ("status", "500")]),
            series("queue_depth", &[("queue", "mail")]),
        ];
        Catalog::of(&all, "{app=\"shop\"}".to_owned())
    }

    /// The words and the texts at the `|`.
    fn at(text: &str) -> Vec<(String, String)> {
        let cursor = text.find('|').expect("a cursor");
        let found = complete(&text.replacen('|', "", 1), cursor, &catalog());
        found
            .into_iter()
            .map(|one| {
                let mut text = one.text;
                text.insert(one.cursor, '|');
                (one.label, text)
            })
            .collect()
    }

    fn one(text: &str) -> String {
        let found = at(text);
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().expect("one").1
    }

    #[test]
    fn names_become_this_apps_and_functions_open_their_bracket() {
        assert_eq!(one("dem|"), "demo_requests{app=\"shop\"}|");
        assert_eq!(one("sum(rate(depth|[1m]))"), "sum(rate(queue_depth{app=\"shop\"}|[1m]))");
        assert_eq!(one("queu|{queue=\"mail\"}"), "queue_depth|{queue=\"mail\"}");
        assert_eq!(one("histo|"), "histogram_quantile(|");
        assert_eq!(one("irat|(x[1m])"), "irate(|x[1m])");
        assert!(at("|").is_empty() && at("rate(x[5|])").is_empty() && at("5|").is_empty());
    }

    #[test]
    fn labels_are_those_of_the_metric_and_values_those_of_the_label() {
        assert_eq!(at("demo_requests{|}").len(), 2);
        assert_eq!(one("demo_requests{st|}"), "demo_requests{status=\"|}");
        assert_eq!(one("demo_requests{route=\"/\", st|}"), "demo_requests{route=\"/\", status=\"|}");
        assert_eq!(one("demo_requests{status!=\"5|\"}"), "demo_requests{status!=\"500\"|}");
        assert_eq!(one("demo_requests{route =~ '/w|"), "demo_requests{route =~ '/work'|");
        assert_eq!(one("sum by (que|) (queue_depth)"), "sum by (queue|) (queue_depth)");
        assert_eq!(at("unknown{|").len(), 3, "every label there is");
        assert!(at("label_replace(x, \"ro|").is_empty());
        assert!(at("demo_requests{status=|").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in ".{0,60}", at in 0_usize..70) {
            for one in complete(&text, at, &catalog()) {
                prop_assert!(one.text.is_char_boundary(one.cursor));
            }
        }
    }
}
