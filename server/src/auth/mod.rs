//! Who may come in: sign-in, sessions, API tokens and the one-time set-up link.
//!
//! [`Authority`] tells who a request comes from and implements [`app::port::Accounts`]. Of every secret only a hash is
//! stored; a change that ends sessions or tokens is told to open event streams by [`Authority::ended`].

mod accounts;
pub mod limit;
pub mod password;
pub mod seal;
pub mod secret;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use app::port::Answer;
use model::deployment::{Actor, ActorKind};
use model::permission::{Caller, Role};
use model::problem::Problem;
use model::time::Timestamp;
use thiserror::Error;
use tokio::sync::watch;

use self::limit::SignInLimit;
use self::password::Passwords;
use crate::clock::SharedClock;
use crate::store::{Store, StoreError, Transaction, accounts as rows};

/// A session ends after this long without a request.
pub const SESSION_IDLE: Duration = Duration::from_hours(14 * 24);
/// Use of a session or a token is noted at most this often, so that reading does not write.
const NOTED_EVERY: Duration = Duration::from_mins(5);
/// Time without a try to note uses after one that failed.
const NOTE_PAUSE: Duration = Duration::from_secs(30);
/// Beginning of every API token.
pub const TOKEN_PREFIX: &str = "qd_";
/// Shortest `QUARTERDECK_ADMIN_TOKEN`.
pub const ADMIN_TOKEN_MIN: usize = 32;
/// What the history shows for `QUARTERDECK_ADMIN_TOKEN`.
pub const ADMIN_TOKEN_NAME: &str = "admin-token";

#[derive(Debug, Error)]
pub enum AuthError {
    #[error("QUARTERDECK_ADMIN_TOKEN is too short: it must have {ADMIN_TOKEN_MIN} characters or more")]
    AdminTokenTooShort,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}", .0.detail)]
    Problem(#[from] Problem),
}

/// What a request shows to say who sends it.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Secret of the session cookie.
    Session(String),
    /// Text after `Authorization: Bearer`.
    Bearer(String),
}

/// A known caller, and when the credential ends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub caller: Caller,
    pub expires_at: Option<Timestamp>,
    /// The end of the session was just moved: the cookie's should follow.
    pub renewed: bool,
}

/// Sign-in, sessions, tokens. Cheap to share.
pub struct Authority {
    store: Store,
    clock: SharedClock,
    passwords: Passwords,
    limit: SignInLimit,
    /// Hash of `QUARTERDECK_ADMIN_TOKEN`.
    admin_token: Option<String>,
    /// Hash of the set-up link's secret while there is no user.
    set_up_link: RwLock<Option<String>>,
    ended: watch::Sender<u64>,
    /// Milliseconds since 1970 before which uses are not noted.
    note_after: AtomicI64,
}

impl Authority {
    /// `admin_token` is `QUARTERDECK_ADMIN_TOKEN`.
    pub fn new(store: Store, clock: SharedClock, admin_token: Option<&str>) -> Result<Self, AuthError> {
        if admin_token.is_some_and(|token| token.chars().count() < ADMIN_TOKEN_MIN) {
            return Err(AuthError::AdminTokenTooShort);
        }
        Ok(Self {
            store,
            clock,
            passwords: Passwords::new()?,
            limit: SignInLimit::default(),
            admin_token: admin_token.map(secret::hash),
            set_up_link: RwLock::new(None),
            ended: watch::Sender::new(0),
            note_after: AtomicI64::new(i64::MIN),
        })
    }

    /// Makes the one-time set-up link's secret while there is no user; an earlier one stops working.
    pub async fn new_set_up_link(&self) -> Result<Option<String>, StoreError> {
        if rows::any_user(&mut *self.store.read().await?).await? {
            return Ok(None);
        }
        let link = secret::generate();
        self.remember_link(Some(secret::hash(&link)));
        Ok(Some(link))
    }

    /// Who shows this credential; `None` when it is unknown, ended or revoked. Counts as use.
    pub async fn identify(&self, credential: &Credential) -> Answer<Option<Identity>> {
        self.find(credential, true).await
    }

