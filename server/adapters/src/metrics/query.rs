//! Whether a PromQL expression can be read, and where it cannot.

use ::tsink::promql::{PromqlError, parse};
use thiserror::Error;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct QueryMistake {
    pub reason: String,
    /// Byte at which the part begins that cannot be read.
    pub offset: Option<usize>,
}

/// Nested parts, signs in a row and powers that are read; a parser goes a step deeper for each.
const DEPTH_MAX: usize = 64;

/// Reads an expression without asking anything.
pub fn check_query(query: &str) -> Result<(), QueryMistake> {
    check_depth(query)?;
    match parse(query) {
        Ok(_) => Ok(()),
        Err(error) => Err(QueryMistake { offset: Some(place(query, &error)), reason: words(&error) }),
    }
}

/// Refuses what would take the parser deeper than its stack.
pub fn check_depth(query: &str) -> Result<(), QueryMistake> {
    let (mut depth, mut signs, mut powers, mut quoted) = (0_usize, 0_usize, 0_usize, false);
    let mut escaped = false;
    for (offset, letter) in query.char_indices() {
        if quoted {
            quoted = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => quoted = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '^' => powers += 1,
            _ => {}
        }
        signs = match letter {
            '+' | '-' => signs + 1,
            letter if letter.is_whitespace() => signs,
            _ => 0,
        };
        if depth.max(signs).max(powers) > DEPTH_MAX {
            let reason = format!("it is nested more than {DEPTH_MAX} deep");
            return Err(QueryMistake { reason, offset: Some(offset) });
        }
    }
    Ok(())
}

/// Where `name` is called in the query.
pub fn place_of_function(query: &str, name: &str) -> Option<usize> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    query.match_indices(name).map(|(at, _)| at).find(|at| {
        let after = &query[at + name.len()..];
        !query[..*at].ends_with(word) && after.trim_start().starts_with('(')
    })
}

fn words(error: &PromqlError) -> String {
    match error {
        PromqlError::Parse(reason) => reason.clone(),
        PromqlError::UnexpectedToken { expected, found } if found == "EOF" => {
            format!("it ends where {expected} was expected")
        }
        error => error.to_string(),
    }
}

/// The parser tells no place: the shortest beginning that fails in the same way ends where the mistake does.
fn place(query: &str, error: &PromqlError) -> usize {
    if matches!(error, PromqlError::UnexpectedToken { found, .. } if found == "EOF") {
        return query.len();
    }
    let told = error.to_string();
    let ends = query.char_indices().map(|(at, _)| at).skip(1).chain([query.len()]);
    let fails = |end: &usize| parse(&query[..*end]).is_err_and(|error| error.to_string() == told);
    let mut shortest = query.len();
    for end in ends.collect::<Vec<_>>().into_iter().rev() {
        if !fails(&end) {
            break;
        }
        shortest = end;
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let part = &query[..shortest];
    let whole = part.trim_end_matches(word).len();
    let last = part.char_indices().next_back().map_or(0, |(at, _)| at);
    whole.min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_has_its_place() {
        assert_eq!(check_query(r#"sum(rate(errors{app="shop"}[1m])) / 2"#), Ok(()));
        let at = |query: &str| check_query(query).expect_err(query).offset;
        assert_eq!(at("sum(up"), Some(6));
        assert_eq!(at("up) + 1"), Some(2));
        assert_eq!(at("up + yes no"), Some(9));
        assert_eq!(at("up + * 2"), Some(5));
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_before_it_is_read() {
        for deep in ["(".repeat(4_000), "-".repeat(4_000) + "1", "1^".repeat(2_000) + "1", "a[".repeat(99)] {
            assert!(check_query(&deep).expect_err("too deep").reason.contains("nested"), "{deep:.20}");
        }
        assert_eq!(check_query(&format!("up{{a=\"{}\"}}", "(".repeat(99))), Ok(()));
    }

    #[test]
    fn a_function_is_found_where_it_is_called() {
        assert_eq!(place_of_function("up + ratio(up)", "ratio"), Some(5));
        assert_eq!(place_of_function("ratio_of(up) + ratio (up)", "ratio"), Some(15));
        assert_eq!(place_of_function("ratio", "ratio"), None);
    }
}
