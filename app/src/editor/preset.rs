//! Ready-made release strategies.

use model::definition::{Strategy, parse};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// One, a look, half, a longer look, all. Where the environment is protected, a person agrees before all.
    Careful,
    /// Half of them at once.
    Fast,
    /// All new beside all old, a look, then the switch.
    BlueGreen,
    /// Stop all, start all: for what cannot run twice.
    Once,
}

/// What a strategy of any kind may hold and a preset replaces.
const KNOWN: [&str; 6] = ["steps", "max_surge", "max_unavailable", "verify", "approve", "keep_old"];

impl Preset {
    pub const ALL: [Self; 4] = [Self::Careful, Self::Fast, Self::BlueGreen, Self::Once];

    /// Its word in forms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Careful => "careful",
            Self::Fast => "fast",
            Self::BlueGreen => "blue_green",
            Self::Once => "once",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.word() == word)
    }

    fn fields(self, protected: bool) -> Value {
        match self {
            Self::Careful => {
                let mut steps = vec![
                    json!({ "set": 1 }),
                    json!({ "verify": "1m" }),
                    json!({ "set": "50%" }),
                    json!({ "verify": "5m" }),
                ];
                steps.extend(protected.then(|| json!({ "approve": { "approvers": 1 } })));
                steps.push(json!({ "set": "100%" }));
                json!({ "kind": "staged", "steps": steps, "progress_deadline": "10m", "on_failure": "rollback" })
            }
            Self::Fast => json!({
                "kind": "rolling", "max_surge": "50%", "max_unavailable": "25%", "progress_deadline": "10m",
                "on_failure": "rollback"
            }),
            Self::BlueGreen => json!({
                "kind": "blue_green", "verify": "1m", "keep_old": "10m", "progress_deadline": "10m",
                "on_failure": "rollback"
            }),
            Self::Once => json!({ "kind": "recreate", "progress_deadline": "10m", "on_failure": "rollback" }),
        }
    }

    /// The strategy with the preset's fields; what the form does not know stays.
    pub fn apply(self, strategy: Option<&Value>, protected: bool) -> Value {
        let mut merged = strategy.and_then(Value::as_object).cloned().unwrap_or_default();
        for own in KNOWN {
            merged.remove(own);
        }
        if let Value::Object(fields) = self.fields(protected) {
            merged.extend(fields);
        }
        Value::Object(merged)
    }

    /// The preset that a strategy means, for whichever environment it was chosen.
    pub fn of(strategy: Option<&Value>) -> Option<Self> {
        let strategy = meaning(strategy?)?;
        let is = |preset: Self, protected| meaning(&preset.fields(protected)).as_ref() == Some(&strategy);
        Self::ALL.into_iter().find(|preset| is(*preset, false) || is(*preset, true))
    }
}

/// With all defaults: the server fills them in, and it is the same strategy still.
fn meaning(strategy: &Value) -> Option<Strategy> {
    parse(&json!({ "command": ["-"], "strategy": strategy })).ok().map(|definition| definition.strategy)
}

#[cfg(test)]
mod tests {
    use model::definition::{StrategyKind, StrategyStep};

    use super::*;

    #[test]
    fn a_preset_is_recognised_and_keeps_what_it_does_not_know() {
        for preset in Preset::ALL {
            for protected in [false, true] {
                let fields = preset.apply(None, protected);
                assert_eq!(Preset::of(Some(&fields)), Some(preset));
                let filled = serde_json::to_value(meaning(&fields).expect("valid")).expect("JSON");
                assert_eq!(Preset::of(Some(&filled)), Some(preset), "{filled}");
            }
            let own = json!({ "kind": "other", "max_surge": 9, "steps": [1], "unknown": [1] });
            assert_eq!(preset.apply(Some(&own), false)["unknown"], json!([1]));
        }
        assert_eq!(Preset::of(Some(&json!({ "kind": "rolling" }))), None);
        let once = Preset::Once.apply(Some(&Preset::Careful.apply(None, false)), false);
        assert_eq!(Preset::of(Some(&once)), Some(Preset::Once));
    }

    #[test]
    fn every_preset_is_valid_and_people_guard_protected_places() {
        for (preset, protected) in Preset::ALL.into_iter().flat_map(|each| [(each, false), (each, true)]) {
            let definition = json!({ "command": ["a"], "strategy": preset.apply(None, protected) });
            let parsed = parse(&definition).expect("valid");
            if let StrategyKind::Staged { steps, .. } = parsed.strategy.kind {
                assert_eq!(steps.iter().any(|step| matches!(step, StrategyStep::Approve(_))), protected);
            }
        }
    }
}
