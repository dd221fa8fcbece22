//! Tells people by channels, one task for each, so that a slow one holds up neither another nor anything else.
//!
//! What happened is written down in the transaction in which it happens, as a notice or, where the channel is known, as a
//! delivery. From there on it is tried until the receiver takes it or it is no news any more: the database knows what waits,
//! so nothing is lost when the console ends. A receiver may get one twice, when the console ends, or the channel is changed,
//! between the sending and the writing down; a webhook tells by the message's id.

mod outbox;
mod task;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use adapters::notify::{NotifyError, Outgoing, Sender, open};
use app::text::notice::letter;
use model::channel::{Access, Answered, Channel, ChannelTrouble, Notice, Settings, TroubleCode, Try};
use model::duration::Span;
use model::id::ChannelId;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::auth::seal::Seal;
use crate::clock::SharedClock;
use crate::store::channels::{self, ChannelRow};
use crate::store::{Store, StoreError};

/// What every task works with.
#[derive(Clone)]
struct Context {
    store: Store,
    clock: SharedClock,
    seal: Arc<Seal>,
    /// Where people reach the console, without a slash at the end.
    public_url: Option<String>,
}

/// The tasks of all channels, and the one that gives notices to them.
pub struct Channels {
    context: Context,
    tasks: Mutex<HashMap<ChannelId, Running>>,
    told: Arc<Notify>,
    outbox: Mutex<Option<JoinHandle<()>>>,
}

struct Running {
    look: Arc<Notify>,
    handle: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// How a try went, with how long the receiver asks to be left alone.
pub struct Tried {
    pub attempt: Try,
    retry_after: Option<std::time::Duration>,
}

/// What a channel's access belongs to when it is sealed.
pub fn access_owner(id: ChannelId) -> String {
    format!("channel/{id}/access")
}

impl Channels {
    /// Begins to send what waits. `told` says that there are new notices.
    pub async fn start(
        store: Store,
        clock: SharedClock,
        seal: Arc<Seal>,
        public_url: Option<String>,
        told: Arc<Notify>,
    ) -> Result<Arc<Self>, StoreError> {
        let rows = channels::list(&mut *store.read().await?).await?;
        let context = Context { store, clock, seal, public_url };
        let all = Arc::new(Self { context, tasks: Mutex::default(), told, outbox: Mutex::default() });
        for row in &rows {
            all.begin(row);
        }
        let handle = tokio::spawn(outbox::run(Arc::downgrade(&all)));
        *all.outbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        Ok(all)
    }

    /// Ends all tasks; what waits is sent by the next console.
    pub fn shutdown(&self) {
        if let Some(outbox) = self.outbox.lock().unwrap_or_else(PoisonError::into_inner).take() {
            outbox.abort();
        }
        self.lock().clear();
    }

    pub fn seal(&self) -> &Seal {
        &self.context.seal
    }

    pub fn public_url(&self) -> Option<&str> {
        self.context.public_url.as_deref()
    }

    /// Begins to send what waits for a channel, or begins anew with other settings.
    pub fn begin(&self, row: &ChannelRow) {
        self.end(row.id);
        if !row.settings.enabled {
            return;
        }
        let look = Arc::new(Notify::new());
        let sender = self.context.sender(row);
        let task = task::Task {
            context: self.context.clone(),
            id: row.id,
            settings: row.settings.clone(),
            sender,
            look: Arc::clone(&look),
        };
        let handle = tokio::spawn(task.run());
        self.lock().insert(row.id, Running { look, handle });
    }

    pub fn end(&self, id: ChannelId) {
        self.lock().remove(&id);
    }

    /// There is something new for a channel.
    pub fn wake(&self, id: ChannelId) {
        if let Some(running) = self.lock().get(&id) {
            running.look.notify_one();
        }
    }

    /// Sends a test message at once, whatever else waits.
    pub async fn test(&self, row: &ChannelRow) -> Try {
        let sender = self.context.sender(row);
        let id = format!("test_{}", self.context.clock.new_id());
        self.context.send(&row.settings, &sender, &id, &Notice::Test).await.attempt
    }

    /// A channel as the API shows it.
    pub fn show(row: &ChannelRow, waiting: u32) -> Channel {
        Channel {
            id: row.id,
            settings: row.settings.clone(),
            last: row.last.clone(),
            waiting,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ChannelId, Running>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Context {
    /// Whoever sends for a channel, or why nothing can be sent.
    fn sender(&self, row: &ChannelRow) -> Result<Arc<dyn Sender>, ChannelTrouble> {
        let opened = self.seal.unseal(&access_owner(row.id), &row.access);
        let sealed = |reason: &dyn std::fmt::Display| {
            let detail = format!("its address or password cannot be opened: {reason}; or enter it again");
            ChannelTrouble { code: TroubleCode::Sealed, detail }
        };
        let opened = opened.map_err(|error| sealed(&error))?;
        // The error's words might repeat what is sealed.
        let access: Access = serde_json::from_str(&opened).map_err(|_| sealed(&"it is damaged"))?;
        open(&row.settings, &access).map_err(|error| error.trouble())
    }

    /// Sends once. `id` is the same for every try of a message.
    async fn send(
        &self,
        settings: &Settings,
        sender: &Result<Arc<dyn Sender>, ChannelTrouble>,
        id: &str,
        notice: &Notice,
    ) -> Tried {
        let letter =
            letter(settings.language.into(), settings.name.as_str(), notice, self.public_url.as_deref());
        let now = self.clock.now();
        let began = Instant::now();
        let language = settings.language;
        let sent = match sender {
            Ok(sender) => {
                let message = Outgoing { id, now, language, notice, letter: &letter };
                sender.send(&message).await.map_err(|error| (error.trouble(), error.retry_after()))
            }
            Err(trouble) => Err((trouble.clone(), None)),
        };
        let took = Span::from_millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        let (answer, retry_after) = match sent {
            Ok(words) => (Answered::Accepted { words }, None),
            Err((trouble, retry_after)) => {
                let (code, detail) = (trouble.code, &trouble.detail);
                tracing::warn!(channel = %settings.name, ?code, detail, "a message is not taken");
                (Answered::Refused(trouble), retry_after)
            }
        };
        Tried { attempt: Try { at: self.clock.now(), took, answer }, retry_after }
    }
}

/// Whether a web hook's secret can be signed with.
pub fn check_secret(secret: &str) -> bool {
    adapters::notify::check_secret(secret)
}

/// Whether a channel can be opened with what was entered, which only its sender knows.
pub fn check(settings: &Settings, access: &Access) -> Result<(), NotifyError> {
    open(settings, access).map(drop)
}
