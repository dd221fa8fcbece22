//! Users, for administrators.

use leptos::prelude::*;
use model::api::CreateUser;
use model::id::UserId;
use model::permission::{Permission, Role};
use model::problem::Problem;

use super::{banner, frame, role_of, roles, wrong};
use crate::pages::set_up::PASSWORD_MIN;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::account;
use crate::text::deployment::role as role_word;
use crate::text::settings as t;

#[component]
pub fn UsersPage() -> impl IntoView {
    page(users)
}

async fn users(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::Administer)?;
    let locale = visit.locale;
    let mut said = None;
    let mut typed = String::new();
    if let Some(form) = &visit.form {
        let role = role_of(&form.text("role")).unwrap_or(Role::Viewer);
        let id = form.text("id").parse::<UserId>().map_err(|_| Problem::not_found("user", form.text("id")));
        let done = match (form.get("do"), id) {
            (Some("role"), Ok(id)) => visit.ports.accounts.set_role(caller, id, role).await.map(drop),
            (Some("delete"), Ok(id)) => visit.ports.accounts.delete_user(caller, id).await,
            (Some("role" | "delete"), Err(problem)) => Err(problem),
            _ => {
                typed = form.text("name");
                let password = form.get("password").unwrap_or_default().to_owned();
                let input = CreateUser { name: typed.clone(), password, role };
                visit.ports.accounts.create_user(caller, input).await.map(drop)
            }
        };
        match done {
            Ok(()) => {
                visit.redirect(paths::USERS);
                return Ok(().into_any());
            }
            Err(problem) => said = Some(problem),
        }
    }
    let list = visit.ports.accounts.users(caller).await?;
    let content = view! {
        {banner(&visit, said.as_ref())}
        <div class="card scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th>{t::name(locale)}</th>
                        <th>{t::role(locale)}</th>
                        <th>{t::made_at(locale)}</th>
                        <th>{t::last_seen(locale)}</th>
                        <th>
                            <span class="visually-hidden">{t::delete(locale)}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {list
                        .iter()
                        .map(|user| {
                            let own = caller.user == Some(user.id);
                            let id = user.id.to_string();
                            view! {
                                <tr>
                                    <td class="name">{user.name.clone()}</td>
                                    <td>
                                        {if own {
                                            role_word(locale, user.role).into_any()
                                        } else {
                                            view! {
                                                <form method="post" class="row">
                                                    <input type="hidden" name="id" value=id.clone() />
                                                    <select name="role" aria-label=t::role_of(locale, &user.name)>
                                                        {Role::ALL
                                                            .into_iter()
                                                            .map(|role| {
                                                                view! {
                                                                    <option value=role.as_str() selected=role == user.role>
                                                                        {role_word(locale, role)}
                                                                    </option>
                                                                }
                                                            })
                                                            .collect_view()}
                                                    </select>
                                                    <button class="btn small" name="do" value="role">
                                                        {t::save(locale)}
                                                    </button>
                                                </form>
                                            }
                                                .into_any()
                                        }}
                                    </td>
                                    <td class="nowrap">{crate::pages::local(user.created_at)}</td>
                                    <td class="nowrap">
                                        {match user.last_seen_at {
                                            Some(at) => crate::pages::local(at),
                                            None => view! { <span class="sub">{t::never(locale)}</span> }.into_any(),
                                        }}
                                    </td>
                                    <td>
                                        {(!own)
                                            .then(|| {
                                                view! {
                                                    <details class="act">
                                                        <summary class="btn small danger">{t::delete(locale)}</summary>
                                                        <form method="post" class="act-form card">
                                                            <p>{t::delete_user(locale, &user.name)}</p>
                                                            <input type="hidden" name="id" value=id />
                                                            <button class="btn danger" name="do" value="delete">
                                                                {t::delete(locale)}
                                                            </button>
                                                        </form>
                                                    </details>
                                                }
                                            })}
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        <section class="card pad narrow">
            <form method="post" class="stack">
                <h2>{t::new_user(locale)}</h2>
                <div class="field">
                    <label for="name">{account::name(locale)}</label>
                    <input
                        id="name"
                        name="name"
                        value=typed
                        required=true
                        maxlength="63"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-invalid=wrong(said.as_ref(), "/name")
                        aria-describedby="name-note"
                    />
                    <small class="field-hint" id="name-note">
                        {crate::text::editor::name_hint(locale)}
                    </small>
                </div>
                <div class="field">
                    <label for="password">{account::password(locale)}</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        required=true
                        minlength=PASSWORD_MIN.to_string()
                        autocomplete="new-password"
                        aria-invalid=wrong(said.as_ref(), "/password")
                        aria-describedby="password-note"
                    />
                    <small class="field-hint" id="password-note">
                        {account::password_rule(locale, PASSWORD_MIN)}
                    </small>
                </div>
                <div class="field">
                    <label for="role">{t::role(locale)}</label>
                    {roles(&visit, "role", Role::Admin, Role::Operator)}
                </div>
                <button class="btn main" name="do" value="create">
                    {t::create_user(locale)}
                </button>
            </form>
        </section>
    };
    Ok(frame(&visit, paths::USERS, content.into_any()))
}
