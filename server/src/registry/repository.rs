//! Reads one repository: names each time, digests of what is new or was told of, and of the others in turns; what an image
//! says of itself once for each digest.

use std::collections::{HashMap, HashSet};

use adapters::registry::{CONCURRENCY, Description, ListedTag, Registry as Client, RegistryError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::id::RegistryId;
use model::live::Change;
use model::registry::{Progress, Tag};
use model::time::Timestamp;

use super::task::ReadError;
use super::{Context, Told};
use crate::store::registry_tags::{self as tags, TagRow};
use crate::store::{StoreError, registry_repositories as repositories};

/// Tags whose digest is asked for again in one reading, those asked longest ago first: a large repository takes turns.
const AGAIN: usize = 500;
/// Tags that are asked for, and then written, at once.
const BATCH: usize = 200;
/// How long a tag is shown after it went.
const GONE_KEPT: std::time::Duration = std::time::Duration::from_hours(30 * 24);

pub struct Reading<'a> {
    pub context: &'a Context,
    pub id: RegistryId,
    pub client: &'a dyn Client,
    pub repository: &'a str,
}

/// What one batch found.
enum Found {
    Same(String),
    Other(Box<TagRow>),
    /// It went between the list and the question.
    Gone(String),
}

impl Reading<'_> {
    /// Whether anything is other than before.
    pub async fn run(&self, told: &[Told]) -> Result<bool, ReadError> {
        let (listed, exists) = match self.client.tags(self.repository).await {
            // A registry forgets a repository with its last tag.
            Err(RegistryError::NotFound(_)) => (Vec::new(), false),
            other => (other?, true),
        };
        let (known, first) = self.known().await?;
        let names: HashSet<&str> = listed.iter().map(|tag| tag.name.as_str()).collect();
        let living = known.values().filter(|row| !row.tag.gone).map(|row| row.tag.name.as_str());
        let gone: Vec<&str> = living.filter(|name| !names.contains(name)).collect();
        let asked = choose(&listed, &known, told);
        let of = u32::try_from(asked.len()).unwrap_or(u32::MAX);
        let mut described: HashMap<String, Description> =
            known.values().map(|row| (row.tag.digest.clone(), description(&row.tag))).collect();
        let mut changed = !gone.is_empty();
        let mut done = 0;
        for batch in asked.chunks(BATCH) {
            self.context.progress.set(self.id, Some(self.repository), Some(Progress { done, of }));
            let found = self.ask(batch, &known, &mut described, told, first).await?;
            changed |= found.iter().any(|found| !matches!(found, Found::Same(_)));
            self.write(&found).await?;
            done += u32::try_from(batch.len()).unwrap_or(0);
            // A long reading shows itself while it goes on.
            if done < of {
                self.show().await?;
            }
        }
        self.close(&gone, exists).await?;
        Ok(changed || first)
    }

    /// What is stored, by name; and whether it was never read as a whole.
    async fn known(&self) -> Result<(HashMap<String, TagRow>, bool), StoreError> {
        let mut reader = self.context.store.read().await?;
        let first = repositories::get(&mut reader, self.id, self.repository)
            .await?
            .is_none_or(|repository| repository.synced_at.is_none());
        let rows = tags::all(&mut reader, self.id, self.repository).await?;
        Ok((rows.into_iter().map(|row| (row.tag.name.clone(), row)).collect(), first))
    }

    async fn ask(
        &self,
        batch: &[&ListedTag],
        known: &HashMap<String, TagRow>,
        described: &mut HashMap<String, Description>,
        told: &[Told],
        first: bool,
    ) -> Result<Vec<Found>, ReadError> {
        let asked: Vec<_> = batch.iter().map(|listed| self.digest(listed)).collect();
        let digests: Vec<_> = stream::iter(asked).buffered(CONCURRENCY).try_collect().await?;
        let mut new: Vec<String> = digests
            .iter()
            .filter_map(|(_, digest)| digest.clone())
            .filter(|digest| !described.contains_key(digest))
            .collect();
        new.sort();
        new.dedup();
        let asked: Vec<_> = new.into_iter().map(|digest| self.describe(digest)).collect();
        let descriptions: Vec<_> = stream::iter(asked).buffered(CONCURRENCY).try_collect().await?;
        described.extend(descriptions);
        let now = self.context.clock.now();
        let row = |(listed, digest): (&ListedTag, Option<String>)| {
            let Some(digest) = digest else { return Found::Gone(listed.name.clone()) };
            let before = known.get(&listed.name);
            let seen = described.get(&digest).cloned().unwrap_or_default();
            let row = tag_row(listed, digest, seen, before, &Moment { now, told, first });
            match before {
                Some(before) if before.tag == row.tag => Found::Same(listed.name.clone()),
                _ => Found::Other(Box::new(row)),
            }
        };
        Ok(digests.into_iter().map(row).collect())
    }

    async fn digest<'l>(
        &self,
        listed: &'l ListedTag,
    ) -> Result<(&'l ListedTag, Option<String>), RegistryError> {
        let digest = match &listed.digest {
            Some(digest) => Some(digest.clone()),
            None => self.client.resolve(self.repository, &listed.name).await?,
        };
        Ok((listed, digest))
    }

    /// What cannot be understood is listed all the same: it can be deployed by its digest.
    async fn describe(&self, digest: String) -> Result<(String, Description), RegistryError> {
        match self.client.describe(self.repository, &digest).await {
            Ok(seen) => Ok((digest, seen.unwrap_or_default())),
            Err(RegistryError::Protocol(words)) => {
                tracing::debug!(repository = self.repository, digest, words, "an image cannot be understood");
                Ok((digest, Description::default()))
            }
            Err(error) => Err(error),
        }
    }

    async fn write(&self, found: &[Found]) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        let mut tx = self.context.store.begin().await?;
        for found in found {
            match found {
                Found::Same(name) => {
                    tags::set_checked(&mut tx, self.id, self.repository, name, now).await?;
                }
                Found::Other(row) => tags::put(&mut tx, self.id, self.repository, row).await?,
                Found::Gone(name) => tags::set_gone(&mut tx, self.id, self.repository, name, now).await?,
            }
        }
        repositories::summarise(&mut tx, self.id, self.repository, None).await?;
        tx.commit().await
    }

    async fn show(&self) -> Result<(), StoreError> {
        let mut reader = self.context.store.read().await?;
        if let Some(found) = repositories::get(&mut reader, self.id, self.repository).await? {
            let found = self.context.with_progress(self.id, found);
            self.context.publish(Change::Repository(Box::new(found)));
        }
        Ok(())
    }

    async fn close(&self, gone: &[&str], exists: bool) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        let mut tx = self.context.store.begin().await?;
        // A notification may tell of a repository before a list does.
        if exists {
            repositories::set_listed(&mut tx, self.id, self.repository, true).await?;
        }
        for name in gone {
            tags::set_gone(&mut tx, self.id, self.repository, name, now).await?;
        }
        tags::set_precedence(&mut tx, self.id, self.repository).await?;
        tags::forget(&mut tx, self.id, self.repository, now.minus(GONE_KEPT)).await?;
        repositories::summarise(&mut tx, self.id, self.repository, Some(now)).await?;
        tx.commit().await
    }
}

