//! PromQL with placeholders.

use crate::id::{AppKey, RevisionNumber};

/// The names between double braces, in their order.
pub fn placeholders(query: &str) -> impl Iterator<Item = &str> {
    query.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim())
}

/// The query for one revision. Names of apps and environments hold nothing that could change a query's meaning.
pub fn fill(query: &str, app: &AppKey, revision: RevisionNumber) -> String {
    fill_by(query, |name| match name {
        "app" => app.app.to_string(),
        "environment" => app.environment.to_string(),
        "revision" => revision.to_string(),
        _ => String::new(),
    })
}

/// A text with a value for each name between double braces.
pub fn fill_by(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        filled.push_str(&value(name.trim()));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The series of an app that have this name; all of them where it is empty.
pub fn of_app(name: &str, app: &AppKey) -> String {
    format!("{name}{{environment=\"{}\",app=\"{}\"}}", app.environment, app.app)
}

/// Those of them that a further matcher fits.
pub fn of_app_with(name: &str, app: &AppKey, matcher: &str) -> String {
    format!("{name}{{environment=\"{}\",app=\"{}\",{matcher}}}", app.environment, app.app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let app =
            AppKey { environment: "local".parse().expect("a name"), app: "shop".parse().expect("a name") };
        let query = r#"up{app="{{app}}",revision="{{ revision }}",environment="{{environment}}"}"#;
        assert_eq!(placeholders(query).collect::<Vec<_>>(), ["app", "revision", "environment"]);
        assert_eq!(fill(query, &app, 7), r#"up{app="shop",revision="7",environment="local"}"#);
        assert_eq!(fill("up{{", &app, 7), "up{{");
    }
}
