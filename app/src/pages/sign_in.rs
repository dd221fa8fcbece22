//! Signing in and out.

use leptos::prelude::*;
use model::problem::{Problem, ProblemCode};

use super::visit::{Visit, page};
use crate::paths;
use crate::port::SignedIn;
use crate::request::SESSION_COOKIE;
use crate::text::account as t;
use crate::text::fault::problem as say;

#[component]
pub fn SignInPage() -> impl IntoView {
    page(sign_in)
}

/// Ends the session on POST; a link alone signs nobody out.
#[component]
pub fn SignOutPage() -> impl IntoView {
    page(sign_out)
}

/// Gives the browser its session.
pub fn remember(visit: &Visit, signed_in: &SignedIn) {
    let secure = if visit.request.secure { "; Secure" } else { "" };
    let age = signed_in.max_age.as_secs();
    let secret = &signed_in.session;
    visit.set_cookie(&format!(
        "{SESSION_COOKIE}={secret}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
    ));
}

async fn sign_in(visit: Visit) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    let next = visit.asked("next");
    let next = paths::own(&next);
    if visit.request.caller.is_some() && visit.form.is_none() {
        visit.redirect(next);
        return Ok(().into_any());
    }
    let mut said = None;
    let mut name = String::new();
    if let Some(form) = &visit.form {
        name = form.text("name");
        let password = form.get("password").unwrap_or_default();
        match visit.ports.accounts.sign_in(&name, password, &visit.request.address).await {
            Ok(signed_in) => {
                remember(&visit, &signed_in);
                visit.redirect(next);
                return Ok(().into_any());
            }
            Err(problem) => {
                visit.status(problem.status);
                said = Some(problem);
            }
        }
    }
    let needs_setup = visit.ports.accounts.needs_setup().await.unwrap_or(false);
    let wrong = said.as_ref().is_some_and(|said| said.code == ProblemCode::WrongCredentials);
    let invalid = wrong.then_some("true");
    Ok(view! {
        {super::title(t::sign_in(locale))}
        <div class="door">
            <form method="post" class="card pad door-card stack">
                <h1>{t::sign_in(locale)}</h1>
                {needs_setup.then(|| view! { <p class="alert warn">{t::no_user_yet(locale)}</p> })}
                {said
                    .map(|said| {
                        view! {
                            <p class="alert" role="alert" id="sign-in-error">
                                {say(locale, &said)}
                            </p>
                        }
                    })}
                <div class="field">
                    <label for="name">{t::name(locale)}</label>
                    <input
                        id="name"
                        name="name"
                        value=name.clone()
                        required=true
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        autofocus=name.is_empty()
                        aria-invalid=invalid
                        aria-describedby=wrong.then_some("sign-in-error")
                    />
                </div>
                <div class="field">
                    <label for="password">{t::password(locale)}</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        required=true
                        autocomplete="current-password"
                        autofocus=!name.is_empty()
                        aria-invalid=invalid
                        aria-describedby=wrong.then_some("sign-in-error")
                    />
                </div>
                <button class="btn main wide-button">{t::sign_in(locale)}</button>
            </form>
        </div>
    }
    .into_any())
}

async fn sign_out(visit: Visit) -> Result<AnyView, Problem> {
    let locale = visit.locale;
    if visit.form.is_some() {
        if let Some(session) = &visit.request.session {
            visit.ports.accounts.sign_out(session).await?;
        }
        let secure = if visit.request.secure { "; Secure" } else { "" };
        visit.set_cookie(&format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"));
        visit.redirect(paths::SIGN_IN);
        return Ok(().into_any());
    }
    Ok(view! {
        {super::title(t::sign_out(locale))}
        <div class="door">
            <form method="post" class="card pad door-card stack">
                <h1>{t::sign_out(locale)}</h1>
                <input type="hidden" name="do" value="sign-out" />
                <button class="btn main wide-button">{t::sign_out(locale)}</button>
            </form>
        </div>
    }
    .into_any())
}
