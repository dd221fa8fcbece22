//! What can be done with accounts, each with its permission, its transaction and its line in the audit log.

use std::time::Duration;

use app::port::{Accounts, Answer, SignedIn};
use async_trait::async_trait;
use model::api::{AuditEntry, CreateToken, CreateUser, CreatedToken, Page, PageQuery, Token, User};
use model::deployment::{Actor, ActorKind};
use model::id::{TokenId, UserId, check_user_name};
use model::permission::{Caller, Permission, Role};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use serde_json::{Value, json};

use super::{Authority, SESSION_IDLE, TOKEN_PREFIX, password, secret};
use crate::store::{StoreError, Transaction, accounts as rows, audit};

/// Longest name of a token.
const TOKEN_NAME_MAX: usize = 63;
/// Longest life of a token that ends: ten years.
const TOKEN_DAYS_MAX: u32 = 3_650;
/// Visible beginning of a token: prefix and four characters.
const HINT_LENGTH: usize = TOKEN_PREFIX.len() + 4;

#[async_trait]
impl Accounts for Authority {
    async fn needs_setup(&self) -> Answer<bool> {
        Ok(!rows::any_user(&mut *self.store.read().await?).await?)
    }

    async fn set_up(&self, link: &str, name: &str, password: &str) -> Answer<SignedIn> {
        if !self.link_fits(link) {
            let detail = "This set-up link is not valid. The console prints a new one at each start.";
            return Err(Problem::new(ProblemCode::WrongCredentials, detail));
        }
        check_user(name, password)?;
        let hash = self.passwords.hash(password).await?;
        let mut tx = self.store.begin().await?;
        if rows::any_user(&mut tx).await? {
            self.remember_link(None);
            let detail = "Somebody was faster: there is an administrator already. Sign in instead.";
            return Err(Problem::new(ProblemCode::WrongState, detail)
                .with("state", "set_up")
                .with("action", "set_up"));
        }
        let user = self.new_user(name, Role::Admin);
        rows::insert_user(&mut tx, &user, &hash).await?;
        let actor = actor(&user);
        self.note(&mut tx, &actor, "user.create", name, json!({ "role": user.role, "set_up": true })).await?;
        let signed_in = self.open_session(&mut tx, &user).await?;
        tx.commit().await?;
        self.remember_link(None);
        tracing::info!(user = name, "first administrator made");
        Ok(signed_in)
    }

    async fn sign_in(&self, name: &str, password: &str, address: &str) -> Answer<SignedIn> {
        self.limit.check(name, address).inspect_err(|_| {
            tracing::warn!(user = name, address, "sign-in refused: too many attempts");
        })?;
        let known = rows::user_by_name(&mut *self.store.read().await?, name).await?;
        let stored = known.as_ref().map(|known| known.password.as_str());
        let fits = self.passwords.verify(password, stored).await?;
        let Some(known) = known.filter(|_| fits) else {
            tracing::warn!(user = name, address, "sign-in refused: wrong name or password");
            return Err(Problem::new(ProblemCode::WrongCredentials, "Check the name and the password."));
        };
        let mut tx = self.store.begin().await?;
        // Between the check and now the password may have changed or the user gone.
        let still =
            rows::user(&mut tx, known.user.id).await?.is_some_and(|now| now.password == known.password);
        if !still {
            return Err(Problem::new(ProblemCode::WrongCredentials, "Check the name and the password."));
        }
        self.note(&mut tx, &actor(&known.user), "session.create", name, json!({ "address": address }))
            .await?;
        let signed_in = self.open_session(&mut tx, &known.user).await?;
        tx.commit().await?;
        tracing::info!(user = name, address, "signed in");
        Ok(signed_in)
    }

    async fn sign_out(&self, session: &str) -> Answer<()> {
        let hash = secret::hash(session);
        let mut tx = self.store.begin().await?;
        if let Some(row) = rows::session(&mut tx, &hash).await? {
            rows::delete_session(&mut tx, &hash).await?;
            self.note(&mut tx, &actor(&row.user), "session.delete", &row.user.name, Value::Null).await?;
        }
        tx.commit().await?;
        self.tell_ended();
        Ok(())
    }

    async fn users(&self, caller: &Caller) -> Answer<Vec<User>> {
        caller.require(Permission::Administer)?;
        Ok(rows::users(&mut *self.store.read().await?).await?)
    }

    async fn create_user(&self, caller: &Caller, input: CreateUser) -> Answer<User> {
        caller.require(Permission::Administer)?;
        check_user(&input.name, &input.password)?;
        let hash = self.passwords.hash(&input.password).await?;
        let user = self.new_user(&input.name, input.role);
        let mut tx = self.store.begin().await?;
        if rows::user_by_name(&mut tx, &input.name).await?.is_some() {
            return Err(taken("user", &input.name));
        }
        rows::insert_user(&mut tx, &user, &hash).await?;
        self.note(&mut tx, &caller.actor, "user.create", &user.name, json!({ "role": user.role })).await?;
        tx.commit().await?;
        Ok(user)
    }

