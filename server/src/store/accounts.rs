//! People, their sessions and their tokens. Secrets come in as hashes.

use model::api::{Token, User};
use model::id::{TokenId, UserId};
use model::permission::Role;
use model::time::Timestamp;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::row::Fields;
use super::{StoreError, Transaction};

/// A user with the hash of the password, for signing in.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub user: User,
    /// PHC string.
    pub password: String,
}

/// Whose session it is and until when.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub user: User,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whose token it is.
#[derive(Debug, Clone)]
pub struct TokenRow {
    pub token: Token,
    pub owner: UserId,
    pub owner_role: Role,
}

fn read_user(row: &AnyRow) -> Result<User, StoreError> {
    Ok(User {
        id: row.parsed("id")?,
        name: row.text("name")?,
        role: row.word("role")?,
        created_at: row.time("created_at")?,
        last_seen_at: row.time_or_null("last_seen_at")?,
    })
}

fn read_token(row: &AnyRow) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.parsed("id")?,
        name: row.text("name")?,
        role: row.word("role")?,
        user: row.text("owner")?,
        hint: row.text("hint")?,
        created_at: row.time("created_at")?,
        last_used_at: row.time_or_null("last_used_at")?,
        expires_at: row.time_or_null("expires_at")?,
    })
}

/// Whether anybody can sign in.
pub async fn any_user(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(connection).await?.is_some())
}

/// All people, by name. There are hundreds at most.
pub async fn users(connection: &mut AnyConnection) -> Result<Vec<User>, StoreError> {
    sqlx::query("SELECT id, name, role, created_at, last_seen_at FROM users ORDER BY name")
        .fetch_all(connection)
        .await?
        .iter()
        .map(read_user)
        .collect()
}

