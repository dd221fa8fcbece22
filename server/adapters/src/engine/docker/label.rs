//! The labels by which ours are known, and nothing else is ever touched.

use std::collections::HashMap;

use model::id::{EnvironmentName, InstanceId, ReplicaSetId};

pub const ENVIRONMENT: &str = "quarterdeck.environment";
/// Which console's environment: two consoles on one host may both call theirs `docker`.
pub const OWNER: &str = "quarterdeck.owner";
const APP: &str = "quarterdeck.app";
const REVISION: &str = "quarterdeck.revision";
const GENERATION: &str = "quarterdeck.generation";
const INSTANCE: &str = "quarterdeck.instance";
const PREFIX: &str = "quarterdeck.";

pub type Labels = HashMap<String, String>;

/// Whose things are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub environment: EnvironmentName,
    /// Tells environments of one name on several consoles apart.
    pub mark: String,
}

impl Owner {
    /// As a daemon's filter.
    pub fn filter(&self) -> Vec<String> {
        vec![format!("{ENVIRONMENT}={}", self.environment), format!("{OWNER}={}", self.mark)]
    }

    /// On what belongs to no replica set, such as a network.
    pub fn own(&self) -> Labels {
        Labels::from([
            (ENVIRONMENT.to_owned(), self.environment.to_string()),
            (OWNER.to_owned(), self.mark.clone()),
        ])
    }

    /// The replica set that something belongs to; `None`: it is not ours.
    pub fn set_of(&self, labels: &Labels) -> Option<ReplicaSetId> {
        let is = |name: &str, value: &str| labels.get(name).is_some_and(|found| found == value);
        if !is(ENVIRONMENT, self.environment.as_str()) || !is(OWNER, &self.mark) {
            return None;
        }
        Some(ReplicaSetId {
            environment: self.environment.clone(),
            app: labels.get(APP)?.parse().ok()?,
            revision: labels.get(REVISION)?.parse().ok()?,
            generation: labels.get(GENERATION)?.parse().ok()?,
        })
    }

    /// The definition's own labels, then ours, which nothing can shadow.
    pub fn labels<'a>(
        &self,
        set: &ReplicaSetId,
        own: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Labels {
        let mut labels: Labels = own
            .into_iter()
            .filter(|(name, _)| !name.starts_with(PREFIX))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, value) in [
            (ENVIRONMENT, self.environment.to_string()),
            (OWNER, self.mark.clone()),
            (APP, set.app.to_string()),
            (REVISION, set.revision.to_string()),
            (GENERATION, set.generation.to_string()),
        ] {
            labels.insert(name.to_owned(), value);
        }
        labels
    }
}

pub fn instance_of(labels: &Labels) -> Option<InstanceId> {
    labels.get(INSTANCE).map(|id| InstanceId(id.clone()))
}

pub fn name_instance(labels: &mut Labels, id: &InstanceId) {
    labels.insert(INSTANCE.to_owned(), id.0.clone());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_set_is_found_again_by_its_labels_and_by_its_owner_alone() {
        let owner = Owner { environment: "test".parse().expect("a name"), mark: "1".to_owned() };
        let set = ReplicaSetId {
            environment: owner.environment.clone(),
            app: "shop".parse().expect("a name"),
            revision: 3,
            generation: 1,
        };
        let own = BTreeMap::from([
            ("team".to_owned(), "orders".to_owned()),
            ("quarterdeck.owner".to_owned(), "me".to_owned()),
        ]);
        let labels = owner.labels(&set, &own);
        assert_eq!(labels.get("team").map(String::as_str), Some("orders"));
        assert_eq!(owner.set_of(&labels), Some(set));
        let other = Owner { mark: "2".to_owned(), ..owner.clone() };
        assert_eq!(other.set_of(&labels), None);
        assert_eq!(owner.set_of(&Labels::new()), None);
    }
}
