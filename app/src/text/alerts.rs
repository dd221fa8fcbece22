//! Words of the alerts.

use std::time::Duration;

use model::alert::{Comparison, Labels, OnNoData, Rule, Severity};
use model::duration::Span;

use super::Locale::{self, En, Zh};
use super::time;

texts! {
    title: "Alerts", "告警";
    tab_now: "Now", "当前";
    tab_history: "History", "历史";
    tab_rules: "Rules", "规则";
    tab_silences: "Silences", "静默";
    calm: "Nothing fires", "没有触发的告警";
    pending: "Pending", "等待中";
    pending_hint: "Bad already, but not yet for as long as their rules ask.", "已异常，但持续时间尚未达到规则的要求。";
    resolved: "Lately resolved", "最近恢复";
    silenced: "silenced until", "静默至";
    acknowledge: "Acknowledge", "确认";
    acknowledge_hint: "Say that you take care of it; nobody is reminded until it is resolved", "表示由您处理；恢复前不再提醒";
    silence: "Silence", "静默";
    silence_for: "Silence for", "静默时长";
    silence_one: "Silence this one…", "仅静默此项…";
    taken_by: "acknowledged by", "确认者";
    lasting: "for", "已持续";
    no_history: "No alert has fired yet", "尚无告警触发";
    no_history_hint: "Every alert that fires is kept here, with how long it lasted and who took care of it.", "每个触发过的告警都会保留在此，包括持续时间与处理人。";
    severity_head: "Severity", "级别";
    rule: "Rule", "规则";
    what: "What", "内容";
    fired: "Fired", "触发于";
    lasted: "Lasted", "持续";
    still: "still firing", "仍在触发";
    by: "Acknowledged", "确认";
    all_rules: "All rules", "全部规则";
    show: "Show", "显示";
    older: "Older", "更早";
    state: "State", "状态";
    condition: "Bad when", "异常条件";
    fine: "fine", "正常";
    off: "off", "已关闭";
    no_answer: "no answer", "无响应";
    not_asked: "not asked yet", "尚未查询";
    last_asked: "Last asked", "上次查询";
    builtin: "built in", "内置";
    changed: "changed", "已修改";
    add: "Add a rule", "添加规则";
    name: "Name", "名称";
    name_hint: "Lower-case letters, digits and hyphens; the label alertname.", "小写字母、数字和连字符；即标签 alertname。";
    enabled: "Switched on", "启用";
    environment: "Asks", "查询来源";
    own_store: "the console's own store (all environments)", "控制台自身的存储（全部环境）";
    environment_hint: "Another environment's source of measurements is asked in its own language.", "其他环境的指标来源以其自身的语言查询。";
    query: "Query", "查询";
    query_hint: "Each series of the answer is an alert of its own, known by its labels.", "结果中的每条序列各为一个告警，以标签区分。";
    comparison: "Bad when the value is", "值满足以下条件时异常";
    each_series: "there at all", "存在即异常";
    threshold: "Threshold", "阈值";
    hold: "For", "持续";
    hold_hint: "So long without a break before it fires, such as 5m; 0s: at once.", "需不间断持续多久才触发，如 5m；0s 表示立即。";
    keep: "Keep firing for", "恢复前再保持";
    keep_hint: "After it was bad last, against flapping.", "最后一次异常之后再保持触发，避免抖动。";
    severity: "Severity", "级别";
    labels: "Labels", "标签";
    labels_hint: "One a line, name=value; added to those of each series.", "每行一个，name=value；附加到每条序列的标签。";
    summary: "Summary", "摘要";
    summary_hint: "One line; {{app}} is a label's value and {{value}} the measured one.", "一行；{{app}} 为标签的值，{{value}} 为测得的值。";
    on_no_data: "Without data", "无数据时";
    create: "Add", "添加";
    save: "Save", "保存";
    test: "What would it say now?", "现在会得出什么？";
    nothing_found: "The query answers without any series: there is no alert.", "查询结果没有任何序列：不会产生告警。";
    values: "Values now", "当前值";
    value: "Value", "值";
    good: "fine", "正常";
    bad: "bad", "异常";
    chart: "The last hours", "最近几小时";
    settings: "Settings of this rule", "此规则的设置";
    reset: "Put back", "恢复默认";
    reset_hint: "It becomes again what it is in every console.", "恢复为每个控制台的默认规则。";
    remove: "Remove this rule", "移除此规则";
    remove_hint: "Its alerts are over with it; its history is kept.", "其告警随之结束，历史仍会保留。";
    history_of: "Its last alerts", "最近的告警";
    whole_history: "All of them", "查看全部";
    silence_new: "New silence", "新建静默";
    silences_hint: "Nobody is told of alerts that have all of these labels. They go on as they are.", "拥有全部这些标签的告警不会发送通知，告警本身照常进行。";
    no_silences: "Nothing is silenced.", "没有静默。";
    until: "Until", "直到";
    reason: "Reason", "原因";
    made_by: "By", "创建者";
    end_silence: "End", "结束";
    length: "For", "时长";
    length_hint: "Such as 30m, 4h or 7d; at most 90d.", "如 30m、4h 或 7d；最长 90d。";
    silence_labels_hint: "One a line, name=value, such as environment=production.", "每行一个，name=value，如 environment=production。";
    none_of_app: "No alert names this app.", "没有涉及此应用的告警。";
    history_of_app: "Alerts of this app", "此应用的告警";
    saved: "Saved.", "已保存。";
}