/// The tags to ask for: the new, those told of, those whose list says something else, and of the others in turns.
fn choose<'l>(listed: &'l [ListedTag], known: &HashMap<String, TagRow>, told: &[Told]) -> Vec<&'l ListedTag> {
    let mut chosen = Vec::new();
    let mut others: Vec<(Timestamp, &ListedTag)> = Vec::new();
    for tag in listed {
        match known.get(&tag.name) {
            None => chosen.push(tag),
            Some(row) if row.tag.gone || told.iter().any(|told| told.tag.as_ref() == Some(&tag.name)) => {
                chosen.push(tag);
            }
            Some(row) if tag.digest.is_some() => {
                let same = tag.digest.as_ref() == Some(&row.tag.digest)
                    && tag.pushed_at.is_none_or(|time| time == row.tag.pushed_at)
                    && tag.vulnerabilities == row.tag.vulnerabilities;
                if !same {
                    chosen.push(tag);
                }
            }
            Some(row) => others.push((row.checked_at, tag)),
        }
    }
    others.sort_by_key(|(checked_at, _)| *checked_at);
    chosen.extend(others.into_iter().take(AGAIN).map(|(_, tag)| tag));
    chosen
}

/// When a tag is looked at.
struct Moment<'a> {
    now: Timestamp,
    told: &'a [Told],
    /// The repository is read for the first time.
    first: bool,
}

