//! Words for verification checks: what they ask, where they stand, what they measured.

use model::check::{
    Baseline, Check, Direction, Expectation, MetricCondition, OnNoData, Question, Tally, Threshold, Verdict,
};

use super::Locale::{self, En, Zh};
use super::time::span;

texts! {
    title: "Checks", "检查";
    legend: "blue new, grey old, red limit", "蓝：新，灰：旧，红：限值";
    observed: "observed only", "仅观察";
    observed_hint: "Measured and shown; decides nothing.", "只测量和展示，不影响结果。";
    background: "all along", "全程";
    background_hint: "Asked from the first new instance until the end.", "从第一个新实例起直到结束持续执行。";
    not_asked: "not asked yet", "尚未执行";
    good_so_far: "good so far", "目前正常";
    in_doubt: "in doubt", "存疑";
    passed: "passed", "通过";
    failed: "failed", "失败";
    errored: "cannot be asked", "无法执行";
    inconclusive: "undecided", "无法判定";
    is_good: "good", "正常";
    is_bad: "bad", "异常";
    details: "Last measurements", "最近的测量";
    time: "Time", "时间";
    verdict_head: "Verdict", "判定";
    new: "New", "新";
    old: "Old", "旧";
    why: "Why", "原因";
    asked: "Asked", "执行内容";
    no_data: "no data", "无数据";
    nothing: "Nothing measured yet.", "尚无测量。";
    chart: "Measurements against the limit", "测量值与限值";
}

pub const fn verdict(locale: Locale, verdict: Verdict) -> &'static str {
    match (locale, verdict) {
        (En, Verdict::Pass) => "pass",
        (Zh, Verdict::Pass) => "通过",
        (En, Verdict::Fail) => "fail",
        (Zh, Verdict::Fail) => "失败",
        (En, Verdict::Inconclusive) => "undecided",
        (Zh, Verdict::Inconclusive) => "无法判定",
        (En, Verdict::Error) => "error",
        (Zh, Verdict::Error) => "出错",
    }
}

/// What kind of question it is, for the tag beside its name.
pub fn kind(locale: Locale, question: &Question) -> &'static str {
    match (locale, question) {
        (_, Question::Http { .. }) => "HTTP",
        (En, Question::Log { .. }) => "log",
        (Zh, Question::Log { .. }) => "日志",
        (En, Question::Metric { .. }) => "metric",
        (Zh, Question::Metric { .. }) => "指标",
        (En, Question::Restarts { .. }) => "restarts",
        (Zh, Question::Restarts { .. }) => "重启",
    }
}

/// What it asks, as code: the path, the pattern, the expression. Nothing for restarts.
pub fn question(question: &Question) -> String {
    match question {
        Question::Http { port, path, .. } => {
            let port = port.as_ref().map(|port| format!(" :{port}")).unwrap_or_default();
            format!("GET {path}{port}")
        }
        Question::Log { pattern, .. } => format!("/{pattern}/"),
        Question::Metric { query, .. } => query.clone(),
        Question::Restarts { .. } => String::new(),
    }
}

