//! A command as one line of quoted words, and back: what a shell would split it into, without expanding anything.

/// Splits like a POSIX shell: blanks, `'...'`, `"..."` and `\x`. An open quote ends with the line.
pub fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                for c in characters.by_ref().take_while(|c| *c != '\'') {
                    word.push(c);
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = characters.next() {
                    match c {
                        '"' => break,
                        '\\' => match characters.next() {
                            Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                            Some(other) => word.extend(['\\', other]),
                            None => word.push('\\'),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next().unwrap_or('\\')),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The line that [`split`] reads back as `words`.
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '\'' | '"' | '\\');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains('\'') {
        return format!("'{word}'");
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_a_shell_does() {
        assert_eq!(split("  ./api --port $PORT "), ["./api", "--port", "$PORT"]);
        assert_eq!(split(r#"echo 'a b' "c \"d\"" e\ f """#), ["echo", "a b", "c \"d\"", "e f", ""]);
        assert_eq!(split("sh -c 'open"), ["sh", "-c", "open"]);
        assert!(split("   ").is_empty());
    }

    #[test]
    fn what_it_joins_it_splits_alike() {
        for words in [
            vec!["a"],
            vec![
                "",
                "two words",
                "it's",
                "say \"hi\"",
                r"back\slash",
                "it's \\ \"both\"",
                "$HOME",
                "tab\there",
                "line\nbreak",
            ],
        ] {
            assert_eq!(split(&join(words.iter().copied())), words, "{}", join(words.iter().copied()));
        }
    }
}
