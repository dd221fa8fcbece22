//! The command palette: Ctrl-K, Cmd-K or `/` opens it, `?` lists the keys, `g` and a letter goes to a page.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use model::api::{Hit, Reasoned, Scale};
use model::app::AppStatus;
use model::deployment::DeploymentState;
use model::id::{AppKey, DeploymentId};

use crate::islands::ask;
use crate::paths;
use crate::text::Locale;
use crate::text::deployment::{kind, state};
use crate::text::palette as t;
use crate::text::rollout::step_of;

/// What happens when an entry is taken.
#[derive(Debug, Clone, PartialEq)]
enum Deed {
    Go(String),
    Scale(AppKey, u32),
    Restart(AppKey),
    Suspend(AppKey),
    Resume(AppKey),
    Approve(DeploymentId),
    SignOut,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: String,
    note: String,
    deed: Deed,
}

/// A wish after an app's name: a number, or the beginning of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Scale(u32),
    Verb(Verb),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Restart,
    Suspend,
    Resume,
    Approve,
}

/// `shop 6` is the app `shop` and the wish to scale to 6; `restart shop` and `shop rest` are alike.
fn read(text: &str) -> (String, Option<Wish>) {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let verb = |word: &str| {
        let verbs = [
            ("restart", Verb::Restart),
            ("suspend", Verb::Suspend),
            ("resume", Verb::Resume),
            ("approve", Verb::Approve),
        ];
        let word = word.to_lowercase();
        verbs.into_iter().find(|(name, _)| word.len() >= 3 && name.starts_with(&word)).map(|(_, verb)| verb)
    };
    let wish = |word: &str| match word.parse() {
        Ok(count) => Some(Wish::Scale(count)),
        Err(_) => verb(word).map(Wish::Verb),
    };
    if words.len() > 1 {
        let last = words.last().and_then(|word| wish(word));
        if last.is_some() {
            words.pop();
            if words.len() > 1 && words[0].eq_ignore_ascii_case("scale") {
                words.remove(0);
            }
            return (words.join(" "), last);
        }
        if let Some(first) = verb(words[0]) {
            return (words[1..].join(" "), Some(Wish::Verb(first)));
        }
        if words[0].eq_ignore_ascii_case("scale") {
            return (words[1..].join(" "), None);
        }
    }
    (words.join(" "), None)
}

fn pages(locale: Locale, text: &str, may_change: bool) -> Vec<Entry> {
    let wanted = text.to_lowercase();
    let all = [
        (t::overview(locale), paths::OVERVIEW),
        (t::apps(locale), paths::APPS),
        (t::deployments(locale), paths::DEPLOYMENTS),
        (t::images(locale), paths::IMAGES),
        (t::nodes(locale), paths::NODES),
        (t::alerts(locale), paths::ALERTS),
        (t::settings(locale), paths::ENVIRONMENTS),
        (t::new_app(locale), paths::NEW_APP),
    ];
    let mut entries: Vec<Entry> = all
        .into_iter()
        .filter(|(_, path)| may_change || *path != paths::NEW_APP)
        .map(|(name, path)| Entry {
            name: name.to_owned(),
            note: t::page(locale).to_owned(),
            deed: Deed::Go(path.to_owned()),
        })
        .collect();
    entries.push(Entry {
        name: t::sign_out(locale).to_owned(),
        note: t::action(locale).to_owned(),
        deed: Deed::SignOut,
    });
    entries.retain(|entry| entry.name.to_lowercase().contains(&wanted));
    entries
}

