//! Ready-made release strategies.

use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// One more at a time, none missing, back at the first sign of trouble.
    Careful,
    /// Half of them at once.
    Fast,
    /// Stop all, start all: for what cannot run twice.
    Once,
}

impl Preset {
    pub const ALL: [Self; 3] = [Self::Careful, Self::Fast, Self::Once];

    fn fields(self) -> Value {
        match self {
            Self::Careful => json!({
                "kind": "rolling", "max_surge": 1, "max_unavailable": 0, "progress_deadline": "5m", "on_failure": "rollback"
            }),
            Self::Fast => json!({
                "kind": "rolling", "max_surge": "50%", "max_unavailable": "25%", "progress_deadline": "10m",
                "on_failure": "rollback"
            }),
            Self::Once => json!({ "kind": "recreate", "progress_deadline": "10m", "on_failure": "rollback" }),
        }
    }

    /// The strategy with the preset's fields; others that it has stay.
    pub fn apply(self, strategy: Option<&Value>) -> Value {
        let mut merged = strategy.and_then(Value::as_object).cloned().unwrap_or_default();
        for own in ["max_surge", "max_unavailable"] {
            merged.remove(own);
        }
        if let Value::Object(fields) = self.fields() {
            merged.extend(fields);
        }
        Value::Object(merged)
    }

    /// The preset that a strategy is.
    pub fn of(strategy: Option<&Value>) -> Option<Self> {
        let strategy: &Map<String, Value> = strategy?.as_object()?;
        Self::ALL.into_iter().find(|preset| preset.fields().as_object() == Some(strategy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_recognised_and_keeps_what_it_does_not_know() {
        for preset in Preset::ALL {
            assert_eq!(Preset::of(Some(&preset.apply(None))), Some(preset));
            let own = json!({ "kind": "staged", "max_surge": 9, "steps": [1] });
            assert_eq!(preset.apply(Some(&own))["steps"], json!([1]));
        }
        assert_eq!(Preset::of(Some(&json!({ "kind": "rolling" }))), None);
        let once = Preset::Once.apply(Some(&Preset::Fast.apply(None)));
        assert_eq!(once.get("max_surge"), None);
    }
}
