//! Whether the series of an answer still bear the metric's name: by Prometheus' rule it goes with the first step that
//! makes other values of them. Our store's evaluator leaves it on after most functions.

use ::tsink::promql::ast::{AggregationOp, BinaryOp, Expr, UnaryOp};

use super::selector::scalar;
use model::metric::NAME;

/// Whether the answer of this expression bears names, as Prometheus has it.
pub fn keeps_name(expression: &Expr) -> bool {
    match expression {
        Expr::VectorSelector(_) | Expr::MatrixSelector(_) => true,
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => false,
        Expr::Paren(inner) => keeps_name(inner),
        Expr::Subquery(subquery) => keeps_name(&subquery.expr),
        Expr::Unary(unary) => unary.op == UnaryOp::Pos && keeps_name(&unary.expr),
        Expr::Binary(binary) => match binary.op {
            BinaryOp::Or => keeps_name(&binary.lhs) || keeps_name(&binary.rhs),
            BinaryOp::And | BinaryOp::Unless => keeps_name(&binary.lhs),
            op if op.is_comparison() && !binary.return_bool => {
                // The left side is what remains, or the only side that has series.
                keeps_name(if scalar(&binary.lhs) { &binary.rhs } else { &binary.lhs })
            }
            _ => false,
        },
        Expr::Aggregation(aggregation) => match aggregation.op {
            // These choose among the series.
            AggregationOp::TopK
            | AggregationOp::BottomK
            | AggregationOp::LimitK
            | AggregationOp::LimitRatio => keeps_name(&aggregation.expr),
            _ => aggregation.grouping.as_ref().is_some_and(|grouping| {
                !grouping.without && grouping.labels.iter().any(|label| label == NAME)
            }),
        },
        Expr::Call(call) => match call.func.as_str() {
            "last_over_time" | "first_over_time" | "sort" | "sort_desc" => {
                call.args.first().is_some_and(keeps_name)
            }
            // May give a name of its own.
            "label_replace" | "label_join" => match call.args.as_slice() {
                [of, Expr::StringLiteral(label), ..] => label == NAME || keeps_name(of),
                _ => false,
            },
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use ::tsink::promql::parse;

    use super::keeps_name;

    #[test]
    fn the_name_goes_where_values_are_made() {
        for (query, keeps) in [
            ("up", true),
            ("(up)", true),
            ("up offset 5m", true),
            ("up > 0", true),
            ("up > bool 0", false),
            ("up and on (app) down", true),
            ("rate(up[5m])", false),
            ("last_over_time(up[5m])", true),
            ("max_over_time(up[5m])", false),
            ("topk(3, up)", true),
            ("topk(3, rate(up[5m]))", false),
            ("rate(up[5m]) > 0", false),
            ("sum by (app) (up)", false),
            ("count by (__name__) (up)", true),
            ("sort_desc(up)", true),
            ("-up", false),
            ("up * 2", false),
            ("rate(up[5m]) and on (app) down", false),
            ("rate(up[5m]) unless down", false),
            ("rate(up[5m]) or down", true),
            ("rate(up[5m]) > down", false),
            ("0 < up", true),
            ("scalar(down) < up", true),
            (r#"label_replace(up, "place", "$1", "app", "(.*)")"#, true),
            (r#"label_replace(rate(up[5m]), "place", "$1", "app", "(.*)")"#, false),
            (r#"label_join(rate(up[5m]), "place", "/", "app")"#, false),
            (r#"label_replace(up, "__name__", "down", "", "")"#, true),
            ("2", false),
        ] {
            assert_eq!(keeps_name(&parse(query).expect(query)), keeps, "{query}");
        }
    }
}
