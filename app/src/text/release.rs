//! Texts of release strategies and checks: in the form, and in words where a definition is shown.

use model::check::{Baseline, Check, Direction, MetricCondition, Question};
use model::definition::{Amount, Gate, OnFailure, OnTimeout, StrategyKind, StrategyStep};

use super::Locale::{self, En, Zh};
use super::deployment::role;
use crate::editor::preset::Preset;

texts! {
    presets: "Ready-made strategies", "现成策略";
    strategy_kind: "Kind", "方式";
    by_default: "Default", "默认";
    rolling: "Rolling: a few at a time", "滚动：每次替换几个";
    staged: "Staged: step by step", "分阶段：按步骤进行";
    blue_green: "Blue/green: all new beside the old", "蓝绿：全部新实例与旧实例并存";
    recreate: "Recreate: stop all, then start all", "重建：先全部停止，再全部启动";
    on_failure: "When it fails", "失败时";
    fail_rollback: "Go back", "回到旧版本";
    fail_pause: "Pause and ask", "暂停并等待人工处理";
    fail_stay: "Go back, and end as failed", "回到旧版本，并记为失败";
    max_surge: "Extra instances at most", "最多额外实例";
    max_unavailable: "Missing instances at most", "最多缺少实例";
    amount_hint: "A number, or a share such as 25%", "数字，或比例如 25%";
    deadline: "Failed without progress for", "无进展多久算失败";
    deadline_hint: "A duration: 90s, 10m, 1h30m; waiting does not count", "时长：90s、10m、1h30m；等待时间不计";

    steps: "Steps", "步骤";
    steps_hint: "From the top to the end; a check that fails on the way ends it. All instances come last even when no step says so.", "从上到下进行；途中检查失败即结束。最后总会更新全部实例。";
    no_steps: "No steps yet: say how many new instances come first.", "还没有步骤：请先设定新实例的数量。";
    step_kind: "What the step does", "步骤内容";
    step_place: "Place", "位置";
    choose_step: "Choose a step", "选择步骤";
    add_step: "One more step:", "再加一步：";
    step_set: "New instances", "新实例数";
    step_verify: "Watch for", "观察并检查";
    step_approve: "Approval", "人工批准";
    step_wait: "Wait for", "等待";
    add_set: "Instances", "实例数";
    add_verify: "Watch", "观察";
    add_approve: "Approval", "批准";
    add_wait: "Wait", "等待";
    set_value: "Count or share", "数量或比例";
    time_value: "Time", "时长";
    approvers: "People needed", "所需人数";
    approver_role: "Least role", "最低角色";
    approve_timeout: "Wait at most", "最长等待";
    on_timeout: "Without an answer", "无人答复时";
    timeout_reject: "It fails", "视为失败";
    timeout_approve: "It goes on", "继续进行";
    watch_new: "Watch the new ones for", "观察新实例";
    duration_hint: "A duration: 90s, 10m, 1h30m", "时长：90s、10m、1h30m";
    keep_old: "Keep the old ones for", "旧实例保留";
    keep_old_hint: "After the switch, to go back at once", "切换之后，以便立即回退";
    gate: "Before the switch", "切换之前";
    gate_none: "Nobody has to approve", "无需批准";
    gate_people: "People have to approve", "需要人工批准";

    checks_hint: "Questions about the new version, asked while a step watches it. One that fails ends the release.", "在观察步骤中对新版本提出的问题；任一失败即结束发布。";
    no_checks: "No checks: a new version is only watched for its health.", "没有检查：仅观察新版本的健康状态。";
    add_check: "One more check:", "再加一项：";
    choose_check: "Choose what is asked", "选择检查内容";
    check_kind: "What is asked", "检查内容";
    check_http: "HTTP answer", "HTTP 响应";
    check_log: "Log lines", "日志";
    check_metric: "Metric", "指标";
    check_restarts: "Restarts", "重启";
    check_name: "Name of the check", "检查名称";
    name_hint: "Stands in the history", "显示在历史中";
    status: "Expected status", "期望状态码";
    status_hint: "One or several: 200, 204", "一个或多个：200, 204";
    body_contains: "Body contains", "正文包含";
    pointer: "JSON pointer", "JSON 指针";
    pointer_hint: "Such as /status", "如 /status";
    pointer_value: "has the value", "的值为";
    pointer_value_hint: "Such as ok, 12 or true", "如 ok、12 或 true";
    time_limit_hint: "Such as 500ms", "如 500ms";
    time_limit: "Answers within", "响应时限";
    headers: "Request headers", "请求标头";
    header_name: "Header", "标头";
    header_value: "Header value", "标头值";
    add_header: "Add a header", "添加标头";
    pattern: "Pattern", "模式";
    pattern_hint: "A regular expression, held against each line of the new instances", "正则表达式，逐行匹配新实例的日志";
    count: "Matching lines", "匹配的行";
    count_max: "at most", "不得多于";
    count_min: "at least", "至少出现";
    count_times: "Times", "次数";
    window: "Within", "时间窗口";
    query: "Query", "查询";
    query_hint: "PromQL, or a target of Graphite where the environment reads one; {{app}}, {{environment}} and {{revision}} are filled in", "PromQL；若该环境读取 Graphite，则为 Graphite 目标；{{app}}、{{environment}}、{{revision}} 会被替换";
    condition: "Is good when", "判定条件";
    condition_threshold: "its value lies within limits", "值在界限内";
    condition_baseline: "it is like the old version", "与旧版本相近";
    method: "Compared by", "比较方式";
    method_ratio: "New divided by old", "新值除以旧值";
    method_mann_whitney: "Mann-Whitney test", "Mann-Whitney 检验";
    at_least: "At least", "不小于";
    at_most: "At most", "不大于";
    confidence: "Confidence", "置信度";
    confidence_hint: "0.5 to 0.999: how sure that they differ", "0.5 到 0.999：差异的把握程度";
    worse: "Worse is", "变差方向";
    worse_higher: "higher", "更高";
    worse_lower: "lower", "更低";
    worse_either: "either way", "任一方向";
    restarts_max: "Restarts at most", "最多重启";
    interval: "Asked every", "检查间隔";
    failure_limit: "Failures allowed", "允许失败次数";
    failure_limit_hint: "One more fails the release", "再多一次即发布失败";
    more: "More settings", "更多设置";
    initial_delay: "First asked after", "首次检查延迟";
    inconclusive_limit: "Unclear answers allowed", "允许不确定次数";
    inconclusive_hint: "One more asks a person", "再多一次则交由人工";
    error_limit: "Errors in a row allowed", "允许连续出错次数";
    error_limit_hint: "When the question cannot be asked", "无法检查时";
    on_no_data: "Without data", "没有数据时";
    no_data_inconclusive: "Unclear", "不确定";
    no_data_pass: "Passes", "通过";
    no_data_fail: "Fails", "失败";
    observe_only: "Only look: it decides nothing", "仅观察，不作判定";
    background: "Ask from the first new instance to the end", "从第一个新实例起一直检查";

    release: "How new versions go out", "新版本的发布方式";
    checks: "Release checks", "发布检查";
    none: "None: new versions are only watched for their health.", "无：仅观察新版本的健康状态。";
}

