//! From an engine's observation to what is remembered of it, and to what the open pages hear.

use std::collections::HashMap;
use std::sync::Arc;

use adapters::engine::Observation;
use model::id::{AppName, EnvironmentName};
use model::instance::Instance;
use model::live::Change;

/// Instances by app, in the order of their ids.
pub type Seen = HashMap<AppName, Arc<Vec<Instance>>>;

/// Groups an observation by app; apps that look as before keep their allocation.
pub fn group(observation: &Observation, before: &Seen) -> Seen {
    let mut groups: HashMap<AppName, Vec<Instance>> = HashMap::new();
    for set in &observation.sets {
        let group = groups.entry(set.id.app.clone()).or_default();
        group.extend(set.instances.iter().cloned());
    }
    groups
        .into_iter()
        .map(|(app, mut instances)| {
            instances.sort_by(|a, b| a.id.cmp(&b.id));
            let kept = before.get(&app).filter(|known| ***known == instances);
            (app, kept.cloned().unwrap_or_else(|| Arc::new(instances)))
        })
        .collect()
}

/// Apps whose instances differ.
pub fn changed(before: &Seen, now: &Seen) -> Vec<AppName> {
    let differs = |app: &&AppName| match (before.get(*app), now.get(*app)) {
        (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
        _ => true,
    };
    let mut apps: Vec<AppName> = now.keys().filter(differs).cloned().collect();
    apps.extend(before.keys().filter(|app| !now.contains_key(*app)).cloned());
    apps
}

/// What the open pages hear of one app's instances. Usage has its own event.
pub fn tell(
    environment: &EnvironmentName,
    app: &AppName,
    before: &[Instance],
    now: &[Instance],
    changes: &mut Vec<Change>,
) {
    let known: HashMap<_, _> = before.iter().map(|i| (&i.id, i)).collect();
    for instance in now {
        let same = known.get(&instance.id).is_some_and(|before| same_but_usage(before, instance));
        if !same {
            changes.push(Change::Instance(Box::new(instance.clone())));
        }
    }
    let present: std::collections::HashSet<_> = now.iter().map(|i| &i.id).collect();
    for instance in before.iter().filter(|i| !present.contains(&i.id)) {
        changes.push(Change::InstanceGone {
            environment: environment.clone(),
            app: app.clone(),
            id: instance.id.clone(),
        });
    }
}

fn same_but_usage(a: &Instance, b: &Instance) -> bool {
    if a.usage == b.usage {
        return a == b;
    }
    Instance { usage: None, ..a.clone() } == Instance { usage: None, ..b.clone() }
}