/// When it is good, in words.
pub fn good_when(locale: Locale, question: &Question) -> String {
    match question {
        Question::Http { expect, timeout, .. } => {
            let mut parts = expected(locale, expect);
            if expect.time_limit.is_none() {
                parts.push(match locale {
                    En => format!("within {}", span(locale, *timeout)),
                    Zh => format!("{}内", span(locale, *timeout)),
                });
            }
            match locale {
                En => format!("{} from each new instance", parts.join(", ")),
                Zh => format!("每个新实例返回：{}", parts.join("，")),
            }
        }
        Question::Log { max, min, window, .. } => {
            let window = span(locale, *window);
            match (locale, max, min) {
                (En, Some(0), _) => format!("never within {window} in the new instances' output"),
                (Zh, Some(0), _) => format!("新实例的输出在 {window}内不出现"),
                (En, Some(max), _) => {
                    format!("at most {max} times within {window} in the new instances' output")
                }
                (Zh, Some(max), _) => format!("新实例的输出在 {window}内最多出现 {max} 次"),
                (En, None, min) => {
                    format!("must appear {} in the new instances' output", times(locale, min.unwrap_or(1)))
                }
                (Zh, None, min) => format!("新实例的输出中须出现{}", times(locale, min.unwrap_or(1))),
            }
        }
        Question::Metric { condition: MetricCondition::Threshold(threshold), .. } => {
            let range = range(locale, *threshold, "");
            match locale {
                En => format!("new {range}"),
                Zh => format!("新版本{range}"),
            }
        }
        Question::Metric { condition: MetricCondition::Baseline(Baseline::Ratio { min, max }), .. } => {
            let unit = match locale {
                En => " times the old",
                Zh => " 倍旧值",
            };
            let range = range(locale, Threshold { min: *min, max: *max }, unit);
            match locale {
                En => format!("new {range}"),
                Zh => format!("新版本{range}"),
            }
        }
        Question::Metric {
            condition: MetricCondition::Baseline(Baseline::MannWhitney { confidence, worse, window }),
            ..
        } => {
            let (sure, window) = (number(confidence * 100.0), span(locale, *window));
            match (locale, worse) {
                (En, Direction::Higher) => {
                    format!("new not higher than old (Mann-Whitney, {sure} %, last {window})")
                }
                (En, Direction::Lower) => {
                    format!("new not lower than old (Mann-Whitney, {sure} %, last {window})")
                }
                (En, Direction::Either) => {
                    format!("new not other than old (Mann-Whitney, {sure} %, last {window})")
                }
                (Zh, Direction::Higher) => {
                    format!("新版本不高于旧版本（Mann-Whitney，{sure} %，最近 {window}）")
                }
                (Zh, Direction::Lower) => {
                    format!("新版本不低于旧版本（Mann-Whitney，{sure} %，最近 {window}）")
                }
                (Zh, Direction::Either) => {
                    format!("新旧版本无差异（Mann-Whitney，{sure} %，最近 {window}）")
                }
            }
        }
        Question::Restarts { max, window } => {
            let window = span(locale, *window);
            match (locale, max) {
                (En, 0) => format!("no restart or end of a new instance within {window}"),
                (En, max) => {
                    format!(
                        "at most {} of new instances within {window}",
                        counted(*max, "restart or end", "restarts or ends")
                    )
                }
                (Zh, 0) => format!("新实例在 {window}内不重启或退出"),
                (Zh, max) => format!("新实例在 {window}内最多重启或退出 {max} 次"),
            }
        }
    }
}

fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn times(locale: Locale, count: u32) -> String {
    match (locale, count) {
        (En, 1) => "once".to_owned(),
        (En, _) => format!("{count} times"),
        (Zh, _) => format!(" {count} 次"),
    }
}

fn expected(locale: Locale, expect: &Expectation) -> Vec<String> {
    let mut parts = Vec::new();
    if !expect.status.is_empty() {
        let codes: Vec<String> = expect.status.iter().map(u16::to_string).collect();
        parts.push(match locale {
            En => codes.join(" or "),
            Zh => codes.join(" 或 "),
        });
    }
    if let Some(text) = &expect.body_contains {
        parts.push(match locale {
            En => format!("body with “{text}”"),
            Zh => format!("正文含“{text}”"),
        });
    }
    if let Some(json) = &expect.json {
        parts.push(format!("{} = {}", json.pointer, json.value));
    }
    if let Some(limit) = expect.time_limit {
        parts.push(match locale {
            En => format!("within {}", span(locale, limit)),
            Zh => format!("{}内", span(locale, limit)),
        });
    }
    parts
}

fn range(locale: Locale, threshold: Threshold, unit: &str) -> String {
    let Threshold { min, max } = threshold;
    match (locale, min.map(number), max.map(number)) {
        (En, Some(min), Some(max)) => format!("from {min} to {max}{unit}"),
        (Zh, Some(min), Some(max)) => format!("在 {min} 到 {max}{unit}之间"),
        (En, None, Some(max)) => format!("at most {max}{unit}"),
        (Zh, None, Some(max)) => format!("不超过 {max}{unit}"),
        (En, Some(min), None) => format!("at least {min}{unit}"),
        (Zh, Some(min), None) => format!("不低于 {min}{unit}"),
        (_, None, None) => String::new(),
    }
}

/// How often it is asked and what it forgives: "every 10 s, 2 failures allowed".
pub fn habit(locale: Locale, check: &Check) -> String {
    let every = span(locale, check.interval);
    let mut parts = vec![match locale {
        En => format!("every {every}"),
        Zh => format!("每 {every}"),
    }];
    if check.failure_limit > 0 {
        parts.push(match locale {
            En => format!("{} allowed", counted(check.failure_limit, "failure", "failures")),
            Zh => format!("允许失败 {} 次", check.failure_limit),
        });
    }
    match (locale, check.on_no_data) {
        (_, OnNoData::Inconclusive) => {}
        (En, OnNoData::Pass) => parts.push("no data is good".to_owned()),
        (Zh, OnNoData::Pass) => parts.push("无数据视为通过".to_owned()),
        (En, OnNoData::Fail) => parts.push("no data is bad".to_owned()),
        (Zh, OnNoData::Fail) => parts.push("无数据视为失败".to_owned()),
    }
    match locale {
        En => parts.join(", "),
        Zh => parts.join("，"),
    }
}

