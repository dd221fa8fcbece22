//! Alerts, their history, rules, silences, and what channels were told: on both databases.

use std::collections::BTreeSet;

use model::alert::{Acknowledgement, Alert, HistoryQuery, KnownSilence, Labels, Sent, State, builtin};
use model::id::{AlertId, ChannelId, SilenceId};
use server::store::alert_told::{self, Told};
use server::store::{alert_history, alert_rules, alert_silences, alerts};

use super::database::all;
use super::sample::{actor, at, id};

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn alert(rule: &str, app: &str, state: State) -> Alert {
    Alert {
        labels: labels(&[
            ("alertname", rule),
            ("environment", "prod"),
            ("app", app),
            ("severity", "critical"),
        ]),
        state,
        since: at(5),
        bad_at: at(7),
        value: Some(1.5),
        acknowledged: None,
    }
}

fn number(number: u64) -> AlertId {
    AlertId(id(1, number))
}

#[tokio::test]
async fn alerts_are_kept_counted_and_let_go() {
    for database in all().await {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        let mut shop = alert("slow", "shop", State::Pending);
        alerts::set(&mut tx, number(1), &shop).await.unwrap();
        alerts::set(&mut tx, number(2), &alert("slow", "cart", State::Firing)).await.unwrap();
        alerts::set(&mut tx, number(3), &alert("gone", "cart", State::Resolved)).await.unwrap();
        shop.state = State::Firing;
        shop.acknowledged = Some(Acknowledgement { by: actor("ada"), at: at(9) });
        alerts::set(&mut tx, number(1), &shop).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(alerts::get(&mut tx, number(1)).await.unwrap(), Some(shop.clone()));
        let firing = alerts::firing(&mut tx, 9).await.unwrap();
        assert_eq!(firing.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [number(1), number(2)]);
        assert_eq!(alerts::firing(&mut tx, 1).await.unwrap().len(), 1);
        assert_eq!(alerts::of_rule(&mut tx, "slow").await.unwrap().len(), 2);
        assert_eq!(alerts::rules(&mut tx).await.unwrap(), ["gone", "slow"]);
        let counts = alerts::counts(&mut tx).await.unwrap();
        assert!(
            counts.iter().any(|it| (it.rule.as_str(), it.state, it.alerts) == ("slow", State::Firing, 2))
        );
        alerts::remove(&mut tx, number(1)).await.unwrap();
        assert_eq!(alerts::all(&mut tx, 9).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn history_is_newest_first_and_may_be_asked_by_rule_and_app() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        for (id, rule, app) in [(1, "slow", "shop"), (2, "gone", "cart"), (3, "slow", "cart")] {
            let alert = alert(rule, app, State::Firing);
            alert_history::fired(&mut tx, number(id), &alert, "it is slow").await.unwrap();
        }
        alert_history::resolved(&mut tx, number(3), at(90)).await.unwrap();
        let by = Acknowledgement { by: actor("ada"), at: at(60) };
        alert_history::acknowledged(&mut tx, number(3), &by).await.unwrap();
        let mut bare = alert("disk", "x", State::Firing);
        bare.labels.retain(|name, _| name == "alertname");
        alert_history::fired(&mut tx, number(4), &bare, "").await.unwrap();
        let mut ids = Vec::new();
        let mut query = HistoryQuery { limit: Some(3), ..HistoryQuery::default() };
        loop {
            let page = alert_history::page(&mut tx, &query).await.unwrap();
            ids.extend(page.items.iter().map(|record| record.id));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(ids, [4, 3, 2, 1].map(number));
        let of = HistoryQuery {
            rule: Some("slow".to_owned()),
            environment: "prod".parse().ok(),
            app: "cart".parse().ok(),
            ..HistoryQuery::default()
        };
        let found = alert_history::page(&mut tx, &of).await.unwrap().items;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].resolved_at, found[0].acknowledged.as_ref()), (Some(at(90)), Some(&by)));
        assert_eq!((found[0].fired_at, found[0].summary.as_str()), (at(5), "it is slow"));
    }
}

#[tokio::test]
async fn rules_silences_and_what_was_told_are_kept() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        let mut rule = builtin()[0].clone();
        alert_rules::set(&mut tx, &rule, &actor("ada"), at(1)).await.unwrap();
        rule.enabled = false;
        alert_rules::set(&mut tx, &rule, &actor("bob"), at(2)).await.unwrap();
        let kept = alert_rules::get(&mut tx, &rule.name).await.unwrap().unwrap();
        assert_eq!((&kept.rule, kept.changed.by, kept.changed.at), (&rule, actor("bob"), at(2)));
        assert_eq!(alert_rules::list(&mut tx).await.unwrap().len(), 1);
        assert!(alert_rules::remove(&mut tx, &rule.name).await.unwrap());
        assert!(!alert_rules::remove(&mut tx, &rule.name).await.unwrap());

        let silence = |id_number, until| KnownSilence {
            id: SilenceId(id(2, id_number)),
            labels: labels(&[("app", "shop")]),
            until: at(until),
            reason: "a move".to_owned(),
            by: actor("ada"),
            at: at(0),
        };
        let (short, long) = (silence(1, 50), silence(2, 90));
        for one in [&long, &short] {
            alert_silences::insert(&mut tx, one).await.unwrap();
        }
        assert_eq!(alert_silences::holding(&mut tx, at(10)).await.unwrap(), [short, long.clone()]);
        assert_eq!(alert_silences::holding(&mut tx, at(60)).await.unwrap(), std::slice::from_ref(&long));
        alert_silences::end(&mut tx, long.id, at(60)).await.unwrap();
        assert_eq!(alert_silences::holding(&mut tx, at(60)).await.unwrap(), []);
        let later = KnownSilence { at: at(2 * 86_400_000), until: at(3 * 86_400_000), ..silence(3, 0) };
        alert_silences::insert(&mut tx, &later).await.unwrap();
        assert_eq!(alert_silences::get(&mut tx, long.id).await.unwrap(), None);

        let channel = ChannelId(id(3, 1));
        let group = labels(&[("node", "n1")]);
        let mut told = Told {
            channel,
            group: group.clone(),
            sent: Sent { at: at(1), firing: BTreeSet::from([labels(&[("alertname", "slow")])]) },
        };
        alert_told::set(&mut tx, &told).await.unwrap();
        told.sent.at = at(2);
        alert_told::set(&mut tx, &told).await.unwrap();
        assert_eq!(alert_told::all(&mut tx).await.unwrap(), [told]);
        alert_told::remove(&mut tx, channel, &group).await.unwrap();
        assert_eq!(alert_told::all(&mut tx).await.unwrap(), []);
    }
}
