//! Selectors such as `up{app="shop"}`, for questions about series instead of values, and the kind of an expression.

use ::tsink::promql::ast::{BinaryExpr, Expr, MatchOp};
use ::tsink::promql::parse;
use ::tsink::{SeriesMatcher, SeriesMatcherOp, SeriesSelection};

use super::{MetricError, check_depth};

pub(super) fn selection(text: &str) -> Result<SeriesSelection, MetricError> {
    check_depth(text).map_err(|mistake| MetricError::Query(mistake.reason))?;
    let Expr::VectorSelector(selector) =
        parse(text).map_err(|error| MetricError::Query(error.to_string()))?
    else {
        return Err(MetricError::Query(format!("{text} is no selector of series")));
    };
    let matchers = selector.matchers.into_iter().map(|matcher| {
        let op = match matcher.op {
            MatchOp::Equal => SeriesMatcherOp::Equal,
            MatchOp::NotEqual => SeriesMatcherOp::NotEqual,
            MatchOp::RegexMatch => SeriesMatcherOp::RegexMatch,
            MatchOp::RegexNoMatch => SeriesMatcherOp::RegexNoMatch,
        };
        SeriesMatcher::new(matcher.name, op, matcher.value)
    });
    let mut selection = SeriesSelection::new().with_matchers(matchers.collect());
    selection.metric = selector.metric_name;
    Ok(selection)
}

/// Whether an expression is a number instead of series, which Prometheus answers in another shape.
pub fn is_scalar(query: &str) -> bool {
    check_depth(query).is_ok() && parse(query).is_ok_and(|expression| scalar(&expression))
}

pub(super) fn scalar(expression: &Expr) -> bool {
    match expression {
        Expr::NumberLiteral(_) => true,
        Expr::Paren(inner) => scalar(inner),
        Expr::Unary(unary) => scalar(&unary.expr),
        Expr::Binary(BinaryExpr { lhs, rhs, .. }) => scalar(lhs) && scalar(rhs),
        Expr::Call(call) => matches!(call.func.as_str(), "scalar" | "time" | "pi"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_nothing_else() {
        let all = selection(r#"up{app="shop",instance!~"a.*"}"#).expect("a selector");
        assert_eq!((all.metric.as_deref(), all.matchers.len()), (Some("up"), 2));
        for wrong in ["sum(up)", "up[5m]", "up{", "1"] {
            assert!(matches!(selection(wrong), Err(MetricError::Query(_))), "{wrong}");
        }
        assert!(
            is_scalar("1+1") && is_scalar("-(time() / 2)") && !is_scalar("up + 1") && !is_scalar("vector(1)")
        );
    }
}