pub fn preset(locale: Locale, preset: Preset) -> &'static str {
    match (locale, preset) {
        (En, Preset::Careful) => "Careful",
        (Zh, Preset::Careful) => "谨慎",
        (En, Preset::Fast) => "Fast",
        (Zh, Preset::Fast) => "快速",
        (En, Preset::BlueGreen) => "Blue/green",
        (Zh, Preset::BlueGreen) => "蓝绿",
        (En, Preset::Once) => "Cannot run twice",
        (Zh, Preset::Once) => "不可同时运行",
    }
}

pub fn preset_hint(locale: Locale, preset: Preset, protected: bool) -> &'static str {
    match (locale, preset, protected) {
        (En, Preset::Careful, false) => "One, watch 1 min; half, watch 5 min; all",
        (Zh, Preset::Careful, false) => "先一个，观察 1 分钟；再一半，观察 5 分钟；最后全部",
        (En, Preset::Careful, true) => "One, watch 1 min; half, watch 5 min; a person agrees; all",
        (Zh, Preset::Careful, true) => "先一个，观察 1 分钟；再一半，观察 5 分钟；人工批准后全部",
        (En, Preset::Fast, _) => "Half at once, up to a quarter missing",
        (Zh, Preset::Fast, _) => "一次一半，最多缺四分之一",
        (En, Preset::BlueGreen, _) => "All new beside the old, watch 1 min, switch, keep the old 10 min",
        (Zh, Preset::BlueGreen, _) => "新旧并存，观察 1 分钟后切换，旧实例保留 10 分钟",
        (En, Preset::Once, _) => "Stop all old ones, then start the new",
        (Zh, Preset::Once, _) => "先停止全部旧实例，再启动新的",
    }
}

pub fn step(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("Step {number}"),
        Zh => format!("第 {number} 步"),
    }
}

pub fn check_number(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("Check {number}"),
        Zh => format!("第 {number} 项检查"),
    }
}