/// What its answers add up to: "6 asked, 1 of 2 allowed failed, 1 error".
pub fn sum(locale: Locale, tally: &Tally, allowed: u32) -> String {
    let mut parts = vec![match locale {
        En => format!("{} asked", tally.measured),
        Zh => format!("已执行 {} 次", tally.measured),
    }];
    match (locale, tally.failed, allowed) {
        (_, 0, _) => {}
        (En, failed, 0) => parts.push(format!("{failed} failed")),
        (Zh, failed, 0) => parts.push(format!("失败 {failed} 次")),
        (En, failed, _) => parts.push(format!("{failed} failed, {allowed} allowed")),
        (Zh, failed, _) => parts.push(format!("失败 {failed} 次（允许 {allowed} 次）")),
    }
    match (locale, tally.inconclusive) {
        (_, 0) => {}
        (En, count) => parts.push(format!("{count} undecided")),
        (Zh, count) => parts.push(format!("{count} 次无法判定")),
    }
    match (locale, tally.errors) {
        (_, 0) => {}
        (En, count) => parts.push(counted(count, "error", "errors")),
        (Zh, count) => parts.push(format!("{count} 次出错")),
    }
    match locale {
        En => parts.join(", "),
        Zh => parts.join("，"),
    }
}

/// `in step 2`, for the sum of a step.
pub fn in_step(locale: Locale, step: u32) -> String {
    match locale {
        En => format!("step {step}"),
        Zh => format!("第 {step} 步"),
    }
}

/// A number as short as it can be told: `14.2`, `0.0031`, `1500`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    let digits = match size {
        _ if value.fract().abs() < f64::EPSILON && size < 1e15 => 0,
        _ if size >= 1_000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size >= 0.01 => 3,
        _ => 5,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A length of seconds: `34 ms`, `1.2 s`.
pub fn seconds(value: f64) -> String {
    if value.abs() < 1.0 {
        format!("{} ms", number((value * 1_000.0).round()))
    } else {
        format!("{} s", number(value))
    }
}

/// A name as a heading would have it where it is a plain word; names are DNS labels.
pub fn chart_label(locale: Locale, name: &str, latest: &str) -> String {
    match locale {
        En => format!("{name}: {}, now {latest}", lower(chart(locale))),
        Zh => format!("{name}：{}，当前 {latest}", chart(locale)),
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use model::duration::Span;

    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (14.2, "14.2"),
            (5.0, "5"),
            (0.0031, "0.0031"),
            (1_500.4, "1500"),
            (123.45, "123.5"),
            (0.5, "0.5"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(seconds(0.034), "34 ms");
        assert_eq!(seconds(1.25), "1.25 s");
    }

    #[test]
    fn a_condition_reads_as_a_sentence() {
        let metric = |condition| Question::Metric { query: "up".to_owned(), condition };
        let at_most = metric(MetricCondition::Threshold(Threshold { min: None, max: Some(5.0) }));
        assert_eq!(good_when(En, &at_most), "new at most 5");
        let ratio = metric(MetricCondition::Baseline(Baseline::Ratio { min: None, max: Some(1.5) }));
        assert_eq!(good_when(En, &ratio), "new at most 1.5 times the old");
        assert_eq!(good_when(Zh, &ratio), "新版本不超过 1.5 倍旧值");
        let log = |max, min| Question::Log { pattern: "x".to_owned(), max, min, window: Span::from_secs(60) };
        assert_eq!(good_when(En, &log(Some(0), None)), "never within 1 min in the new instances' output");
        assert_eq!(good_when(En, &log(None, Some(1))), "must appear once in the new instances' output");
        let restarts = Question::Restarts { max: 1, window: Span::from_secs(60) };
        assert_eq!(good_when(En, &restarts), "at most 1 restart or end of new instances within 1 min");
    }

    #[test]
    fn a_sum_says_what_is_allowed() {
        let tally = Tally { measured: 6, passed: 4, failed: 1, errors: 1, ..Tally::default() };
        assert_eq!(sum(En, &tally, 2), "6 asked, 1 failed, 2 allowed, 1 error");
        assert_eq!(sum(Zh, &tally, 0), "已执行 6 次，失败 1 次，1 次出错");
    }
}