    async fn set_role(&self, caller: &Caller, user: UserId, role: Role) -> Answer<User> {
        caller.require(Permission::Administer)?;
        let mut tx = self.store.begin().await?;
        let before = known(&mut tx, user).await?.user;
        if before.role == Role::Admin && role != Role::Admin {
            keep_last_admin(&mut tx, &before.name).await?;
        }
        rows::set_role(&mut tx, user, role).await?;
        let detail = json!({ "before": before.role, "after": role });
        self.note(&mut tx, &caller.actor, "user.set_role", &before.name, detail).await?;
        tx.commit().await?;
        self.tell_ended();
        Ok(User { role, ..before })
    }

    async fn delete_user(&self, caller: &Caller, user: UserId) -> Answer<()> {
        caller.require(Permission::Administer)?;
        let mut tx = self.store.begin().await?;
        let before = known(&mut tx, user).await?.user;
        if before.role == Role::Admin {
            keep_last_admin(&mut tx, &before.name).await?;
        }
        rows::delete_user(&mut tx, user).await?;
        self.note(&mut tx, &caller.actor, "user.delete", &before.name, Value::Null).await?;
        tx.commit().await?;
        self.tell_ended();
        Ok(())
    }

    async fn change_password(
        &self,
        caller: &Caller,
        session: Option<&str>,
        current: &str,
        new: &str,
    ) -> Answer<()> {
        caller.require(Permission::View)?;
        let Some(id) = caller.user.filter(|_| caller.actor.kind == ActorKind::User) else {
            return Err(needs_user("A password is changed by its owner, signed in on the page."));
        };
        self.limit.check(&caller.actor.name, &caller.actor.name)?;
        let before = known(&mut *self.store.read().await?, id).await?;
        if !self.passwords.verify(current, Some(&before.password)).await? {
            return Err(Problem::invalid(vec![FieldError::new("/current", Fault::WrongPassword)]));
        }
        self.store_password(&caller.actor, &before.user, "/new", new, session).await
    }

    async fn tokens(&self, caller: &Caller) -> Answer<Vec<Token>> {
        caller.require(Permission::View)?;
        let mut reader = self.store.read().await?;
        if caller.may(Permission::Administer) {
            return Ok(rows::tokens(&mut reader, None).await?);
        }
        match caller.user {
            Some(user) => Ok(rows::tokens(&mut reader, Some(user)).await?),
            None => Ok(Vec::new()),
        }
    }

    async fn create_token(&self, caller: &Caller, input: CreateToken) -> Answer<CreatedToken> {
        caller.require(Permission::View)?;
        let Some(owner) = caller.user else {
            return Err(needs_user("A token belongs to a user; sign in, or use a token of that user."));
        };
        check_token(caller, &input)?;
        let mut tx = self.store.begin().await?;
        let user = known(&mut tx, owner).await?.user;
        let text = format!("{TOKEN_PREFIX}{}", secret::generate());
        let now = self.clock.now();
        let days = input.expires_in_days.map(|days| Duration::from_hours(u64::from(days) * 24));
        let token = Token {
            id: TokenId(self.clock.new_id()),
            name: input.name,
            role: input.role,
            user: user.name,
            hint: format!("{}...", text.get(..HINT_LENGTH).unwrap_or_default()),
            created_at: now,
            last_used_at: None,
            expires_at: days.map(|days| now.plus(days)),
        };
        match rows::insert_token(&mut tx, &token, owner, &secret::hash(&text)).await {
            Err(StoreError::Conflict(_)) => return Err(taken("token", &token.name)),
            other => other?,
        }
        let detail = json!({ "role": token.role, "expires_at": token.expires_at });
        self.note(&mut tx, &caller.actor, "token.create", &target(&token), detail).await?;
        tx.commit().await?;
        Ok(CreatedToken { token, secret: text })
    }

    async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Answer<()> {
        caller.require(Permission::View)?;
        let mut tx = self.store.begin().await?;
        let row = rows::token(&mut tx, id).await?;
        // Somebody else's token is not there for those who may not see it.
        let visible = |owner: UserId| caller.may(Permission::Administer) || caller.user == Some(owner);
        let Some(row) = row.filter(|row| visible(row.owner)) else {
            return Err(Problem::not_found("token", id));
        };
        rows::delete_token(&mut tx, id).await?;
        self.note(&mut tx, &caller.actor, "token.revoke", &target(&row.token), Value::Null).await?;
        tx.commit().await?;
        self.tell_ended();
        Ok(())
    }

    async fn audit(&self, caller: &Caller, page: &PageQuery) -> Answer<Page<AuditEntry>> {
        caller.require(Permission::Administer)?;
        Ok(audit::list(&mut *self.store.read().await?, page).await?)
    }
}

impl Authority {
    /// Sets somebody else's password and ends their sessions: `quarterdeck admin users set-password`.
    pub async fn reset_password(&self, caller: &Caller, name: &str, new: &str) -> Answer<()> {
        caller.require(Permission::Administer)?;
        let user = rows::user_by_name(&mut *self.store.read().await?, name)
            .await?
            .ok_or_else(|| Problem::not_found("user", name))?
            .user;
        self.store_password(&caller.actor, &user, "/password", new, None).await
    }