fn tag_row(
    listed: &ListedTag,
    digest: String,
    seen: Description,
    before: Option<&TagRow>,
    moment: &Moment<'_>,
) -> TagRow {
    let before = before.map(|row| &row.tag);
    let same = before.filter(|tag| tag.digest == digest);
    let told = moment.told.iter().find(|told| told.tag.as_ref() == Some(&listed.name)).map(|told| told.time);
    // In the first reading everything is seen at one moment, which says nothing: when the image was made says more.
    let made = seen.created_at.filter(|time| moment.first && *time < moment.now);
    let pushed_at =
        listed.pushed_at.or(same.map(|tag| tag.pushed_at)).or(told).or(made).unwrap_or(moment.now);
    let moved = before.filter(|tag| tag.digest != digest);
    let tag = Tag {
        name: listed.name.clone(),
        pushed_at,
        created_at: seen.created_at,
        size: seen.size,
        platforms: seen.platforms,
        commit: seen.commit,
        source: seen.source,
        build_url: seen.build_url,
        version: seen.version,
        vulnerabilities: listed.vulnerabilities.clone(),
        moved_from: moved.map(|tag| tag.digest.clone()).or(same.and_then(|tag| tag.moved_from.clone())),
        moved_at: moved.map(|_| pushed_at).or(same.and_then(|tag| tag.moved_at)),
        gone: false,
        digest,
    };
    TagRow { tag, checked_at: moment.now }
}

/// What is stored of an image, as the registry told it.
fn description(tag: &Tag) -> Description {
    Description {
        size: tag.size,
        platforms: tag.platforms.clone(),
        created_at: tag.created_at,
        commit: tag.commit.clone(),
        source: tag.source.clone(),
        build_url: tag.build_url.clone(),
        version: tag.version.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    fn listed(name: &str) -> ListedTag {
        ListedTag { name: name.to_owned(), ..ListedTag::default() }
    }

    fn row(name: &str, digest: &str, checked: i64) -> TagRow {
        let moment = Moment { now: at(checked), told: &[], first: false };
        tag_row(&listed(name), digest.to_owned(), Description::default(), None, &moment)
    }

    #[test]
    fn the_new_and_the_told_are_asked_first_then_those_asked_longest_ago() {
        let known: HashMap<String, TagRow> = (0..AGAIN + 10)
            .map(|number| {
                (format!("1.{number}"), row(&format!("1.{number}"), "d", i64::try_from(number).unwrap()))
            })
            .collect();
        let mut names: Vec<ListedTag> =
            (0..AGAIN + 10).map(|number| listed(&format!("1.{number}"))).collect();
        names.push(listed("2.0"));
        let last = format!("1.{}", AGAIN + 9);
        let told = [Told { repository: "shop".to_owned(), tag: Some(last.clone()), time: at(0) }];
        let chosen: Vec<&str> = choose(&names, &known, &told).iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!((chosen[0], chosen[1], chosen[2]), (last.as_str(), "2.0", "1.0"));
        assert_eq!(chosen.len(), AGAIN + 2);
        assert!(!chosen.contains(&format!("1.{}", AGAIN + 5).as_str()));
    }

    #[test]
    fn a_list_that_tells_digests_is_believed() {
        let known = HashMap::from([("1".to_owned(), row("1", "d", 0)), ("2".to_owned(), row("2", "d", 0))]);
        let told = |name: &str, digest: &str| ListedTag { digest: Some(digest.to_owned()), ..listed(name) };
        let names = [told("1", "d"), told("2", "e")];
        let chosen = choose(&names, &known, &[]);
        assert_eq!(chosen.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["2"]);
    }

    #[test]
    fn a_tag_that_moves_says_what_it_was_and_keeps_saying_it() {
        let first = row("1", "old", 0);
        let moment = Moment { now: at(5), told: &[], first: false };
        let moved = tag_row(&listed("1"), "new".to_owned(), Description::default(), Some(&first), &moment);
        assert_eq!((moved.tag.moved_from.as_deref(), moved.tag.moved_at), (Some("old"), Some(at(5))));
        let later = Moment { now: at(9), told: &[], first: false };
        let same = tag_row(&listed("1"), "new".to_owned(), Description::default(), Some(&moved), &later);
        assert_eq!(same.tag, moved.tag);
    }

    #[test]
    fn the_best_known_time_of_a_push() {
        let made = Description { created_at: Some(at(-500)), ..Description::default() };
        let time = |listed: &ListedTag, told: &[Told], first: bool| {
            let moment = Moment { now: at(0), told, first };
            tag_row(listed, "d".to_owned(), made.clone(), None, &moment).tag.pushed_at
        };
        let told = [Told { repository: "shop".to_owned(), tag: Some("1".to_owned()), time: at(-20) }];
        let harbor = ListedTag { pushed_at: Some(at(-30)), ..listed("1") };
        assert_eq!(time(&harbor, &told, true), at(-30));
        assert_eq!(time(&listed("1"), &told, true), at(-20));
        assert_eq!(time(&listed("1"), &[], true), at(-500));
        assert_eq!(time(&listed("1"), &[], false), at(0));
    }
}
