//! Choices that decide which other fields there are: how a release goes, what a step does, what a check asks.

use serde_json::{Map, Value};

/// A choice between several sets of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// How a release goes.
    Strategy,
    /// Whether people have a say before blue/green switches.
    Gate,
    /// What one step of a staged release does.
    Step,
    /// What a check asks.
    Check,
    /// Whether a log line must not appear, or must.
    Count,
    /// Whether a metric is held against a number or against the old revision.
    Condition,
    /// How a metric is held against the old revision.
    Method,
}

/// One of the alternatives: its word, the fields that are its own, and those it starts with, as JSON.
struct Way {
    word: &'static str,
    own: &'static [&'static str],
    start: &'static str,
}

const fn way(word: &'static str, own: &'static [&'static str], start: &'static str) -> Way {
    Way { word, own, start }
}

/// Average use of CPU by the instances of the new revision.
const CPU_QUERY: &str = r#"{"query":"avg(quarterdeck_instance_cpu_cores{environment=\"{{environment}}\",app=\"{{app}}\",revision=\"{{revision}}\"})","threshold":{"max":0.8}}"#;

const STRATEGY: [Way; 4] = [
    way("rolling", &["max_surge", "max_unavailable"], "{}"),
    way(
        "staged",
        &["steps", "max_surge", "max_unavailable"],
        r#"{"steps":[{"set":1},{"verify":"1m"},{"set":"100%"}]}"#,
    ),
    way("blue_green", &["verify", "approve", "keep_old"], "{}"),
    way("recreate", &[], "{}"),
];

const GATE: [Way; 1] = [way("approve", &["approve"], r#"{"approve":{}}"#)];

const STEP: [Way; 4] = [
    way("set", &["set"], r#"{"set":"100%"}"#),
    way("verify", &["verify"], r#"{"verify":"1m"}"#),
    way("approve", &["approve"], r#"{"approve":{}}"#),
    way("wait", &["wait"], r#"{"wait":"5m"}"#),
];

const CHECK: [Way; 4] = [
    way(
        "http",
        &["port", "path", "headers", "timeout", "expect"],
        r#"{"path":"/healthz","expect":{"status":[200]},"interval":"10s","failure_limit":2}"#,
    ),
    way("log", &["pattern", "max", "min", "window"], r#"{"pattern":"ERROR|panic","max":0,"window":"1m"}"#),
    way("metric", &["query", "threshold", "baseline"], CPU_QUERY),
    way("restarts", &["max", "window"], r#"{"max":0,"window":"5m"}"#),
];

const COUNT: [Way; 2] = [way("max", &["max"], r#"{"max":0}"#), way("min", &["min"], r#"{"min":1}"#)];

const CONDITION: [Way; 2] = [
    way("threshold", &["threshold"], r#"{"threshold":{"max":1}}"#),
    way("baseline", &["baseline"], r#"{"baseline":{"method":"ratio","max":1.5}}"#),
];

const METHOD: [Way; 2] = [
    way("ratio", &["min", "max"], r#"{"max":1.5}"#),
    way(
        "mann_whitney",
        &["confidence", "worse", "window"],
        r#"{"confidence":0.98,"worse":"higher","window":"5m"}"#,
    ),
];

impl Shape {
    pub const ALL: [Self; 7] =
        [Self::Strategy, Self::Gate, Self::Step, Self::Check, Self::Count, Self::Condition, Self::Method];

    /// Its word in the names of form fields.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Strategy => "strategy",
            Self::Gate => "gate",
            Self::Step => "step",
            Self::Check => "check",
            Self::Count => "count",
            Self::Condition => "condition",
            Self::Method => "method",
        }
    }

    /// The field that says which way it is; without one, the way is the field that there is.
    pub const fn tag(self) -> Option<&'static str> {
        match self {
            Self::Strategy | Self::Check => Some("kind"),
            Self::Method => Some("method"),
            Self::Gate | Self::Step | Self::Count | Self::Condition => None,
        }
    }

    const fn ways(self) -> &'static [Way] {
        match self {
            Self::Strategy => &STRATEGY,
            Self::Gate => &GATE,
            Self::Step => &STEP,
            Self::Check => &CHECK,
            Self::Count => &COUNT,
            Self::Condition => &CONDITION,
            Self::Method => &METHOD,
        }
    }

    /// The words of its alternatives.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.ways().iter().map(|way| way.word)
    }

    /// The way that a part of a definition goes; empty for none.
    pub fn of(self, part: Option<&Value>) -> String {
        let Some(part) = part.and_then(Value::as_object) else { return String::new() };
        match self.tag() {
            Some(tag) => part.get(tag).and_then(Value::as_str).unwrap_or_default().to_owned(),
            None => self.words().find(|word| part.contains_key(*word)).unwrap_or_default().to_owned(),
        }
    }

    /// The part going the way `to`: fields of the other ways are gone, those it needs have a start, and what the form
    /// does not know stays.
    pub fn switch(self, part: Option<&Value>, to: &str) -> Value {
        let before = part.and_then(Value::as_object);
        let mut fields = before.cloned().unwrap_or_default();
        if let Some(tag) = self.tag() {
            if to.is_empty() {
                fields.remove(tag);
            } else {
                fields.insert(tag.to_owned(), Value::String(to.to_owned()));
            }
        }
        let chosen = self.ways().iter().find(|way| way.word == to);
        let keeps = |name: &str| chosen.is_some_and(|way| way.own.contains(&name));
        for name in self.ways().iter().flat_map(|way| way.own) {
            if !keeps(name) {
                fields.remove(*name);
            }
        }
        // A time to watch is as good as a time to wait.
        let time = |name: &str| before.and_then(|before| before.get(name)).filter(|time| time.is_string());
        let carried = match (self, to) {
            (Self::Step, "verify") => time("wait"),
            (Self::Step, "wait") => time("verify"),
            _ => None,
        };
        if let Some(time) = carried {
            fields.insert(to.to_owned(), time.clone());
        }
        for (name, value) in chosen.map(Way::start).unwrap_or_default() {
            fields.entry(name).or_insert(value);
        }
        Value::Object(fields)
    }
}

impl Way {
    fn start(&self) -> Map<String, Value> {
        serde_json::from_str(self.start).unwrap_or_default()
    }
}

/// A check of this kind for the end of the list, with a name that is free.
pub fn new_check(checks: Option<&Value>, kind: &str) -> Value {
    let taken: Vec<&str> = checks
        .and_then(Value::as_array)
        .map(|checks| checks.iter().filter_map(|check| check.get("name")?.as_str()).collect())
        .unwrap_or_default();
    let stem = match kind {
        "http" => "answers",
        "log" => "errors",
        "metric" => "cpu",
        other => other,
    };
    let name = std::iter::once(stem.to_owned())
        .chain((2..=taken.len() + 2).map(|number| format!("{stem}-{number}")))
        .find(|name| !taken.contains(&name.as_str()));
    let mut check = Shape::Check.switch(None, kind);
    check["name"] = name.into();
    check
}

#[cfg(test)]
mod tests {
    use model::definition::parse;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_starts_valid_and_is_recognised() {
        for shape in Shape::ALL {
            for word in shape.words() {
                let part = shape.switch(None, word);
                assert_eq!(shape.of(Some(&part)), word, "{shape:?}");
            }
        }
        for word in Shape::Strategy.words() {
            let definition = json!({ "command": ["a"], "strategy": Shape::Strategy.switch(None, word) });
            assert!(parse(&definition).is_ok(), "{word}: {:?}", parse(&definition));
        }
        for word in Shape::Step.words() {
            let strategy =
                json!({ "kind": "staged", "steps": [{ "set": 1 }, Shape::Step.switch(None, word)] });
            let definition = json!({ "command": ["a"], "strategy": strategy });
            assert!(parse(&definition).is_ok(), "{word}: {:?}", parse(&definition));
        }
    }

    #[test]
    fn every_new_check_is_valid_in_each_of_its_ways() {
        let mut checks = json!([]);
        for kind in Shape::Check.words().chain(Shape::Check.words()) {
            let new = new_check(Some(&checks), kind);
            checks.as_array_mut().expect("a list").push(new);
        }
        let mut ways = vec![checks.clone()];
        for word in Shape::Count.words() {
            ways.push(json!([Shape::Count.switch(Some(&checks[1]), word)]));
        }
        for word in Shape::Condition.words() {
            ways.push(json!([Shape::Condition.switch(Some(&checks[2]), word)]));
        }
        for word in Shape::Method.words() {
            let mut check = Shape::Condition.switch(Some(&checks[2]), "baseline");
            check["baseline"] = Shape::Method.switch(check.get("baseline"), word);
            ways.push(json!([check]));
        }
        for checks in ways {
            let strategy = Shape::Strategy.switch(None, "staged");
            let definition = json!({
                "command": ["a"], "ports": [{ "name": "http" }], "strategy": strategy, "checks": checks
            });
            assert!(parse(&definition).is_ok(), "{checks}: {:?}", parse(&definition));
        }
        assert_eq!(checks[0]["name"], "answers");
        assert_eq!(checks[4]["name"], "answers-2");
    }

    #[test]
    fn switching_drops_what_belongs_elsewhere_and_keeps_what_is_unknown() {
        let part = json!({ "kind": "staged", "steps": [{ "set": 1 }], "max_surge": 2, "x": 1, "on_failure": "pause" });
        let rolling = Shape::Strategy.switch(Some(&part), "rolling");
        assert_eq!(rolling, json!({ "kind": "rolling", "max_surge": 2, "x": 1, "on_failure": "pause" }));
        assert_eq!(Shape::Strategy.switch(Some(&part), "staged"), part);
        let wait = Shape::Step.switch(Some(&json!({ "verify": "90s", "note": true })), "wait");
        assert_eq!(wait, json!({ "wait": "90s", "note": true }));
        assert_eq!(Shape::Gate.switch(Some(&json!({ "approve": { "approvers": 2 } })), ""), json!({}));
    }
}