pub const fn severity_word(locale: Locale, severity: Severity) -> &'static str {
    match (locale, severity) {
        (En, Severity::Info) => "Info",
        (Zh, Severity::Info) => "提示",
        (En, Severity::Warning) => "Warning",
        (Zh, Severity::Warning) => "警告",
        (En, Severity::Critical) => "Critical",
        (Zh, Severity::Critical) => "严重",
    }
}

pub const fn no_data(locale: Locale, no_data: OnNoData) -> &'static str {
    match (locale, no_data) {
        (En, OnNoData::Keep) => "everything stays as it is",
        (Zh, OnNoData::Keep) => "保持原状",
        (En, OnNoData::Ok) => "it is fine",
        (Zh, OnNoData::Ok) => "视为正常",
        (En, OnNoData::Alert) => "it is bad",
        (Zh, OnNoData::Alert) => "视为异常",
    }
}

pub const fn comparison_word(locale: Locale, comparison: Comparison) -> &'static str {
    match (locale, comparison) {
        (En, Comparison::Above) => "above",
        (Zh, Comparison::Above) => "大于",
        (En, Comparison::AtLeast) => "at least",
        (Zh, Comparison::AtLeast) => "大于等于",
        (En, Comparison::Below) => "below",
        (Zh, Comparison::Below) => "小于",
        (En, Comparison::AtMost) => "at most",
        (Zh, Comparison::AtMost) => "小于等于",
        (En, Comparison::Equal) => "exactly",
        (Zh, Comparison::Equal) => "等于",
        (En, Comparison::NotEqual) => "other than",
        (Zh, Comparison::NotEqual) => "不等于",
    }
}

/// "above 0 for 2 min".
pub fn condition_of(locale: Locale, rule: &Rule) -> String {
    let value = match rule.condition {
        None => each_series(locale).to_owned(),
        Some(it) => {
            let threshold = model::verdict::number(it.threshold);
            format!("{} {threshold}", comparison_word(locale, it.comparison))
        }
    };
    if rule.hold.duration().is_zero() {
        return value;
    }
    let hold = time::span(locale, rule.hold);
    match locale {
        En => format!("{value} for {hold}"),
        Zh => format!("{value}，持续 {hold}"),
    }
}

/// What the alerts of a group have in common.
pub fn group(locale: Locale, labels: &Labels) -> String {
    let of = |name: &str| labels.get(name).map(String::as_str);
    match (locale, of("node"), of("app"), of(model::alert::NAME_LABEL)) {
        (En, Some(node), ..) => format!("Node {node}"),
        (Zh, Some(node), ..) => format!("节点 {node}"),
        (_, None, Some(app), _) => app.to_owned(),
        (_, None, None, Some(rule)) => rule.to_owned(),
        (_, None, None, None) => title(locale).to_owned(),
    }
}

pub fn more(locale: Locale, count: usize) -> String {
    match locale {
        En => format!("and {count} more"),
        Zh => format!("另有 {count} 个"),
    }
}

pub fn firing_count(locale: Locale, count: u32) -> String {
    match locale {
        En => format!("{count} firing"),
        Zh => format!("{count} 个触发中"),
    }
}

pub fn pending_count(locale: Locale, count: u32) -> String {
    match locale {
        En => format!("{count} pending"),
        Zh => format!("{count} 个等待中"),
    }
}

/// How a rule did when it was asked.
pub fn answered(locale: Locale, took: Span, series: u32) -> String {
    match (locale, series) {
        (En, 1) => format!("answered with 1 series in {took}"),
        (En, _) => format!("answered with {series} series in {took}"),
        (Zh, _) => format!("返回 {series} 条序列，耗时 {took}"),
    }
}

/// The lengths that a group is silenced for with one press.
pub fn length_word(locale: Locale, length: Span) -> String {
    time::short(locale, Duration::from_millis(length.as_millis()))
}

/// A field by its place in a rule or a silence.
pub fn field(locale: Locale, name: &str) -> Option<&'static str> {
    if name.starts_with("labels") {
        return Some(labels(locale));
    }
    match name {
        "query" => Some(query(locale)),
        "condition" | "condition.comparison" => Some(comparison(locale)),
        "condition.threshold" => Some(threshold(locale)),
        "for" => Some(hold(locale)),
        "keep_firing_for" => Some(keep(locale)),
        "severity" => Some(severity(locale)),
        "summary" => Some(summary(locale)),
        "on_no_data" => Some(on_no_data(locale)),
        "environment" => Some(environment(locale)),
        "reason" => Some(reason(locale)),
        _ => None,
    }
}