    /// The user of this name: the command line knows names, not ids.
    pub async fn user_named(&self, caller: &Caller, name: &str) -> Answer<User> {
        caller.require(Permission::Administer)?;
        let known = rows::user_by_name(&mut *self.store.read().await?, name).await?;
        known.map(|known| known.user).ok_or_else(|| Problem::not_found("user", name))
    }

    async fn store_password(
        &self,
        actor: &Actor,
        user: &User,
        path: &str,
        new: &str,
        keep_session: Option<&str>,
    ) -> Answer<()> {
        if let Some(error) = password::check(path, new) {
            return Err(Problem::invalid(vec![error]));
        }
        let hash = self.passwords.hash(new).await?;
        let mut tx = self.store.begin().await?;
        rows::set_password(&mut tx, user.id, &hash).await?;
        rows::delete_sessions(&mut tx, user.id, keep_session.map(secret::hash).as_deref()).await?;
        self.note(&mut tx, actor, "user.set_password", &user.name, Value::Null).await?;
        tx.commit().await?;
        self.tell_ended();
        Ok(())
    }

    fn new_user(&self, name: &str, role: Role) -> User {
        let created_at = self.clock.now();
        User { id: UserId(self.clock.new_id()), name: name.to_owned(), role, created_at, last_seen_at: None }
    }

    async fn open_session(&self, tx: &mut Transaction, user: &User) -> Answer<SignedIn> {
        let session = secret::generate();
        let now = self.clock.now();
        let hash = secret::hash(&session);
        rows::insert_session(tx, &hash, user.id, now, now.plus(SESSION_IDLE)).await?;
        rows::touch_session(tx, &hash, user.id, now, now.plus(SESSION_IDLE)).await?;
        let caller = Caller { actor: actor(user), role: user.role, user: Some(user.id) };
        Ok(SignedIn { session, caller, max_age: SESSION_IDLE })
    }

    async fn note(
        &self,
        tx: &mut Transaction,
        actor: &Actor,
        action: &str,
        target: &str,
        detail: Value,
    ) -> Answer<()> {
        let entry = audit::NewEntry { time: self.clock.now(), actor, action, target, reason: "", detail };
        Ok(audit::insert(tx, entry).await?)
    }
}

fn actor(user: &User) -> Actor {
    Actor { kind: ActorKind::User, name: user.name.clone() }
}

fn target(token: &Token) -> String {
    format!("{}/{}", token.user, token.name)
}

fn taken(what: &str, name: &str) -> Problem {
    Problem::new(ProblemCode::AlreadyExists, format!("There is a {what} {name} already."))
        .with("what", what)
        .with("name", name)
}

fn needs_user(detail: &str) -> Problem {
    Problem::new(ProblemCode::WrongState, detail).with("state", "no_user").with("action", "account")
}

async fn known(connection: &mut sqlx::AnyConnection, id: UserId) -> Answer<rows::Credentials> {
    rows::user(connection, id).await?.ok_or_else(|| Problem::not_found("user", id))
}

async fn keep_last_admin(tx: &mut Transaction, name: &str) -> Answer<()> {
    if rows::administrators(tx).await? > 1 {
        return Ok(());
    }
    let detail = format!("{name} is the last administrator; make another one first.");
    Err(Problem::new(ProblemCode::WrongState, detail).with("state", "last_admin").with("action", "remove"))
}

fn check_user(name: &str, new: &str) -> Answer<()> {
    let name_error = check_user_name(name).err().map(|_| {
        let fault = if name.is_empty() { Fault::Required } else { Fault::NotUserName };
        FieldError::new("/name", fault)
    });
    let errors: Vec<FieldError> = name_error.into_iter().chain(password::check("/password", new)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn check_token(caller: &Caller, input: &CreateToken) -> Answer<()> {
    let mut errors = Vec::new();
    if input.name.trim().is_empty() {
        errors.push(FieldError::new("/name", Fault::Required));
    } else if input.name.chars().count() > TOKEN_NAME_MAX {
        errors.push(FieldError::new("/name", Fault::TooLong { max: TOKEN_NAME_MAX }));
    } else if input.name.chars().any(char::is_control) {
        errors.push(FieldError::new("/name", Fault::ControlCharacter));
    }
    if input.role > caller.role {
        let allowed = Role::ALL.iter().filter(|role| **role <= caller.role);
        let allowed = allowed.map(|role| role.as_str().to_owned()).collect();
        errors.push(FieldError::new("/role", Fault::NotOneOf { allowed }));
    }
    if input.expires_in_days.is_some_and(|days| days == 0 || days > TOKEN_DAYS_MAX) {
        let fault = Fault::OutOfRange { min: 1.0, max: f64::from(TOKEN_DAYS_MAX) };
        errors.push(FieldError::new("/expires_in_days", fault));
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}