pub async fn user(connection: &mut AnyConnection, id: UserId) -> Result<Option<Credentials>, StoreError> {
    sqlx::query("SELECT id, name, role, password, created_at, last_seen_at FROM users WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?
        .map(|row| Ok(Credentials { user: read_user(&row)?, password: row.text("password")? }))
        .transpose()
}

pub async fn user_by_name(
    connection: &mut AnyConnection,
    name: &str,
) -> Result<Option<Credentials>, StoreError> {
    sqlx::query("SELECT id, name, role, password, created_at, last_seen_at FROM users WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?
        .map(|row| Ok(Credentials { user: read_user(&row)?, password: row.text("password")? }))
        .transpose()
}

/// How many administrators there are.
pub async fn administrators(connection: &mut AnyConnection) -> Result<u32, StoreError> {
    sqlx::query("SELECT COUNT(*) AS administrators FROM users WHERE role = $1")
        .bind(Role::Admin.as_str())
        .fetch_one(connection)
        .await?
        .count("administrators")
}

/// Conflict when the name is taken.
pub async fn insert_user(tx: &mut Transaction, user: &User, password: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO users (id, name, role, password, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(user.id.to_string())
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(password)
        .bind(user.created_at.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn set_role(tx: &mut Transaction, id: UserId, role: Role) -> Result<(), StoreError> {
    sqlx::query("UPDATE users SET role = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(role.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn set_password(tx: &mut Transaction, id: UserId, password: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE users SET password = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(password)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// With the sessions and tokens.
pub async fn delete_user(tx: &mut Transaction, id: UserId) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM sessions WHERE user_id = $1",
        "DELETE FROM tokens WHERE user_id = $1",
        "DELETE FROM users WHERE id = $1",
    ] {
        sqlx::query(text).bind(id.to_string()).execute(&mut **tx).await?;
    }
    Ok(())
}

pub async fn insert_session(
    tx: &mut Transaction,
    hash: &str,
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (hash, user_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash)
    .bind(user.to_string())
    .bind(now.as_millis())
    .bind(now.as_millis())
    .bind(expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM sessions WHERE expires_at < $1")
        .bind(now.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn session(connection: &mut AnyConnection, hash: &str) -> Result<Option<SessionRow>, StoreError> {
    sqlx::query(
        "SELECT u.id AS id, u.name AS name, u.role AS role, u.created_at AS created_at,
                u.last_seen_at AS last_seen_at, s.seen_at AS seen_at, s.expires_at AS expires_at
         FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1",
    )
    .bind(hash)
    .fetch_optional(connection)
    .await?
    .map(|row| {
        Ok(SessionRow {
            user: read_user(&row)?,
            seen_at: row.time("seen_at")?,
            expires_at: row.time("expires_at")?,
        })
    })
    .transpose()
}

/// Notes that a session was used and moves its end.
pub async fn touch_session(
    tx: &mut Transaction,
    hash: &str,
    user: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE hash = $1")
        .bind(hash)
        .bind(now.as_millis())
        .bind(expires_at.as_millis())
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE users SET last_seen_at = $2 WHERE id = $1")
        .bind(user.to_string())
        .bind(now.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn delete_session(tx: &mut Transaction, hash: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE hash = $1").bind(hash).execute(&mut **tx).await?;
    Ok(())
}

/// All sessions of a user but the one with the hash `keep`.
pub async fn delete_sessions(
    tx: &mut Transaction,
    user: UserId,
    keep: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND hash <> $2")
        .bind(user.to_string())
        .bind(keep.unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Conflict when the owner has one of this name.
pub async fn insert_token(
    tx: &mut Transaction,
    token: &Token,
    owner: UserId,
    hash: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tokens (id, user_id, name, role, hash, hint, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id.to_string())
    .bind(owner.to_string())
    .bind(&token.name)
    .bind(token.role.as_str())
    .bind(hash)
    .bind(&token.hint)
    .bind(token.created_at.as_millis())
    .bind(token.expires_at.map(Timestamp::as_millis))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Those of `owner`, or all; newest first.
pub async fn tokens(connection: &mut AnyConnection, owner: Option<UserId>) -> Result<Vec<Token>, StoreError> {
    let rows = match owner {
        Some(owner) => {
            sqlx::query(
                "SELECT t.id AS id, t.name AS name, t.role AS role, u.name AS owner, t.hint AS hint,
                        t.created_at AS created_at, t.last_used_at AS last_used_at, t.expires_at AS expires_at
                 FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 ORDER BY t.id DESC",
            )
            .bind(owner.to_string())
            .fetch_all(connection)
            .await?
        }
        None => {
            sqlx::query(
                "SELECT t.id AS id, t.name AS name, t.role AS role, u.name AS owner, t.hint AS hint,
                        t.created_at AS created_at, t.last_used_at AS last_used_at, t.expires_at AS expires_at
                 FROM tokens t JOIN users u ON u.id = t.user_id ORDER BY t.id DESC",
            )
            .fetch_all(connection)
            .await?
        }
    };
    rows.iter().map(read_token).collect()
}

fn read_token_row(row: &AnyRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        token: read_token(row)?,
        owner: row.parsed("owner_id")?,
        owner_role: row.word("owner_role")?,
    })
}

pub async fn token(connection: &mut AnyConnection, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
    sqlx::query(
        "SELECT t.id AS id, t.name AS name, t.role AS role, u.name AS owner, t.hint AS hint,
                t.created_at AS created_at, t.last_used_at AS last_used_at, t.expires_at AS expires_at,
                u.id AS owner_id, u.role AS owner_role
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read_token_row)
    .transpose()
}

pub async fn token_by_hash(
    connection: &mut AnyConnection,
    hash: &str,
) -> Result<Option<TokenRow>, StoreError> {
    sqlx::query(
        "SELECT t.id AS id, t.name AS name, t.role AS role, u.name AS owner, t.hint AS hint,
                t.created_at AS created_at, t.last_used_at AS last_used_at, t.expires_at AS expires_at,
                u.id AS owner_id, u.role AS owner_role
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = $1",
    )
    .bind(hash)
    .fetch_optional(connection)
    .await?
    .as_ref()
    .map(read_token_row)
    .transpose()
}

pub async fn touch_token(tx: &mut Transaction, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET last_used_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn delete_token(tx: &mut Transaction, id: TokenId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM tokens WHERE id = $1").bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}
