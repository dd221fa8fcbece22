//! API tokens: made with a secret that is shown once, and revoked.

use leptos::prelude::*;
use model::api::CreateToken;
use model::id::TokenId;
use model::permission::Role;
use model::problem::Problem;

use super::{banner, frame, role_of, roles, wrong};
use crate::islands::copy::CopyButton;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::deployment::role as role_word;
use crate::text::settings as t;

#[component]
pub fn TokensPage() -> impl IntoView {
    page(tokens)
}

async fn tokens(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let mut said = None;
    let mut made = None;
    let mut typed = String::new();
    if let Some(form) = &visit.form {
        if form.get("do") == Some("revoke") {
            let revoked = match form.text("id").parse::<TokenId>() {
                Ok(id) => visit.ports.accounts.revoke_token(caller, id).await,
                Err(_) => Err(Problem::not_found("token", form.text("id"))),
            };
            match revoked {
                Ok(()) => {
                    visit.redirect(paths::TOKENS);
                    return Ok(().into_any());
                }
                Err(problem) => said = Some(problem),
            }
        } else {
            typed = form.text("name");
            let input = CreateToken {
                name: typed.clone(),
                role: role_of(&form.text("role")).unwrap_or(Role::Viewer),
                expires_in_days: form.text("days").parse().ok(),
            };
            match visit.ports.accounts.create_token(caller, input).await {
                // The one page that ever shows the secret: no redirect, and nothing keeps it.
                Ok(created) => {
                    typed.clear();
                    made = Some(created);
                }
                Err(problem) => said = Some(problem),
            }
        }
    }
    let list = visit.ports.accounts.tokens(caller).await?;
    let empty = list.is_empty();
    let content = view! {
        {banner(&visit, said.as_ref())}
        {made
            .map(|made| {
                view! {
                    <section class="card pad stack secret" role="status">
                        <h2>{t::token_made(locale, &made.token.name)}</h2>
                        <p>{t::token_once(locale)}</p>
                        <div class="row">
                            <code class="secret-text" id="secret" tabindex="0">
                                {made.secret.clone()}
                            </code>
                            <CopyButton text=made.secret label=t::copy(locale).to_owned() done=t::copied(locale).to_owned() />
                        </div>
                        <pre class="log">
                            {format!("curl -H 'Authorization: Bearer …' {}/api/v1/apps", t::this_console(locale))}
                        </pre>
                    </section>
                }
            })}
        {if empty {
            view! { <div class="card pad empty"><p class="sub">{t::no_tokens(locale)}</p></div> }.into_any()
        } else {
            view! {
                <div class="card scroll" tabindex="0">
                    <table>
                        <thead>
                            <tr>
                                <th>{t::name(locale)}</th>
                                <th>{t::role(locale)}</th>
                                <th>{t::owner(locale)}</th>
                                <th>{t::begins_with(locale)}</th>
                                <th>{t::made_at(locale)}</th>
                                <th>{t::last_used(locale)}</th>
                                <th>{t::expires(locale)}</th>
                                <th>
                                    <span class="visually-hidden">{t::revoke(locale)}</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {list
                                .into_iter()
                                .map(|token| {
                                    view! {
                                        <tr>
                                            <td class="name">{token.name.clone()}</td>
                                            <td>{role_word(locale, token.role)}</td>
                                            <td>{token.user.clone()}</td>
                                            <td class="mono">{token.hint.clone()}</td>
                                            <td class="nowrap">{crate::pages::local(token.created_at)}</td>
                                            <td class="nowrap">
                                                {match token.last_used_at {
                                                    Some(at) => crate::pages::local(at),
                                                    None => view! { <span class="sub">{t::never(locale)}</span> }.into_any(),
                                                }}
                                            </td>
                                            <td class="nowrap">
                                                {match token.expires_at {
                                                    Some(at) => crate::pages::local(at),
                                                    None => view! { <span class="sub">{t::never(locale)}</span> }.into_any(),
                                                }}
                                            </td>
                                            <td>
                                                <form method="post">
                                                    <input type="hidden" name="id" value=token.id.to_string() />
                                                    <button
                                                        class="btn small danger"
                                                        name="do"
                                                        value="revoke"
                                                        aria-label=t::revoke_named(locale, &token.name)
                                                    >
                                                        {t::revoke(locale)}
                                                    </button>
                                                </form>
                                            </td>
                                        </tr>
                                    }
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
            }
                .into_any()
        }}
        <section class="card pad narrow">
            <form method="post" class="stack">
                <h2>{t::new_token(locale)}</h2>
                <div class="field">
                    <label for="name">{t::name(locale)}</label>
                    <input
                        id="name"
                        name="name"
                        value=typed
                        required=true
                        maxlength="100"
                        autocomplete="off"
                        placeholder="ci"
                        aria-invalid=wrong(said.as_ref(), "/name")
                    />
                </div>
                <div class="field">
                    <label for="role">{t::role(locale)}</label>
                    {roles(&visit, "role", caller.role, caller.role.min(Role::Operator))}
                </div>
                <div class="field">
                    <label for="days">{t::expires_in(locale)}</label>
                    <input
                        id="days"
                        name="days"
                        inputmode="numeric"
                        autocomplete="off"
                        aria-describedby="days-note"
                        aria-invalid=wrong(said.as_ref(), "/expires_in_days")
                    />
                    <small class="field-hint" id="days-note">
                        {t::days_hint(locale)}
                    </small>
                </div>
                <button class="btn main" name="do" value="create">
                    {t::create_token(locale)}
                </button>
            </form>
        </section>
    };
    Ok(frame(&visit, paths::TOKENS, content.into_any()))
}
