//! A new password, typed twice, with its rule answered while it is typed.

use leptos::prelude::*;

use crate::text::Locale;
use crate::text::account as t;

/// How much a password resists guessing, by length and variety; a hint only, the length is the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    TooShort,
    Fair,
    Good,
    Strong,
}

pub fn strength(password: &str, least: usize) -> Strength {
    let length = password.chars().count();
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    match (length, different.len()) {
        (length, _) if length < least => Strength::TooShort,
        (16.., 9..) => Strength::Strong,
        (_, 8..) => Strength::Good,
        _ => Strength::Fair,
    }
}

#[island]
pub fn NewPassword(
    locale: Locale,
    least: usize,
    wrong: Vec<String>,
    wrong_again: Vec<String>,
) -> impl IntoView {
    let password = RwSignal::new(String::new());
    let again = RwSignal::new(String::new());
    let verdict = Memo::new(move |_| password.with(|password| strength(password, least)));
    let differs = Memo::new(move |_| {
        again.with(|again| !again.is_empty() && password.with(|password| password != again))
    });
    let invalid = (!wrong.is_empty()).then_some("true");
    let level = move || match verdict.get() {
        Strength::TooShort => "1",
        Strength::Fair => "2",
        Strength::Good => "3",
        Strength::Strong => "4",
    };
    let (was_wrong, was_wrong_again) = (!wrong.is_empty(), !wrong_again.is_empty());
    view! {
        <div class="field" class:wrong=was_wrong>
            <label for="password">{t::password(locale)}</label>
            <input
                id="password"
                name="password"
                type="password"
                required=true
                minlength=least.to_string()
                autocomplete="new-password"
                aria-describedby="password-note"
                aria-invalid=invalid
                on:input=move |event| password.set(event_target_value(&event))
            />
            <span class="field-note" id="password-note" aria-live="polite">
                {wrong.iter().map(|word| view! { <em class="field-error">{word.clone()}</em> }).collect_view()}
                {move || {
                    let typed = password.with(|password| password.chars().count());
                    if typed == 0 {
                        view! { <small class="field-hint">{t::password_rule(locale, least)}</small> }.into_any()
                    } else {
                        view! {
                            <meter min="0" max="4" low="2" high="3" optimum="4" value=level aria-hidden="true"></meter>
                            <small class="field-hint">{t::strength(locale, verdict.get(), least, typed)}</small>
                        }
                            .into_any()
                    }
                }}
            </span>
        </div>
        <div class="field" class:wrong=move || was_wrong_again || differs.get()>
            <label for="again">{t::password_again(locale)}</label>
            <input
                id="again"
                name="again"
                type="password"
                required=true
                autocomplete="new-password"
                aria-describedby="again-note"
                aria-invalid=move || (was_wrong_again || differs.get()).then_some("true")
                on:input=move |event| again.set(event_target_value(&event))
            />
            <span class="field-note" id="again-note" aria-live="polite">
                {wrong_again.iter().map(|word| view! { <em class="field-error">{word.clone()}</em> }).collect_view()}
                {move || differs.get().then(|| view! { <em class="field-error">{t::not_the_same(locale)}</em> })}
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_variety_count() {
        assert_eq!(strength("short", 12), Strength::TooShort);
        assert_eq!(strength("aaaaaaaaaaaa", 12), Strength::Fair);
        assert_eq!(strength("abcdefghijkl", 12), Strength::Good);
        assert_eq!(strength("correct horse battery staple", 12), Strength::Strong);
    }
}