pub fn move_up(locale: Locale, what: &str) -> String {
    match locale {
        En => format!("Move {} up", what.to_lowercase()),
        Zh => format!("上移{what}"),
    }
}

pub fn move_down(locale: Locale, what: &str) -> String {
    match locale {
        En => format!("Move {} down", what.to_lowercase()),
        Zh => format!("下移{what}"),
    }
}

/// What an amount comes to for this app.
pub fn count_of(locale: Locale, count: u32, wanted: u32) -> String {
    match locale {
        En => format!("{count} of {wanted}"),
        Zh => format!("{count} / {wanted} 个"),
    }
}

/// How a release goes, in one line.
pub fn kind(locale: Locale, kind: &StrategyKind) -> String {
    match (locale, kind) {
        (En, StrategyKind::Rolling { max_surge, max_unavailable }) => {
            format!("Rolling: at most {} extra, {} missing", share(*max_surge), share(*max_unavailable))
        }
        (Zh, StrategyKind::Rolling { max_surge, max_unavailable }) => {
            format!("滚动：最多多 {}，缺 {}", share(*max_surge), share(*max_unavailable))
        }
        (En, StrategyKind::Staged { .. }) => "Staged".to_owned(),
        (Zh, StrategyKind::Staged { .. }) => "分阶段".to_owned(),
        (En, StrategyKind::BlueGreen { .. }) => "Blue/green".to_owned(),
        (Zh, StrategyKind::BlueGreen { .. }) => "蓝绿".to_owned(),
        (_, StrategyKind::Recreate) => recreate(locale).to_owned(),
    }
}

/// What a failure leads to.
pub fn failing(locale: Locale, on_failure: OnFailure) -> &'static str {
    match (locale, on_failure) {
        (En, OnFailure::Rollback) => "When it fails, back to the old version",
        (Zh, OnFailure::Rollback) => "失败时回到旧版本",
        (En, OnFailure::Pause) => "When it fails, it pauses and asks a person",
        (Zh, OnFailure::Pause) => "失败时暂停并等待人工处理",
        (En, OnFailure::Fail) => "When it fails, back to the old version and failed",
        (Zh, OnFailure::Fail) => "失败时回到旧版本并记为失败",
    }
}

/// The steps of a strategy in words; none for those without any.
pub fn steps_of(locale: Locale, kind: &StrategyKind) -> Vec<String> {
    match kind {
        StrategyKind::Rolling { .. } | StrategyKind::Recreate => Vec::new(),
        StrategyKind::Staged { steps, .. } => steps.iter().map(|step| words(locale, step)).collect(),
        StrategyKind::BlueGreen { verify, approve, keep_old } => {
            let mut steps = vec![blue_green(locale).to_owned()];
            steps.push(words(locale, &StrategyStep::Verify(*verify)));
            steps.extend(approve.as_ref().map(|gate| approval(locale, gate)));
            steps.push(match locale {
                En => format!("Switch, old kept {keep_old}"),
                Zh => format!("切换，旧实例保留 {keep_old}"),
            });
            steps
        }
    }
}

fn words(locale: Locale, step: &StrategyStep) -> String {
    match (locale, step) {
        (En, StrategyStep::Set(amount)) => format!("{} new", share(*amount)),
        (Zh, StrategyStep::Set(amount)) => format!("{} 新实例", share(*amount)),
        (En, StrategyStep::Verify(time)) => format!("watch {time}"),
        (Zh, StrategyStep::Verify(time)) => format!("观察 {time}"),
        (En, StrategyStep::Wait(time)) => format!("wait {time}"),
        (Zh, StrategyStep::Wait(time)) => format!("等待 {time}"),
        (_, StrategyStep::Approve(gate)) => approval(locale, gate),
    }
}

fn approval(locale: Locale, gate: &Gate) -> String {
    let Gate { approvers, role: least, timeout, on_timeout } = gate;
    let least = role(locale, *least);
    match (locale, on_timeout) {
        (En, OnTimeout::Reject) => format!("approval by {approvers} ({least}) within {timeout}"),
        (En, OnTimeout::Approve) => format!("approval by {approvers} ({least}), goes on after {timeout}"),
        (Zh, OnTimeout::Reject) => format!("{approvers} 人（{least}）在 {timeout} 内批准"),
        (Zh, OnTimeout::Approve) => format!("{approvers} 人（{least}）批准，{timeout} 后自动继续"),
    }
}

/// `2`, or `25 %`.
fn share(amount: Amount) -> String {
    match amount {
        Amount::Count(count) => count.to_string(),
        Amount::Percent(percent) => format!("{} %", percent.0),
    }
}

