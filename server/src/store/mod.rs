//! What the console keeps: SQLite by default, PostgreSQL by URL, one SQL text for both.
//!
//! One file per aggregate, each a set of functions that take a connection: reads take any [`AnyConnection`] (a [`Reader`]
//! or a [`Transaction`] derefs to one), writes take a [`Transaction`]. "Not found" is `Ok(None)`. Writers take turns, so
//! that a transaction that read something may rely on it until it commits, and "database is locked" cannot happen within
//! one console. A dropped transaction is rolled back.

pub mod accounts;
pub mod adoptions;
pub mod alert_history;
pub mod alert_rules;
pub mod alert_silences;
pub mod alert_told;
pub mod alerts;
pub mod approval_links;
pub mod apps;
pub mod artifacts;
pub mod audit;
pub mod auto_deploy;
pub mod autoscalers;
pub mod calendars;
pub mod channels;
pub mod cursor;
pub mod deliveries;
pub mod deployment_events;
pub mod deployments;
pub mod dora;
pub mod environments;
mod error;
mod filter;
pub mod idempotency;
mod migrate;
pub mod newer;
pub mod notices;
pub mod panels;
pub mod pins;
pub mod registries;
pub mod registry_repositories;
pub mod registry_tags;
pub mod releases;
pub mod replica_sets;
pub mod repositories;
pub mod revisions;
mod row;
pub mod time_travel;
pub mod verification;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

pub use sqlx::AnyConnection;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Executor};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use self::error::StoreError;
pub use self::migrate::MIGRATIONS;

/// Longest wait for a connection or for the writer before us.
const PATIENCE: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    /// Held by the one writer of this console.
    writer: Arc<Mutex<()>>,
}

/// A connection to read with.
#[derive(Debug)]
pub struct Reader(PoolConnection<Any>);

/// A unit of work: nothing of it is seen before [`Transaction::commit`], nothing remains of it when dropped.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
    _writer: OwnedMutexGuard<()>,
}

impl Store {
    /// Opens `sqlite:<path>` (made when absent) or `postgres://...` and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let (dialect, url) = match url.split_once(':') {
            Some(("sqlite", _)) if url.contains('?') => (Dialect::Sqlite, url.to_owned()),
            Some(("sqlite", _)) => (Dialect::Sqlite, format!("{url}?mode=rwc")),
            Some(("postgres" | "postgresql", _)) => (Dialect::Postgres, url.to_owned()),
            _ => return Err(StoreError::Address),
        };
        let options: AnyConnectOptions = url.parse().map_err(StoreError::from)?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| Box::pin(prepare(connection, dialect)))
            .connect_with(options)
            .await?;
        let store = Self { pool, dialect, writer: Arc::new(Mutex::new(())) };
        migrate::run(&store).await?;
        Ok(store)
    }

    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What a person calls it: `SQLite` or `PostgreSQL`.
    pub const fn name(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        }
    }

    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader(self.pool.acquire().await?))
    }

    /// Begins a unit of work, after the writers before it.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let waiting = Arc::clone(&self.writer).lock_owned();
        let writer = tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| StoreError::Busy)?;
        let inner = match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => {
                let mut inner = self.pool.begin().await?;
                // The other consoles' writers take their turns too; the number only has to be the same everywhere.
                inner.execute("SELECT pg_advisory_xact_lock(7234310)").await?;
                inner
            }
        };
        Ok(Transaction { inner, _writer: writer })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read().await?.execute("SELECT 1").await?;
        Ok(())
    }

    /// Writes a consistent copy of a SQLite database to `path`, which must not exist, while the console runs.
    pub async fn backup(&self, path: &std::path::Path) -> Result<(), StoreError> {
        match self.dialect {
            Dialect::Sqlite => {
                let mut reader = self.read().await?;
                let target = path.to_string_lossy().into_owned();
                sqlx::query("VACUUM INTO $1").bind(target).execute(&mut *reader).await?;
                Ok(())
            }
            Dialect::Postgres => Err(StoreError::Unsupported("back up with pg_dump")),
        }
    }

    /// Ends all connections; a later call fails with [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Session settings of every connection.
async fn prepare(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), sqlx::Error> {
    match dialect {
        Dialect::Sqlite => {
            for pragma in [
                "PRAGMA busy_timeout = 5000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = NORMAL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA cache_size = -8192",
                "PRAGMA temp_store = MEMORY",
            ] {
                connection.execute(pragma).await?;
            }
        }
        Dialect::Postgres => {
            connection.execute("SET lock_timeout = '5s'").await?;
        }
    }
    Ok(())
}

impl Transaction {
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await.map_err(StoreError::from)
    }
}

impl Deref for Reader {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}