fn entries(locale: Locale, typed: &str, hits: &[Hit], may_change: bool) -> Vec<Entry> {
    let (text, wish) = read(typed);
    let mut deeds = Vec::new();
    let mut found = Vec::new();
    for hit in hits {
        match hit {
            Hit::App { key, status, .. } => {
                let name = key.app.as_str();
                let mut deed = |name: String, deed| {
                    deeds.push(Entry { name, note: key.environment.to_string(), deed });
                };
                let suspended = *status == AppStatus::Suspended;
                match wish.filter(|_| may_change) {
                    Some(Wish::Scale(count)) => {
                        deed(t::scale(locale, name, count), Deed::Scale(key.clone(), count));
                    }
                    Some(Wish::Verb(Verb::Restart)) => {
                        deed(t::restart(locale, name), Deed::Restart(key.clone()));
                    }
                    Some(Wish::Verb(Verb::Suspend)) => {
                        deed(t::suspend(locale, name), Deed::Suspend(key.clone()));
                    }
                    Some(Wish::Verb(Verb::Resume)) => {
                        deed(t::resume(locale, name), Deed::Resume(key.clone()));
                    }
                    // What is approved is a deployment.
                    Some(Wish::Verb(Verb::Approve)) | None => {}
                }
                found.push(Entry {
                    name: name.to_owned(),
                    note: format!("{} · {}", t::app(locale), key.environment),
                    deed: Deed::Go(paths::app(key)),
                });
                if may_change && wish.is_none() && hits.len() <= 2 && !text.is_empty() {
                    let note = t::action(locale).to_owned();
                    found.push(Entry {
                        name: t::edit(locale, name),
                        note: note.clone(),
                        deed: Deed::Go(paths::edit_app(key)),
                    });
                    found.push(Entry {
                        name: t::restart(locale, name),
                        note: note.clone(),
                        deed: Deed::Restart(key.clone()),
                    });
                    let (name, deed) = if suspended {
                        (t::resume(locale, name), Deed::Resume(key.clone()))
                    } else {
                        (t::suspend(locale, name), Deed::Suspend(key.clone()))
                    };
                    found.push(Entry { name, note, deed });
                }
            }
            Hit::Deployment { id, number, key, what, state: now, step, steps } => {
                let wished = matches!(wish, None | Some(Wish::Verb(Verb::Approve)));
                if may_change && wished && *now == DeploymentState::AwaitingApproval {
                    let name = t::approve(locale, key.app.as_str(), *number);
                    let to = if wish.is_some() { &mut deeds } else { &mut found };
                    to.push(Entry { name, note: key.environment.to_string(), deed: Deed::Approve(*id) });
                }
                let mut note = format!("{} · {}", t::deployment(locale), state(locale, *now));
                if *step > 0 && now.is_active() {
                    note = format!("{note} · {}", step_of(locale, *step, *steps));
                }
                let name = format!("{} #{number} {}", key.app, kind(locale, *what));
                found.push(Entry { name, note, deed: Deed::Go(paths::deployment(*id)) });
            }
        }
    }
    deeds.append(&mut found);
    deeds.extend(pages(locale, &text, may_change));
    deeds
}

