//! Channels: who may change them, what they are told, and what came of it.

mod write;

use app::port::{Answer, Channels};
use async_trait::async_trait;
use model::api::{Page, PageQuery};
use model::channel::{Channel, ChannelInput, ChannelTest, Delivery, DeliveryState};
use model::id::ChannelName;
use model::permission::{Caller, Permission};
use model::problem::{Problem, ProblemCode};

use super::Core;
use crate::notify::Channels as Tasks;
use crate::store::channels::{self as rows, ChannelRow};
use crate::store::{AnyConnection, deliveries};

/// The port [`Channels`].
#[derive(Clone)]
pub struct ChannelService {
    core: Core,
}

impl ChannelService {
    pub const fn new(core: Core) -> Self {
        Self { core }
    }
}

async fn row(connection: &mut AnyConnection, name: &ChannelName) -> Result<ChannelRow, Problem> {
    rows::get(connection, name).await?.ok_or_else(|| Problem::not_found("channel", name))
}

async fn shown(connection: &mut AnyConnection, row: &ChannelRow) -> Result<Channel, Problem> {
    let waiting = deliveries::queued(connection, row.id).await?.len();
    Ok(Tasks::show(row, u32::try_from(waiting).unwrap_or(u32::MAX)))
}

#[async_trait]
impl Channels for ChannelService {
    fn public_url(&self) -> Option<&str> {
        self.core.channels.public_url()
    }

    async fn list(&self, caller: &Caller) -> Answer<Vec<Channel>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let waiting = deliveries::waiting(&mut reader).await?;
        let found = rows::list(&mut reader).await?;
        let of = |row: &ChannelRow| waiting.get(&row.id).copied().unwrap_or_default();
        Ok(found.iter().map(|row| Tasks::show(row, of(row))).collect())
    }

    async fn get(&self, caller: &Caller, name: &ChannelName) -> Answer<Channel> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let row = row(&mut reader, name).await?;
        shown(&mut reader, &row).await
    }

    async fn create(&self, caller: &Caller, input: ChannelInput) -> Answer<Channel> {
        write::create(&self.core, caller, input).await
    }

    async fn update(&self, caller: &Caller, name: &ChannelName, input: ChannelInput) -> Answer<Channel> {
        write::update(&self.core, caller, name, input).await
    }

    async fn delete(&self, caller: &Caller, name: &ChannelName) -> Answer<()> {
        write::delete(&self.core, caller, name).await
    }

    async fn test(&self, caller: &Caller, name: &ChannelName) -> Answer<ChannelTest> {
        write::test(&self.core, caller, name).await
    }

    async fn deliveries(
        &self,
        caller: &Caller,
        name: &ChannelName,
        page: &PageQuery,
    ) -> Answer<Page<Delivery>> {
        caller.require(Permission::View)?;
        let mut reader = self.core.store.read().await?;
        let row = row(&mut reader, name).await?;
        Ok(deliveries::page(&mut reader, row.id, page).await?)
    }

    async fn retry(&self, caller: &Caller, name: &ChannelName, delivery: i64) -> Answer<Delivery> {
        caller.require(Permission::Administer)?;
        let mut tx = self.core.store.begin().await?;
        let row = row(&mut tx, name).await?;
        let found = deliveries::get(&mut tx, row.id, delivery).await?;
        let mut found = found.ok_or_else(|| Problem::not_found("delivery", delivery))?;
        if found.state == DeliveryState::Delivered || !row.settings.enabled {
            let detail = if row.settings.enabled {
                "It was delivered already."
            } else {
                "The channel is switched off."
            };
            return Err(Problem::new(ProblemCode::WrongState, detail).with("state", found.state.as_str()));
        }
        found.again(self.core.clock.now());
        deliveries::update(&mut tx, &found).await?;
        write::audit(
            &self.core,
            &mut tx,
            caller,
            "channel.retry",
            &row,
            serde_json::json!({ "delivery": delivery }),
        )
        .await?;
        tx.commit().await?;
        self.core.channels.wake(row.id);
        Ok(found)
    }
}
