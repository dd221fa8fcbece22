//! Brings the tables up to date at start. The texts are embedded; both databases have the same numbers and names.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{Dialect, Store, StoreError};

/// Number, name, text for SQLite, text for PostgreSQL.
type Entry = (i64, &'static str, &'static str, &'static str);

macro_rules! migration {
    ($number:literal, $name:literal) => {
        (
            $number,
            $name,
            include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        )
    };
}

/// All migrations, oldest first. A released one is never changed: add another.
pub const MIGRATIONS: &[Entry] = &[
    migration!(1, "0001_core"),
    migration!(2, "0002_accounts"),
    migration!(3, "0003_verification"),
    migration!(4, "0004_time_travel"),
    migration!(5, "0005_approval_links"),
    migration!(6, "0006_registries"),
    migration!(7, "0007_releases"),
    migration!(8, "0008_adoptions"),
    migration!(9, "0009_precedence"),
    migration!(10, "0010_scaling"),
    migration!(11, "0011_metric_sources"),
    migration!(12, "0012_channels"),
    migration!(13, "0013_alerts"),
    migration!(14, "0014_panels"),
    migration!(15, "0015_log_links"),
];

pub async fn run(store: &Store) -> Result<(), StoreError> {
    let migrations = MIGRATIONS
        .iter()
        .map(|(number, name, sqlite, postgres)| {
            let text = match store.dialect {
                Dialect::Sqlite => sqlite,
                Dialect::Postgres => postgres,
            };
            Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
        })
        .collect();
    let mut connection = store.read().await?;
    Migrator::with_migrations(migrations).run_direct(None, &mut *connection, false).await?;
    Ok(())
}
