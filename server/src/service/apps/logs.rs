//! Log lines, straight from the engine.

use std::time::Duration;

use adapters::engine::{EngineError, LogRequest};
use futures::StreamExt;
use futures::stream::BoxStream;
use model::api::{LogLine, LogsQuery};
use model::id::AppKey;
use model::permission::{Caller, Permission};
use model::problem::{Fault, FieldError, Problem};
use regex::{Regex, RegexBuilder};

use crate::service::{Core, no_app, trouble};
use crate::store::apps;

const LINES_DEFAULT: u32 = 500;
const LINES_MAX: u32 = 5000;
/// Longest wait for the lines that are there already.
const PATIENCE: Duration = Duration::from_secs(10);

type Lines = BoxStream<'static, Result<LogLine, EngineError>>;

/// The newest lines, oldest first.
pub async fn logs(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    query: &LogsQuery,
) -> Result<Vec<LogLine>, Problem> {
    let work = async {
        let mut lines = open(core, caller, key, query, false).await?;
        let mut found = Vec::new();
        while let Some(line) = lines.next().await {
            found.push(line.map_err(|error| trouble::problem(&key.environment, error))?);
        }
        Ok(found)
    };
    let late = |_| trouble::problem(&key.environment, EngineError::Timeout(PATIENCE));
    tokio::time::timeout(PATIENCE, work).await.map_err(late)?
}

/// The newest lines and then every new one. Ends when the engine cannot go on.
pub async fn follow(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    query: &LogsQuery,
) -> Result<BoxStream<'static, Result<LogLine, Problem>>, Problem> {
    let late = |_| trouble::problem(&key.environment, EngineError::Timeout(PATIENCE));
    let opening = open(core, caller, key, query, true);
    let lines = tokio::time::timeout(PATIENCE, opening).await.map_err(late)??;
    let environment = key.environment.clone();
    Ok(lines.map(move |line| line.map_err(|error| trouble::problem(&environment, error))).boxed())
}

async fn open(
    core: &Core,
    caller: &Caller,
    key: &AppKey,
    query: &LogsQuery,
    follow: bool,
) -> Result<Lines, Problem> {
    caller.require(Permission::View)?;
    apps::get(&mut *core.store.read().await?, key).await?.ok_or_else(|| no_app(key))?;
    let request = LogRequest {
        instance: query.instance.clone(),
        since: query.since,
        until: query.until,
        grep: query.grep.as_deref().filter(|text| !text.is_empty()).map(pattern).transpose()?,
        limit: query.limit.unwrap_or(LINES_DEFAULT).clamp(1, LINES_MAX) as usize,
        follow,
        after: None,
    };
    let engine = core.engine(&key.environment)?;
    engine.logs(key, &request).await.map_err(|error| trouble::problem(&key.environment, error))
}

/// `/.../` is a regular expression, anything else plain text; both ignore case.
fn pattern(text: &str) -> Result<Regex, Problem> {
    let expression = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let source = expression.map_or_else(|| regex::escape(text), str::to_owned);
    RegexBuilder::new(&source).case_insensitive(true).size_limit(1 << 20).build().map_err(|error| {
        let reason = format!("is not a regular expression: {error}");
        Problem::invalid(vec![FieldError::new("/grep", Fault::Other { reason })])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_taken_as_it_is_and_slashes_make_an_expression() {
        assert!(pattern("a.b").unwrap().is_match("xA.Bx"));
        assert!(!pattern("a.b").unwrap().is_match("axb"));
        assert!(pattern("/a.b/").unwrap().is_match("AXB"));
        assert!(pattern("/").unwrap().is_match("/"));
        assert_eq!(pattern("/(/").unwrap_err().errors[0].path, "/grep");
    }
}
