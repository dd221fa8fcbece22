//! One's own account: who is signed in, and the password.

use leptos::prelude::*;
use model::problem::{Fault, FieldError, Problem};

use super::{banner, frame, wrong};
use crate::islands::password::NewPassword;
use crate::pages::set_up::PASSWORD_MIN;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::account as t;
use crate::text::deployment::role as role_word;
use crate::text::fault::fault;

#[component]
pub fn AccountPage() -> impl IntoView {
    page(account)
}

async fn account(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    let locale = visit.locale;
    let mut said: Option<Problem> = None;
    let mut changed = false;
    if let Some(form) = &visit.form {
        let (current, new) =
            (form.get("current").unwrap_or_default(), form.get("password").unwrap_or_default());
        let done = if new == form.get("again").unwrap_or_default() {
            visit.ports.accounts.change_password(caller, visit.request.session.as_deref(), current, new).await
        } else {
            let fault = Fault::Other { reason: t::not_the_same(locale).to_owned() };
            Err(Problem::invalid(vec![FieldError::new("/again", fault)]))
        };
        match done {
            Ok(()) => changed = true,
            Err(problem) => said = Some(problem),
        }
    }
    let mistakes = |fields: &[&str]| -> Vec<String> {
        let errors = said.iter().flat_map(|said| &said.errors);
        let mine = errors.filter(|error| fields.contains(&error.path.as_str()));
        mine.map(|error| fault(locale, &error.fault)).collect()
    };
    let (wrong_new, wrong_again) = (mistakes(&["/new", "/password"]), mistakes(&["/again"]));
    let content = view! {
        {banner(&visit, said.as_ref())}
        {changed.then(|| view! { <div class="alert ok" role="status">{t::password_changed(locale)}</div> })}
        <section class="card pad narrow">
            <dl class="facts">
                <dt>{t::signed_in_as(locale)}</dt>
                <dd>{caller.actor.name.clone()}</dd>
                <dt>{t::role(locale)}</dt>
                <dd>{role_word(locale, caller.role)}</dd>
            </dl>
            <form method="post" action=paths::SIGN_OUT>
                <button class="btn" name="do" value="sign-out">
                    {t::sign_out(locale)}
                </button>
            </form>
        </section>
        {caller
            .user
            .is_some()
            .then(|| {
                view! {
                    <section class="card pad narrow">
                        <form method="post" class="stack">
                            <h2>{t::change_password(locale)}</h2>
                            <input type="hidden" name="username" value=caller.actor.name.clone() autocomplete="username" />
                            <div class="field">
                                <label for="current">{t::current_password(locale)}</label>
                                <input
                                    id="current"
                                    name="current"
                                    type="password"
                                    required=true
                                    autocomplete="current-password"
                                    aria-invalid=wrong(said.as_ref(), "/current")
                                />
                            </div>
                            <NewPassword locale=locale least=PASSWORD_MIN wrong=wrong_new wrong_again=wrong_again />
                            <button class="btn main">{t::change_password(locale)}</button>
                        </form>
                    </section>
                }
            })}
    };
    Ok(frame(&visit, paths::ACCOUNT, content.into_any()))
}