#[island]
pub fn Palette(locale: Locale, may_change: bool) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let keys = NodeRef::<html::Dialog>::new();
    let input = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let hits = RwSignal::new(Vec::<Hit>::new());
    let chosen = RwSignal::new(0_usize);
    let said = RwSignal::new(String::new());
    let asked = StoredValue::new(0_u32);
    let list =
        Memo::new(move |_| typed.with(|typed| hits.with(|hits| entries(locale, typed, hits, may_change))));

    let search = move || {
        asked.update_value(|asked| *asked += 1);
        let this = asked.get_value();
        let text = typed.with_untracked(|typed| read(typed).0);
        later(move || {
            if asked.try_get_value() != Some(this) {
                return;
            }
            leptos::task::spawn_local(async move {
                let answer = ask::find(&text).await;
                if asked.try_get_value() == Some(this) {
                    said.set(if answer.is_err() { t::failed(locale).to_owned() } else { String::new() });
                    hits.set(answer.unwrap_or_default());
                    chosen.set(0);
                }
            });
        });
    };
    let open = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            typed.set(String::new());
            chosen.set(0);
            let _ = dialog.show_modal();
            search();
            if let Some(input) = input.get_untracked() {
                let _ = input.focus();
            }
        }
    };
    let take = move |entry: Entry| {
        if let Deed::Go(to) = &entry.deed {
            go(to);
            return;
        }
        said.set(format!("{} …", entry.name));
        leptos::task::spawn_local(async move {
            if let Err(why) = carry_out(&entry.deed).await {
                said.set(crate::text::fault::problem(locale, &why));
            }
        });
    };
    listen_to_keys(open, move || {
        if let Some(keys) = keys.get_untracked().filter(|keys| !keys.open()) {
            let _ = keys.show_modal();
        }
    });
    let key = move |event: ev::KeyboardEvent| {
        let count = list.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
            "Home" if count > 0 && event.ctrl_key() => chosen.set(0),
            "End" if count > 0 && event.ctrl_key() => chosen.set(count - 1),
            "Enter" => {
                if let Some(entry) = list.with_untracked(|list| list.get(chosen.get_untracked()).cloned()) {
                    take(entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
        show_chosen(chosen.get_untracked());
    };
    view! {
        <dialog class="palette" node_ref=dialog aria-label=t::find(locale)>
            <div class="palette-box">
                <input
                    node_ref=input
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-autocomplete="list"
                    aria-label=t::find(locale)
                    aria-activedescendant=move || format!("palette-{}", chosen.get())
                    placeholder=t::find(locale)
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    prop:value=move || typed.get()
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        chosen.set(0);
                        search();
                    }
                    on:keydown=key
                />
                <ul class="palette-list" id="palette-list" role="listbox" aria-label=t::results(locale)>
                    {move || {
                        list.get()
                            .into_iter()
                            .enumerate()
                            .map(|(index, entry)| {
                                let taken = entry.clone();
                                view! {
                                    <li
                                        id=format!("palette-{index}")
                                        role="option"
                                        aria-selected=move || if chosen.get() == index { "true" } else { "false" }
                                        on:mousemove=move |_| {
                                            if chosen.get_untracked() != index {
                                                chosen.set(index);
                                            }
                                        }
                                        on:click=move |_| take(taken.clone())
                                    >
                                        <span class="palette-name">{entry.name}</span>
                                        <span class="sub">{entry.note}</span>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
                <p class="palette-foot" role="status">
                    {move || {
                        let said = said.get();
                        if !said.is_empty() {
                            said
                        } else if list.with(Vec::is_empty) {
                            t::nothing(locale).to_owned()
                        } else {
                            t::hint(locale).to_owned()
                        }
                    }}
                </p>
            </div>
        </dialog>
        <dialog class="palette" node_ref=keys aria-labelledby="keys-title">
            <div class="palette-keys stack">
                <h2 id="keys-title">{t::keys_title(locale)}</h2>
                <dl class="facts">
                    {t::keys(locale)
                        .into_iter()
                        .map(|(key, what)| {
                            view! {
                                <dt>
                                    <kbd>{key}</kbd>
                                </dt>
                                <dd>{what}</dd>
                            }
                        })
                        .collect_view()}
                </dl>
                <form method="dialog">
                    <button class="btn">{t::close(locale)}</button>
                </form>
            </div>
        </dialog>
    }
}

async fn carry_out(deed: &Deed) -> Result<(), model::problem::Problem> {
    let reasoned = Reasoned::default();
    let (key, deployment) = match deed {
        Deed::Go(to) => {
            go(to);
            return Ok(());
        }
        Deed::Approve(id) => {
            ask::approve(*id, &reasoned).await?;
            go(&paths::deployment(*id));
            return Ok(());
        }
        Deed::SignOut => {
            go(paths::SIGN_OUT);
            return Ok(());
        }
        Deed::Scale(key, count) => {
            let body = Scale { instances: Some(*count), ..Scale::default() };
            (key, ask::act(key, "scale", &body).await?)
        }
        Deed::Restart(key) => (key, ask::act(key, "restart", &reasoned).await?),
        Deed::Suspend(key) => (key, ask::act(key, "suspend", &reasoned).await?),
        Deed::Resume(key) => (key, ask::act(key, "resume", &reasoned).await?),
    };
    match deployment {
        Some(deployment) => go(&paths::deployment(deployment)),
        None => go(&paths::app(key)),
    }
    Ok(())
}

#[cfg(feature = "hydrate")]
fn go(to: &str) {
    let _ = window().location().set_href(to);
}

#[cfg(not(feature = "hydrate"))]
fn go(_: &str) {}

#[cfg(feature = "hydrate")]
fn later(what: impl FnOnce() + 'static) {
    let _ = set_timeout(what, std::time::Duration::from_millis(120));
}

#[cfg(not(feature = "hydrate"))]
fn later(what: impl FnOnce() + 'static) {
    drop(what);
}

#[cfg(feature = "hydrate")]
fn show_chosen(index: usize) {
    if let Some(entry) = document().get_element_by_id(&format!("palette-{index}")) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        entry.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

#[cfg(not(feature = "hydrate"))]
fn show_chosen(_: usize) {}

#[cfg(not(feature = "hydrate"))]
fn listen_to_keys(open: impl Fn() + 'static, keys: impl Fn() + 'static) {
    drop((open, keys));
}

/// Keys that work anywhere but in a field, and clicks on whatever is marked `data-palette`.
#[cfg(feature = "hydrate")]
fn listen_to_keys(open: impl Fn() + Clone + 'static, keys: impl Fn() + 'static) {
    use wasm_bindgen::JsCast;

    let element =
        |event: &web_sys::Event| event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let going = StoredValue::new(false);
    let open_by_click = open.clone();
    let pressed = window_event_listener(ev::keydown, move |event| {
        let control = event.ctrl_key() || event.meta_key();
        let key = event.key();
        if control && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            open();
            return;
        }
        let typing = element(&event).is_some_and(|target| {
            target
                .closest("input, textarea, select, [contenteditable], dialog[open]")
                .ok()
                .flatten()
                .is_some()
        });
        if control || event.alt_key() || typing {
            return;
        }
        if going.get_value() {
            going.set_value(false);
            let to = match key.as_str() {
                "o" => paths::OVERVIEW,
                "a" => paths::APPS,
                "d" => paths::DEPLOYMENTS,
                "n" => paths::NODES,
                "s" => paths::ENVIRONMENTS,
                _ => return,
            };
            go(to);
            return;
        }
        match key.as_str() {
            "/" => {
                event.prevent_default();
                open();
            }
            "?" => keys(),
            "g" => {
                going.set_value(true);
                let _ = set_timeout(
                    move || {
                        going.try_set_value(false);
                    },
                    std::time::Duration::from_millis(1_200),
                );
            }
            "n" => go(paths::NEW_APP),
            _ => {}
        }
    });
    let clicked = window_event_listener(ev::click, move |event| {
        let marked = element(&event).and_then(|target| target.closest("[data-palette]").ok().flatten());
        if marked.is_some() {
            event.prevent_default();
            open_by_click();
        }
    });
    on_cleanup(move || {
        pressed.remove();
        clicked.remove();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_before_or_after_the_name() {
        assert_eq!(read("shop 6"), ("shop".to_owned(), Some(Wish::Scale(6))));
        assert_eq!(read("shop rest"), ("shop".to_owned(), Some(Wish::Verb(Verb::Restart))));
        assert_eq!(read("suspend shop"), ("shop".to_owned(), Some(Wish::Verb(Verb::Suspend))));
        assert_eq!(read("scale shop 3"), ("shop".to_owned(), Some(Wish::Scale(3))));
        assert_eq!(read("restart"), ("restart".to_owned(), None));
        assert_eq!(read("318"), ("318".to_owned(), None));
    }

    #[test]
    fn what_waits_for_approval_can_be_approved() {
        let id = DeploymentId(uuid::Uuid::nil());
        let hit = |state| Hit::Deployment {
            id,
            number: 7,
            key: AppKey { environment: "local".parse().expect("name"), app: "shop".parse().expect("name") },
            what: model::deployment::DeploymentKind::Update,
            state,
            step: 3,
            steps: 5,
        };
        let waiting = [hit(DeploymentState::AwaitingApproval)];
        let list = entries(Locale::En, "approve shop", &waiting, true);
        assert_eq!((list[0].name.as_str(), &list[0].deed), ("Approve shop #7", &Deed::Approve(id)));
        assert_eq!(list[1].note, "Deployment · Awaiting approval · Step 3 of 5");
        for (hits, may) in [(&waiting, false), (&[hit(DeploymentState::Running)], true)] {
            assert!(
                entries(Locale::En, "approve shop", hits, may)
                    .iter()
                    .all(|one| one.deed != Deed::Approve(id))
            );
        }
    }

    #[test]
    fn deeds_stand_above_what_was_found_and_need_the_role() {
        let key = AppKey { environment: "local".parse().expect("name"), app: "shop".parse().expect("name") };
        let hit = Hit::App {
            key: key.clone(),
            project: "default".parse().expect("name"),
            status: AppStatus::Running,
            wanted: 2,
        };
        let list = entries(Locale::En, "shop 6", std::slice::from_ref(&hit), true);
        assert_eq!(list[0].deed, Deed::Scale(key.clone(), 6));
        assert_eq!(list[1].deed, Deed::Go(paths::app(&key)));
        let list = entries(Locale::En, "shop 6", &[hit], false);
        assert_eq!(list[0].deed, Deed::Go(paths::app(&key)));
        assert!(entries(Locale::En, "depl", &[], false).iter().any(|entry| entry.name == "Deployments"));
    }
}
