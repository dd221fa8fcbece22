//! Who may import whom inside the crates; cargo sees to it between them. The table is that of the architecture.

use std::path::{Path, PathBuf};

use crate::place;

struct Rule {
    /// Files and folders it holds for.
    within: &'static [&'static str],
    /// Files and folders inside those it does not hold for.
    except: &'static [&'static str],
    /// Must not stand there, as whole words in code.
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        within: &["server/src/http"],
        except: &[],
        forbidden: &["crate::store", "adapters", "sqlx", "crate::reconcile", "crate::boot"],
        reason: "HTTP translates between requests and services",
    },
    Rule {
        within: &["server/src/service"],
        except: &[],
        forbidden: &["crate::http", "crate::boot", "axum", "leptos"],
        reason: "services know nothing of how they are reached",
    },
    Rule {
        within: &["server/src/store"],
        except: &[],
        forbidden: &[
            "crate::http",
            "crate::service",
            "crate::reconcile",
            "crate::boot",
            "axum",
            "leptos",
            "adapters",
        ],
        reason: "the store knows rows and the model",
    },
    Rule {
        within: &["server/src/reconcile"],
        except: &[],
        forbidden: &["crate::http", "crate::boot", "axum", "leptos"],
        reason: "the reconciler works whether anybody looks or not",
    },
    Rule {
        within: &["server/src/registry"],
        except: &[],
        forbidden: &["crate::http", "crate::service", "crate::boot", "crate::reconcile", "axum", "leptos"],
        reason: "registries are read whether anybody looks or not",
    },
    Rule {
        within: &["server/src"],
        except: &["server/src/boot.rs", "server/src/boot"],
        forbidden: &[
            "LocalEngine",
            "DockerEngine",
            "SwarmEngine",
            "KubernetesEngine",
            "MarathonEngine",
            "FakeEngine",
        ],
        reason: "only boot names an engine's type",
    },
    Rule {
        within: &["app/model/src"],
        except: &[],
        forbidden: &[
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
            "tokio",
            "SystemTime::now",
            "Instant::now",
            "Utc::now",
            "Uuid::now_v7",
            "println",
            "async fn",
        ],
        reason: "the model decides and does nothing",
    },
    Rule {
        within: &["app/src"],
        except: &[],
        forbidden: &["sqlx", "reqwest", "tokio", "std::fs", "std::process"],
        reason: "pages ask ports",
    },
    Rule {
        within: &["app/src/ui", "app/src/chart", "app/src/text"],
        except: &[],
        forbidden: &["crate::pages", "crate::actions", "crate::port"],
        reason: "the design system knows no pages",
    },
    Rule {
        within: &["server/src", "server/adapters/src", "app"],
        except: &["server/src/clock.rs"],
        forbidden: &["Utc::now", "Local::now", "Uuid::now_v7", "Uuid::new_v4"],
        reason: "time and identifiers come from the clock",
    },
];

#[test]
fn modules_import_only_what_they_may() {
    let mut broken = Vec::new();
    for rule in RULES {
        for file in rule.within.iter().flat_map(|place| rust_files(&place::root().join(place))) {
            let name = file.strip_prefix(place::root()).expect("inside").to_path_buf();
            if rule.except.iter().any(|place| name.starts_with(place)) {
                continue;
            }
            let text = std::fs::read_to_string(&file).expect("source");
            for (number, line) in code_lines(&text) {
                for word in rule.forbidden.iter().filter(|word| contains_word(line, word)) {
                    broken.push(format!("{}:{number}: `{word}`: {}", name.display(), rule.reason));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_rules_see_what_is_there() {
    assert!(contains_word("use sqlx::Row;", "sqlx"));
    assert!(contains_word("    crate::store::apps()", "crate::store"));
    assert!(!contains_word("let adapters_seen = 1;", "adapters"));
    assert!(!contains_word("my_sqlx::x", "sqlx"));
    let code: Vec<_> = code_lines("use a;\n// use sqlx;\n#[cfg(test)]\nmod tests {}\nuse sqlx;\n").collect();
    assert_eq!(code, [(1, "use a;")]);
    for rule in RULES.iter().filter(|rule| rule.within.contains(&"app/model/src")) {
        assert!(rule.within.iter().all(|place| place::root().join(place).is_dir()));
    }
}

/// The lines before the file's unit tests, without comments, numbered from 1.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(number, line)| (number, line.split("//").next().unwrap_or_default()))
        .filter(|(_, line)| !line.trim().is_empty())
}

fn contains_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, found)| {
        !line[..start].chars().next_back().is_some_and(part_of_word)
            && !line[start + found.len()..].chars().next().is_some_and(part_of_word)
    })
}

fn rust_files(place: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![place.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries =
                std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path());
            open.extend(entries.filter(|path| !path.ends_with("tests")));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
