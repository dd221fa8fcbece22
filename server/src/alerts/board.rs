//! How the rules did when they were asked last. In memory: the next round says it anew.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use model::alert::Asked;
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub struct Board {
    asked: Mutex<HashMap<String, Asked>>,
    wake: Notify,
}

impl Board {
    pub fn of(&self, rule: &str) -> Option<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(rule).cloned()
    }

    pub fn note(&self, rule: &str, asked: Asked) {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.insert(rule.to_owned(), asked.clone());
        let was = before.and_then(|before| before.error);
        match &asked.error {
            Some(error) if was.as_ref() != Some(error) => tracing::warn!(rule, error, "a rule has no answer"),
            None if was.is_some() => tracing::info!(rule, "a rule is answered again"),
            Some(_) | None => {}
        }
    }

    pub fn forget(&self, rule: &str) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(rule);
    }

    /// Forgets all others.
    pub fn keep<'r>(&self, rules: impl Iterator<Item = &'r str>) {
        let rules: HashSet<&str> = rules.collect();
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|rule, _| rules.contains(rule.as_str()));
    }

    /// A rule was changed: all are asked now.
    pub fn change(&self) {
        self.wake.notify_one();
    }

    pub async fn changed(&self) {
        self.wake.notified().await;
    }
}
