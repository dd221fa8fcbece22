//! The rules: those of every console, which can be changed and reset, and those of people.

use std::collections::HashMap;

use model::alert::{Changed, KnownRule, Rule, RuleTest, State, builtin, merged, parse};
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use serde_json::{Value, json};

use crate::alerts::{announce, forget, resolve, series};
use crate::service::Core;
use crate::store::alert_rules::{self as rows, RuleRow};
use crate::store::audit::{self, NewEntry};
use crate::store::{AnyConnection, Transaction, alerts, environments};
use crate::watch::expression::readable;

/// Rules of people.
const MOST: usize = 200;
/// Series of a tried rule that are shown.
const TESTED: usize = 50;

/// Those of every console first, then the others by name.
pub async fn all(core: &Core) -> Result<Vec<KnownRule>, Problem> {
    known(core, &mut *core.store.read().await?).await
}

pub async fn one(core: &Core, name: &str) -> Result<KnownRule, Problem> {
    let all = all(core).await?;
    all.into_iter().find(|known| known.rule.name == name).ok_or_else(|| Problem::not_found("rule", name))
}

async fn known(core: &Core, connection: &mut AnyConnection) -> Result<Vec<KnownRule>, Problem> {
    let kept = rows::list(connection).await?;
    let changed: HashMap<String, Changed> =
        kept.iter().map(|row| (row.rule.name.clone(), row.changed.clone())).collect();
    let counts = alerts::counts(connection).await?;
    let count = |rule: &str, state: State| {
        counts.iter().filter(|it| it.rule == rule && it.state == state).map(|it| it.alerts).sum()
    };
    let rules = merged(kept.into_iter().map(|row| row.rule).collect());
    let known = |(rule, builtin): (Rule, bool)| KnownRule {
        changed: changed.get(&rule.name).cloned(),
        firing: count(&rule.name, State::Firing),
        pending: count(&rule.name, State::Pending),
        asked: core.alerts.of(&rule.name),
        rule,
        builtin,
    };
    Ok(rules.into_iter().map(known).collect())
}

/// A rule without a mistake, its environment and its query's syntax included.
async fn checked(core: &Core, value: &Value) -> Result<Rule, Problem> {
    let rule = parse(value).map_err(Problem::invalid)?;
    let source = match &rule.environment {
        None => core.sources.own(),
        Some(name) if environments::get(&mut *core.store.read().await?, name).await?.is_none() => {
            let fault = Fault::NoSuch { what: "environment".to_owned(), name: name.to_string() };
            return Err(Problem::invalid(vec![FieldError::new("/environment", fault)]));
        }
        Some(name) => core.sources.of(name),
    };
    match readable(&rule.query, &*source, core.clock.now()).await {
        Ok(()) => Ok(rule),
        Err(fault) => Err(Problem::invalid(vec![FieldError::new("/query", fault)])),
    }
}

fn of_every_console(name: &str) -> Option<Rule> {
    builtin().into_iter().find(|rule| rule.name == name)
}

pub async fn create(core: &Core, caller: &Caller, value: &Value) -> Result<KnownRule, Problem> {
    caller.require(Permission::Administer)?;
    let rule = checked(core, value).await?;
    let mut tx = core.store.begin().await?;
    let kept = rows::list(&mut tx).await?;
    if of_every_console(&rule.name).is_some() || kept.iter().any(|row| row.rule.name == rule.name) {
        let detail = format!("There is a rule {} already.", rule.name);
        return Err(Problem::new(ProblemCode::AlreadyExists, detail)
            .with("what", "rule")
            .with("name", &rule.name));
    }
    if kept.len() >= MOST {
        let detail = format!("There are {MOST} rules already; remove some of them first.");
        return Err(Problem::new(ProblemCode::WrongState, detail));
    }
    rows::set(&mut tx, &rule, &caller.actor, core.clock.now()).await?;
    done(core, caller, tx, "alert.rule_create", &rule.name, json!(rule)).await?;
    one(core, &rule.name).await
}

pub async fn set(core: &Core, caller: &Caller, name: &str, value: &Value) -> Result<KnownRule, Problem> {
    caller.require(Permission::Administer)?;
    let rule = checked(core, value).await?;
    if rule.name != name {
        let fault = Fault::Other { reason: "cannot be changed".to_owned() };
        return Err(Problem::invalid(vec![FieldError::new("/name", fault)]));
    }
    let mut tx = core.store.begin().await?;
    let before = present(&mut tx, name).await?;
    if rule.is_another_than(&before) {
        resolve(&mut tx, &before, core.clock.now()).await?;
    }
    if of_every_console(name).as_ref() == Some(&rule) {
        rows::remove(&mut tx, name).await?;
    } else {
        rows::set(&mut tx, &rule, &caller.actor, core.clock.now()).await?;
    }
    done(core, caller, tx, "alert.rule_update", name, json!(rule)).await?;
    one(core, name).await
}

/// The rule as it holds.
async fn present(tx: &mut Transaction, name: &str) -> Result<Rule, Problem> {
    let kept: Option<RuleRow> = rows::get(tx, name).await?;
    let found = kept.map(|row| row.rule).or_else(|| of_every_console(name));
    found.ok_or_else(|| Problem::not_found("rule", name))
}

/// Removes a rule of people, and resets one that every console has.
pub async fn remove(core: &Core, caller: &Caller, name: &str) -> Result<(), Problem> {
    caller.require(Permission::Administer)?;
    let now = core.clock.now();
    let mut tx = core.store.begin().await?;
    let before = present(&mut tx, name).await?;
    let first = of_every_console(name);
    if !rows::remove(&mut tx, name).await? {
        let detail = format!("Every console has the rule {name}; it can be switched off, not removed.");
        return Err(Problem::new(ProblemCode::WrongState, detail)
            .with("state", "unchanged")
            .with("action", "delete"));
    }
    let action = if let Some(first) = first {
        if first.is_another_than(&before) {
            resolve(&mut tx, &before, now).await?;
        }
        "alert.rule_reset"
    } else {
        forget(&mut tx, name, now).await?;
        "alert.rule_delete"
    };
    done(core, caller, tx, action, name, json!({})).await
}

async fn done(
    core: &Core,
    caller: &Caller,
    mut tx: Transaction,
    action: &str,
    target: &str,
    detail: Value,
) -> Result<(), Problem> {
    let time = core.clock.now();
    let entry = NewEntry { time, actor: &caller.actor, action, target, reason: "", detail };
    audit::insert(&mut tx, entry).await?;
    tx.commit().await?;
    // What was said of the rule before is not about this one.
    core.alerts.forget(target);
    core.alerts.change();
    announce(core).await;
    Ok(())
}

/// What a rule would say now; changes nothing.
pub async fn test(core: &Core, caller: &Caller, value: &Value) -> Result<RuleTest, Problem> {
    caller.require(Permission::Administer)?;
    let rule = checked(core, value).await?;
    let (asked, found) = series(core, &rule).await;
    Ok(RuleTest::of(&rule, asked, found.unwrap_or_default(), TESTED))
}