/// What a check asks and when it is good, in one line.
pub fn check(locale: Locale, check: &Check) -> String {
    let asked = match &check.question {
        Question::Http { path, expect, .. } => {
            let mut parts: Vec<String> = Vec::new();
            if !expect.status.is_empty() {
                parts.push(expect.status.iter().map(u16::to_string).collect::<Vec<_>>().join(" / "));
            }
            parts.extend(expect.body_contains.as_ref().map(|body| format!("“{body}”")));
            parts.extend(expect.json.as_ref().map(|json| format!("{} = {}", json.pointer, json.value)));
            parts.extend(expect.time_limit.map(|limit| format!("≤ {limit}")));
            format!("GET {path} → {}", parts.join(", "))
        }
        Question::Log { pattern, max, min, window } => match (locale, max, min) {
            (En, Some(max), _) => format!("/{pattern}/ at most {max} times in {window}"),
            (Zh, Some(max), _) => format!("/{pattern}/ 在 {window} 内最多 {max} 次"),
            (En, None, min) => format!("/{pattern}/ at least {} times", min.unwrap_or(1)),
            (Zh, None, min) => format!("/{pattern}/ 至少出现 {} 次", min.unwrap_or(1)),
        },
        Question::Metric { query, condition } => metric(locale, query, condition),
        Question::Restarts { max, window } => match locale {
            En => format!("at most {max} restarts in {window}"),
            Zh => format!("{window} 内最多重启 {max} 次"),
        },
    };
    let every = check.interval;
    match (locale, check.observe_only) {
        (En, false) => format!("{asked}, every {every}"),
        (Zh, false) => format!("{asked}，每 {every}"),
        (En, true) => format!("{asked}, every {every}, decides nothing"),
        (Zh, true) => format!("{asked}，每 {every}，不作判定"),
    }
}

fn metric(locale: Locale, query: &str, condition: &MetricCondition) -> String {
    let bounds = |min: Option<f64>, max: Option<f64>| {
        let parts = [min.map(|min| format!("≥ {min}")), max.map(|max| format!("≤ {max}"))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    match condition {
        MetricCondition::Threshold(limits) => format!("{query} {}", bounds(limits.min, limits.max)),
        MetricCondition::Baseline(Baseline::Ratio { min, max }) => {
            let bounds = bounds(*min, *max);
            match locale {
                En => format!("{query}, new / old {bounds}"),
                Zh => format!("{query}，新 / 旧 {bounds}"),
            }
        }
        MetricCondition::Baseline(Baseline::MannWhitney { confidence, worse, window }) => {
            let worse = match worse {
                Direction::Higher => worse_higher(locale),
                Direction::Lower => worse_lower(locale),
                Direction::Either => worse_either(locale),
            };
            match locale {
                En => format!("{query}, not {worse} than the old over {window}, confidence {confidence}"),
                Zh => format!("{query}，{window} 内不比旧版本{worse}，置信度 {confidence}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::definition::parse;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_release_reads_as_a_sentence() {
        let definition = parse(&json!({
            "command": ["a"], "ports": [{ "name": "http" }],
            "strategy": { "kind": "staged", "steps": [
                { "set": 1 }, { "verify": "60s" }, { "set": "50%" }, { "approve": { "approvers": 2 } }, { "set": "100%" }
            ] },
            "checks": [
                { "kind": "http", "path": "/healthz", "expect": { "status": [200, 204], "json": { "pointer": "/ok", "value": true } } },
                { "kind": "log", "pattern": "ERROR", "max": 0, "window": "1m" },
                { "kind": "metric", "query": "up{r=\"{{revision}}\"}", "baseline": { "method": "ratio", "max": 1.5 } },
                { "kind": "restarts", "max": 0, "observe_only": true }
            ]
        }))
        .expect("valid");
        assert_eq!(
            steps_of(En, &definition.strategy.kind),
            ["1 new", "watch 1m", "50 % new", "approval by 2 (operator) within 1d", "100 % new"]
        );
        let said: Vec<String> = definition.checks.iter().map(|each| check(En, each)).collect();
        assert_eq!(said[0], "GET /healthz → 200 / 204, /ok = true, every 10s");
        assert_eq!(said[1], "/ERROR/ at most 0 times in 1m, every 10s");
        assert_eq!(said[2], "up{r=\"{{revision}}\"}, new / old ≤ 1.5, every 10s");
        assert_eq!(said[3], "at most 0 restarts in 5m, every 10s, decides nothing");
        for each in &definition.checks {
            assert!(!check(Zh, each).contains("every"));
        }
    }
}
