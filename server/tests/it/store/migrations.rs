//! Both folders of migrations make the same tables.

use std::collections::BTreeMap;

use server::store::{Dialect, MIGRATIONS};
use sqlx::Row;

use super::database::{Database, all};

/// Table and column → kind of type, not null.
type Columns = BTreeMap<(String, String), (String, bool)>;

async fn columns(database: &Database) -> Columns {
    let mut reader = database.store.read().await.unwrap();
    let text = match database.store.dialect() {
        Dialect::Sqlite => {
            "SELECT m.name AS table_name, c.name AS column_name, UPPER(c.type) AS kind, CAST(c.\"notnull\" AS BIGINT) AS required
             FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'"
        }
        Dialect::Postgres => {
            "SELECT table_name::TEXT AS table_name, column_name::TEXT AS column_name, UPPER(data_type::TEXT) AS kind,
                    CAST(CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS BIGINT) AS required
             FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let rows = sqlx::query(text).fetch_all(&mut *reader).await.unwrap();
    rows.iter()
        .map(|row| {
            let kind: String = row.get("kind");
            // SQLite's INTEGER PRIMARY KEY is a 64-bit number, its BLOB is a BYTEA.
            let kind = match kind.as_str() {
                "INTEGER" => "BIGINT".to_owned(),
                "BLOB" => "BYTEA".to_owned(),
                _ => kind,
            };
            ((row.get("table_name"), row.get("column_name")), (kind, row.get::<i64, _>("required") == 1))
        })
        .collect()
}

async fn indexes(database: &Database) -> Vec<String> {
    let mut reader = database.store.read().await.unwrap();
    let text = match database.store.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT indexname::TEXT AS name FROM pg_indexes WHERE schemaname = 'public'
             AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key' ORDER BY indexname"
        }
    };
    let rows = sqlx::query(text).fetch_all(&mut *reader).await.unwrap();
    let mut names: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn both_databases_get_the_same_tables_columns_and_indexes() {
    let databases = all().await;
    let expected = (columns(&databases[0]).await, indexes(&databases[0]).await);
    assert!(expected.0.len() > 50 && expected.1.len() > 10, "{expected:?}");
    for database in &databases[1..] {
        assert_eq!(columns(database).await, expected.0);
        assert_eq!(indexes(database).await, expected.1);
    }
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    for mut database in all().await {
        let before = columns(&database).await;
        database.store.close().await;
        database.store = server::store::Store::open(&database.url).await.unwrap();
        assert_eq!(columns(&database).await, before);
    }
}

#[test]
fn migrations_are_numbered_without_gaps() {
    for (index, (number, name, sqlite, postgres)) in MIGRATIONS.iter().enumerate() {
        assert_eq!(*number, i64::try_from(index + 1).unwrap());
        assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        assert!(!sqlite.is_empty() && !postgres.is_empty());
    }
}
