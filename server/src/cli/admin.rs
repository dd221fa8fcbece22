//! `quarterdeck admin`: users and tokens, straight in the database.

use std::io::BufRead;
use std::str::FromStr;

use app::port::Accounts;
use clap::{Args, Subcommand};
use model::api::{CreateToken, CreateUser};
use model::id::TokenId;
use model::permission::{Caller, Role};
use model::problem::Problem;

use crate::auth::{Authority, secret};
use crate::boot;
use crate::config::{Config, DataOptions, ServeOptions};

#[derive(Debug, Args)]
pub struct AdminOptions {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// People who can sign in
    #[command(subcommand)]
    Users(Users),
    /// API tokens
    #[command(subcommand)]
    Tokens(Tokens),
}

#[derive(Debug, Subcommand)]
enum Users {
    /// Show all users
    List {
        #[command(flatten)]
        data: DataOptions,
    },
    /// Add a user; without --password-stdin a password is made and printed
    Add {
        name: String,
        /// viewer, operator or admin
        #[arg(long, default_value = "viewer", value_parser = role)]
        role: Role,
        #[command(flatten)]
        password: PasswordOptions,
        #[command(flatten)]
        data: DataOptions,
    },
    /// Set a user's password and end all the user's sessions
    SetPassword {
        name: String,
        #[command(flatten)]
        password: PasswordOptions,
        #[command(flatten)]
        data: DataOptions,
    },
    /// Give a user another role
    SetRole {
        name: String,
        /// viewer, operator or admin
        #[arg(value_parser = role)]
        role: Role,
        #[command(flatten)]
        data: DataOptions,
    },
    /// Remove a user with all sessions and tokens
    Remove {
        name: String,
        #[command(flatten)]
        data: DataOptions,
    },
}

#[derive(Debug, Subcommand)]
enum Tokens {
    /// Show all tokens
    List {
        #[command(flatten)]
        data: DataOptions,
    },
    /// Make a token and print it, once
    Create {
        /// Owner
        #[arg(long)]
        user: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// viewer, operator or admin; at most the owner's
        #[arg(long, default_value = "viewer", value_parser = role)]
        role: Role,
        /// Days until it ends; without, it does not end
        #[arg(long)]
        days: Option<u32>,
        #[command(flatten)]
        data: DataOptions,
    },
    /// End a token
    Revoke {
        /// Its id, as `tokens list` shows it
        id: String,
        #[command(flatten)]
        data: DataOptions,
    },
}

#[derive(Debug, Args)]
struct PasswordOptions {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordOptions {
    /// The password, and whether it has to be shown because it was made here.
    fn get(&self) -> Result<(String, bool), String> {
        if !self.password_stdin {
            return Ok((secret::generate(), true));
        }
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        read.map_err(|error| format!("no password could be read: {error}"))?;
        Ok((line.trim_end_matches(['\r', '\n']).to_owned(), false))
    }
}

fn role(text: &str) -> Result<Role, String> {
    let known = Role::ALL.into_iter().find(|role| role.as_str() == text);
    known.ok_or_else(|| "must be viewer, operator or admin".to_owned())
}

pub fn run(options: AdminOptions) -> Result<(), String> {
    let runtime = super::runtime()?;
    runtime.block_on(async {
        match options.what {
            What::Users(users) => run_users(users).await,
            What::Tokens(tokens) => run_tokens(tokens).await,
        }
    })
}

/// The authority over a data folder, and who acts: the person at the command line.
async fn open(data: DataOptions) -> Result<(Authority, Caller), String> {
    let config = Config::load(ServeOptions { data, ..ServeOptions::default() });
    let config = config.map_err(|error| error.to_string())?;
    let authority = boot::authority(&config).await.map_err(|error| error.to_string())?;
    Ok((authority, Caller::policy("command-line")))
}

async fn run_users(users: Users) -> Result<(), String> {
    match users {
        Users::List { data } => {
            let (authority, caller) = open(data).await?;
            println!("{:<24} {:<10} {:<26} LAST SEEN", "NAME", "ROLE", "CREATED");
            for user in authority.users(&caller).await.map_err(sentence)? {
                let seen = user.last_seen_at.map_or_else(|| "never".to_owned(), |time| time.to_string());
                println!("{:<24} {:<10} {:<26} {seen}", user.name, user.role.as_str(), user.created_at);
            }
        }
        Users::Add { name, role, password, data } => {
            let (authority, caller) = open(data).await?;
            let (text, made) = password.get()?;
            let input = CreateUser { name, password: text.clone(), role };
            let user = authority.create_user(&caller, input).await.map_err(sentence)?;
            println!("{} added as {}.", user.name, role.as_str());
            if made {
                println!("Password: {text}");
            }
        }
        Users::SetPassword { name, password, data } => {
            let (authority, caller) = open(data).await?;
            let (text, made) = password.get()?;
            authority.reset_password(&caller, &name, &text).await.map_err(sentence)?;
            println!("The password of {name} is set.");
            if made {
                println!("Password: {text}");
            }
        }
        Users::SetRole { name, role, data } => {
            let (authority, caller) = open(data).await?;
            let user = authority.user_named(&caller, &name).await.map_err(sentence)?;
            authority.set_role(&caller, user.id, role).await.map_err(sentence)?;
            println!("{name} is now {}.", role.as_str());
        }
        Users::Remove { name, data } => {
            let (authority, caller) = open(data).await?;
            let user = authority.user_named(&caller, &name).await.map_err(sentence)?;
            authority.delete_user(&caller, user.id).await.map_err(sentence)?;
            println!("{name} is removed.");
        }
    }
    Ok(())
}

async fn run_tokens(tokens: Tokens) -> Result<(), String> {
    match tokens {
        Tokens::List { data } => {
            let (authority, caller) = open(data).await?;
            println!("{:<36} {:<16} {:<20} {:<10} {:<10} EXPIRES", "ID", "USER", "NAME", "ROLE", "HINT");
            for token in authority.tokens(&caller).await.map_err(sentence)? {
                let end = token.expires_at.map_or_else(|| "never".to_owned(), |time| time.to_string());
                let role = token.role.as_str();
                println!(
                    "{:<36} {:<16} {:<20} {role:<10} {:<10} {end}",
                    token.id.to_string(),
                    token.user,
                    token.name,
                    token.hint
                );
            }
        }
        Tokens::Create { user, name, role, days, data } => {
            let (authority, caller) = open(data).await?;
            let owner = authority.user_named(&caller, &user).await.map_err(sentence)?;
            // Made as its owner, so that the owner's role bounds it.
            let caller = Caller { role: owner.role, user: Some(owner.id), ..caller };
            let input = CreateToken { name, role, expires_in_days: days };
            let created = authority.create_token(&caller, input).await.map_err(sentence)?;
            println!("{}", created.secret);
        }
        Tokens::Revoke { id, data } => {
            let id = TokenId::from_str(&id).map_err(|_| format!("{id} is not the id of a token"))?;
            let (authority, caller) = open(data).await?;
            authority.revoke_token(&caller, id).await.map_err(sentence)?;
            println!("The token is revoked.");
        }
    }
    Ok(())
}

fn sentence(problem: Problem) -> String {
    problem.detail
}
