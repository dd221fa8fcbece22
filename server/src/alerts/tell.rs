//! What channels are to be told of alerts. What is decided and the message that says it are one transaction, so that
//! nothing is told twice or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::alert::{
    Alert, Audience, Group, KnownSilence, Labels, Message, Rule, Sent, Severity, Silence, State, group,
    message,
};
use model::channel::{AlertNotice, FiringAlert, Notice};
use model::duration::Span;
use model::id::ChannelId;
use model::time::Timestamp;

use crate::service::Core;
use crate::store::alert_told::{self, Told};
use crate::store::channels::{self, ChannelRow};
use crate::store::{AnyConnection, StoreError, alert_silences, alerts, deliveries};

/// What fires and nobody takes care of is told again after this.
const REPEAT: Span = Span::from_secs(4 * 3_600);
/// Alerts of all rules that are looked at.
const LOOKED_AT: u32 = 10_000;
/// Alerts that one message names.
const NAMED: usize = 200;

/// What is to be written of one channel and one group.
enum Word {
    Say(Box<Notice>, Told),
    /// Nothing of what it was told of lasts, or it wants to hear of it no more.
    Forget(ChannelId, Labels),
}

/// Puts what is to be told among the deliveries of the channels. `wait`: so long the first message of a group waits, so
/// that its members are told of together.
pub async fn tell(core: &Core, wait: Duration) -> Result<(), StoreError> {
    let now = core.clock.now();
    // Mostly there is nothing to say, which needs no turn among the writers.
    if words(&mut *core.store.read().await?, wait, now).await?.is_empty() {
        return Ok(());
    }
    let mut tx = core.store.begin().await?;
    let mut told_of = Vec::new();
    for word in words(&mut tx, wait, now).await? {
        match word {
            Word::Forget(channel, group) => alert_told::remove(&mut tx, channel, &group).await?,
            Word::Say(notice, told) => {
                deliveries::enqueue(&mut tx, told.channel, &notice, now).await?;
                told_of.push(told.channel);
                if told.sent.firing.is_empty() {
                    alert_told::remove(&mut tx, told.channel, &told.group).await?;
                } else {
                    alert_told::set(&mut tx, &told).await?;
                }
            }
        }
    }
    tx.commit().await?;
    for channel in told_of {
        core.channels.wake(channel);
    }
    Ok(())
}

async fn words(
    connection: &mut AnyConnection,
    wait: Duration,
    now: Timestamp,
) -> Result<Vec<Word>, StoreError> {
    let channels = channels::list(connection).await?;
    let told = alert_told::all(connection).await?;
    let listening: Vec<ChannelRow> = channels.into_iter().filter(listens).collect();
    let deaf = told.iter().filter(|told| listening.iter().all(|channel| channel.id != told.channel));
    let mut words: Vec<Word> = deaf.map(|told| Word::Forget(told.channel, told.group.clone())).collect();
    if listening.is_empty() {
        return Ok(words);
    }
    let known: Vec<Alert> = alerts::all(connection, LOOKED_AT).await?.into_iter().map(|(_, it)| it).collect();
    let silences: Vec<Silence> =
        alert_silences::holding(connection, now).await?.iter().map(KnownSilence::silence).collect();
    let rules = super::rules(connection).await?;
    for channel in &listening {
        let audience = if channel.settings.kind.alerts_only() { Audience::Keeper } else { Audience::People };
        let of = |told: &&Told| told.channel == channel.id;
        let said: BTreeMap<&Labels, &Sent> = told.iter().filter(of).map(|it| (&it.group, &it.sent)).collect();
        for group in groups(channel, &known, said.keys().copied()) {
            let last = said.get(&group.labels).copied();
            if last.is_none() && is_young(&group, &silences, wait, now) {
                continue;
            }
            if let Some((message, sent)) = message(audience, &group, last, &silences, REPEAT, now) {
                let notice = notice(audience, &group, message, &rules);
                let told = Told { channel: channel.id, group: group.labels, sent };
                words.push(Word::Say(Box::new(notice), told));
            }
        }
    }
    Ok(words)
}

const fn listens(channel: &ChannelRow) -> bool {
    channel.settings.enabled && channel.settings.wants.alerts.is_some()
}

/// The groups of the alerts that a channel wants to hear of, with those it was told of before and of which nothing is left.
fn groups<'l>(channel: &ChannelRow, known: &[Alert], told: impl Iterator<Item = &'l Labels>) -> Vec<Group> {
    let wanted = |alert: &&Alert| {
        let environment = alert.labels.get("environment").map(String::as_str).filter(|name| !name.is_empty());
        alert.state != State::Pending && channel.settings.wants_alerts(alert.severity(), environment)
    };
    let wanted: Vec<Alert> = known.iter().filter(wanted).cloned().collect();
    let mut groups = group(&wanted);
    let there: BTreeSet<Labels> = groups.iter().map(|group| group.labels.clone()).collect();
    let left = told.filter(|labels| !there.contains(*labels));
    groups.extend(left.map(|labels| Group { labels: labels.clone(), alerts: Vec::new() }));
    groups
}

/// Whether the first of its alerts fires for less than `wait`.
fn is_young(group: &Group, silences: &[Silence], wait: Duration, now: Timestamp) -> bool {
    let heard = |alert: &&Alert| {
        alert.state == State::Firing && !silences.iter().any(|silence| silence.covers(&alert.labels, now))
    };
    let first = group.alerts.iter().filter(heard).map(|alert| alert.since).min();
    first.is_some_and(|first| now < first.plus(wait))
}

fn notice(audience: Audience, group: &Group, message: Message, rules: &[Rule]) -> Notice {
    // A program keeps each by itself.
    let named = if audience == Audience::Keeper { usize::MAX } else { NAMED };
    let line = |alert: &Alert| {
        let rule = rules.iter().find(|rule| rule.name == alert.name());
        rule.map(|rule| alert.summary(rule)).unwrap_or_default()
    };
    let firing = message.firing.iter().take(named).map(|alert| FiringAlert {
        labels: alert.labels.clone(),
        since: alert.since,
        value: alert.value.filter(|value| value.is_finite()),
        summary: line(alert),
    });
    let firing_now = message.firing.iter().map(Alert::severity).max();
    let severity = firing_now.or_else(|| message.resolved.iter().map(Severity::of).max()).unwrap_or_default();
    Notice::Alert(AlertNotice {
        kind: message.kind,
        severity,
        group: group.labels.clone(),
        firing: firing.collect(),
        resolved: message.resolved.into_iter().take(named).collect(),
        repeat: REPEAT,
        path: Some(app::paths::ALERTS.to_owned()),
    })
}