    /// Whether the credential still holds. Does not count as use: an open page is nobody's doing.
    pub async fn still_holds(&self, credential: &Credential) -> Answer<bool> {
        Ok(self.find(credential, false).await?.is_some())
    }

    async fn find(&self, credential: &Credential, used: bool) -> Answer<Option<Identity>> {
        match credential {
            Credential::Session(secret) => self.by_session(secret, used).await,
            Credential::Bearer(secret) => self.by_token(secret, used).await,
        }
    }

    /// Changes whenever a session or token may have ended: identify again.
    pub fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    async fn by_session(&self, secret: &str, used: bool) -> Answer<Option<Identity>> {
        let hash = secret::hash(secret);
        let row = rows::session(&mut *self.store.read().await?, &hash).await?;
        let now = self.clock.now();
        let Some(row) = row.filter(|row| row.expires_at > now) else { return Ok(None) };
        let mut expires_at = row.expires_at;
        let mut renewed = false;
        if used && now.since(row.seen_at) >= NOTED_EVERY {
            let later = now.plus(SESSION_IDLE);
            renewed = self
                .note_use(now, async |tx: &mut Transaction| {
                    rows::touch_session(tx, &hash, row.user.id, now, later).await
                })
                .await;
            if renewed {
                expires_at = later;
            }
        }
        let caller = Caller {
            actor: Actor { kind: ActorKind::User, name: row.user.name },
            role: row.user.role,
            user: Some(row.user.id),
        };
        Ok(Some(Identity { caller, expires_at: Some(expires_at), renewed }))
    }

    async fn by_token(&self, secret: &str, used: bool) -> Answer<Option<Identity>> {
        let hash = secret::hash(secret);
        if self.admin_token.as_ref().is_some_and(|admin| secret::equal(admin, &hash)) {
            let actor = Actor { kind: ActorKind::Token, name: ADMIN_TOKEN_NAME.to_owned() };
            let caller = Caller { actor, role: Role::Admin, user: None };
            return Ok(Some(Identity { caller, expires_at: None, renewed: false }));
        }
        if !secret.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let row = rows::token_by_hash(&mut *self.store.read().await?, &hash).await?;
        let now = self.clock.now();
        let Some(row) = row.filter(|row| row.token.expires_at.is_none_or(|end| end > now)) else {
            return Ok(None);
        };
        if used && row.token.last_used_at.is_none_or(|last| now.since(last) >= NOTED_EVERY) {
            let touch = async |tx: &mut Transaction| rows::touch_token(tx, row.token.id, now).await;
            self.note_use(now, touch).await;
        }
        let name = format!("{}/{}", row.token.user, row.token.name);
        let caller = Caller {
            actor: Actor { kind: ActorKind::Token, name },
            // An owner who lost rights takes them from the tokens too.
            role: row.token.role.min(row.owner_role),
            user: Some(row.owner),
        };
        Ok(Some(Identity { caller, expires_at: row.token.expires_at, renewed: false }))
    }

    /// Writes down that a credential was used, where the database lets us: who may read must not wait for a database
    /// that cannot be written to, so after a failure it is not tried for a while.
    async fn note_use(
        &self,
        now: Timestamp,
        touch: impl AsyncFnOnce(&mut Transaction) -> Result<(), StoreError>,
    ) -> bool {
        if now.as_millis() < self.note_after.load(Ordering::Relaxed) {
            return false;
        }
        let noted = async {
            let mut tx = self.store.begin().await?;
            touch(&mut tx).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the use of a session or token cannot be noted");
            self.note_after.store(now.plus(NOTE_PAUSE).as_millis(), Ordering::Relaxed);
            return false;
        }
        true
    }

    fn remember_link(&self, hash: Option<String>) {
        // A poisoned lock still holds a whole value.
        *self.set_up_link.write().unwrap_or_else(std::sync::PoisonError::into_inner) = hash;
    }

    fn link_fits(&self, link: &str) -> bool {
        let known = self.set_up_link.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.as_ref().is_some_and(|known| secret::equal(known, &secret::hash(link)))
    }

    fn tell_ended(&self) {
        self.ended.send_modify(|number| *number += 1);
    }
}

/// The part of the console that people share: one authority behind many requests.
pub type SharedAuthority = Arc<Authority>;
