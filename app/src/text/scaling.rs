//! Words of scaling without a person: autoscaler and calendar.

use model::api::Capacity;
use model::autoscale::{Decision, Figure, Hold, Interruption, Policy, ScaleReason, Target};
use model::scaling::{Rehearsal, Upcoming};
use model::schedule::{Effect, Occurrence, Schedule, Source, When};

use super::Locale::{self, En, Zh};
use super::{apps, time};

texts! {
    now: "Now", "现在";
    autoscaler: "By what is measured", "按指标伸缩";
    autoscaler_none: "No policy: the count stays what a person or the calendar sets.", "没有策略：数量由人或日历决定。";
    calendar: "By the clock", "按时间伸缩";
    calendar_none: "No entries. Set a count for a sale, or a lower one for every night; it is put back afterwards.", "没有条目。可为促销设定数量，或为每晚设定较低数量，结束后自动恢复。";
    decisions: "Decisions", "决策记录";
    decisions_none: "No decision yet.", "尚无决策。";
    set_up: "Set up", "设置";
    change: "Change", "更改";
    mode: "Mode", "模式";
    mode_on: "On", "启用";
    mode_try: "Try only: decide and write down, change nothing", "仅试运行：记录决策，不做更改";
    mode_off: "Off", "停用";
    min: "At least", "最少";
    max: "At most", "最多";
    cpu: "CPU target, %", "CPU 目标（%）";
    memory: "Memory target, %", "内存目标（%）";
    percent_hint: "Mean of all ready instances, of what one may use. Empty: no such target.", "所有就绪实例占其限额的平均值。留空则不设该目标。";
    query: "Query target", "查询目标";
    query_hint: "PromQL, or a target of Graphite where the environment reads one. The sum of what it answers; {{app}} and {{environment}} stand for this app.", "PromQL；若该环境读取 Graphite，则为 Graphite 目标。取其结果之和；{{app}} 和 {{environment}} 代表该应用。";
    per: "The value is", "数值含义";
    per_instance: "for each instance", "每个实例";
    per_total: "for the whole app", "整个应用";
    value: "Value", "数值";
    pace: "Pace", "节奏";
    tolerance: "Tolerance", "容差";
    tolerance_hint: "0.1: within 10 % of the target nothing changes", "0.1：偏离目标 10% 以内不变";
    up_window: "Stabilise going up", "扩容稳定窗口";
    down_window: "Stabilise going down", "缩容稳定窗口";
    window_hint: "The most careful advice within this time counts", "以该时间内最谨慎的建议为准";
    cooldown: "Pause after a change", "变更后的冷却";
    save: "Save", "保存";
    rehearse: "Try on the last day", "用最近一天试算";
    turn_off: "Remove the policy", "移除策略";
    rehearsed: "What it would have done in the last 24 hours", "过去 24 小时会怎样";
    rehearsed_nothing: "Nothing was measured in the last 24 hours.", "过去 24 小时没有测量数据。";
    rehearsed_hint: "As if the work had been the same and spread evenly. Nothing is saved yet.", "假设负载相同且均匀分布。尚未保存任何内容。";
    was: "was", "实际";
    would: "would have been", "本应";
    add_once: "Add a date", "添加日期";
    add_again: "Add a repetition", "添加重复";
    name: "Name", "名称";
    name_hint: "Such as sale or night", "例如 sale 或 night";
    from: "From", "开始";
    to: "To", "结束";
    cron: "Begins (cron)", "开始时间（cron）";
    cron_hint: "Minute, hour, day, month, weekday: 0 22 * * 1-5 is 22:00 on weekdays", "分、时、日、月、星期：0 22 * * 1-5 表示工作日 22:00";
    duration: "Lasts", "持续";
    time_zone: "Time zone", "时区";
    effect_label: "Count", "数量";
    exactly: "exactly", "固定为";
    at_least: "at least", "至少";
    instances: "Instances", "实例数";
    warm_up: "Warm up", "预热";
    warm_up_hint: "So much earlier, that the new ones are ready in time", "提前这么久，使新实例及时就绪";
    add: "Add", "添加";
    remove: "Remove", "移除";
    pause: "Switch off", "停用";
    resume: "Switch on", "启用";
    switched_off: "switched off", "已停用";
    holds_now: "holds now", "正在生效";
    next_days: "The coming five weeks", "未来五周";
    entry: "Entry", "条目";
    entries: "Entries", "条目列表";
    decision_list: "List of decisions", "决策列表";
    when_label: "When", "时间";
    act: "Change", "更改";
    moment: "Time", "时间";
    count: "Count", "数量";
    why: "Why", "原因";
    tried: "only tried", "仅试算";
    older: "Older", "更早";
    surge: "Scale a project", "整体伸缩项目";
    surge_lead: "All its apps by a factor, for a time; then each goes back to the count it had.", "按倍数伸缩其全部应用一段时间，之后各自恢复原数量。";
    surge_where: "Which project", "选择项目";
    surge_show: "Choose", "选择";
    surge_begin: "For a time", "限时伸缩";
    surge_no_project: "There are no apps here yet.", "这里还没有应用。";
    surge_plan: "Show what it does", "预览";
    surge_go: "Scale now", "立即伸缩";
    surges: "Running", "进行中";
    put_back: "Put back", "恢复";
    factor: "Factor", "倍数";
    factor_hint: "2 doubles every count, 0.5 halves it", "2 为加倍，0.5 为减半";
    for_hint: "Such as 90m or 2h", "例如 90m 或 2h";
    until: "Until", "直到";
}

pub const fn weekdays(locale: Locale) -> [&'static str; 7] {
    match locale {
        En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        Zh => ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    }
}

fn instances_of(locale: Locale, count: u32) -> String {
    match (locale, count) {
        (En, 1) => "1 instance".to_owned(),
        (En, _) => format!("{count} instances"),
        (Zh, _) => format!("{count} 个实例"),
    }
}

/// Where the count comes from.
pub fn source(locale: Locale, wanted: u32, source: &Source) -> String {
    let count = instances_of(locale, wanted);
    match (locale, source) {
        (En, Source::Person) => format!("{count}, set by a person"),
        (Zh, Source::Person) => format!("{count}，由人设定"),
        (En, Source::Autoscaler) => format!("{count}, set by the autoscaler"),
        (Zh, Source::Autoscaler) => format!("{count}，由自动伸缩设定"),
        (En, Source::Schedule { name }) => format!("{count}, set by the entry {name}"),
        (Zh, Source::Schedule { name }) => format!("{count}，由条目 {name} 设定"),
    }
}

/// What a policy says, in a line.
pub fn policy(locale: Locale, policy: &Policy) -> String {
    let targets: Vec<String> = policy.targets.iter().map(|one| target(locale, one)).collect();
    let targets = targets.join(if locale == En { ", " } else { "，" });
    match locale {
        En => format!("{} to {} instances: {targets}", policy.min, policy.max),
        Zh => format!("{} 至 {} 个实例：{targets}", policy.min, policy.max),
    }
}

fn target(locale: Locale, target: &Target) -> String {
    match (locale, target) {
        (_, Target::Cpu { percent }) => format!("CPU {percent} %"),
        (En, Target::Memory { percent }) => format!("memory {percent} %"),
        (Zh, Target::Memory { percent }) => format!("内存 {percent} %"),
        (_, Target::Query { query, value, .. }) => format!("{query} = {value}"),
    }
}

/// What was measured for a target.
fn figure(locale: Locale, policy: Option<&Policy>, figure: &Figure) -> String {
    let target = policy.and_then(|policy| policy.targets.get(figure.target));
    let name = match (locale, target) {
        (_, Some(Target::Cpu { .. })) => "CPU",
        (En, Some(Target::Memory { .. })) => "memory",
        (Zh, Some(Target::Memory { .. })) => "内存",
        (_, Some(Target::Query { query, .. })) => query,
        (En, None) => "target",
        (Zh, None) => "目标",
    };
    match (locale, figure.value) {
        (En, Some(value)) => format!("{name} {} of {}", rounded(value), rounded(figure.goal)),
        (Zh, Some(value)) => format!("{name} {}，目标 {}", rounded(value), rounded(figure.goal)),
        (En, None) => format!("{name} without data"),
        (Zh, None) => format!("{name} 无数据"),
    }
}

fn rounded(value: f64) -> String {
    if value.abs() >= 10.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Why a count changed, or stays.
pub fn decision(locale: Locale, policy: Option<&Policy>, decision: &Decision) -> String {
    let figures = decision.figures();
    let measured: Vec<String> = figures.targets.iter().map(|one| figure(locale, policy, one)).collect();
    let measured = measured.join(if locale == En { ", " } else { "，" });
    let words = match decision {
        Decision::Scale { why, .. } => scale_reason(locale, *why),
        Decision::Hold { why, .. } => hold(locale, *why),
    };
    match (words.is_empty(), measured.is_empty()) {
        (false, false) if locale == En => format!("{words}: {measured}"),
        (false, false) => format!("{words}：{measured}"),
        (true, _) => measured,
        (_, true) => words,
    }
}

fn scale_reason(locale: Locale, why: ScaleReason) -> String {
    match (locale, why) {
        (_, ScaleReason::Target { .. }) => String::new(),
        (En, ScaleReason::AboveMax) => "more than the policy's most".to_owned(),
        (Zh, ScaleReason::AboveMax) => "超过策略上限".to_owned(),
        (En, ScaleReason::BelowMin) => "fewer than the policy's least".to_owned(),
        (Zh, ScaleReason::BelowMin) => "低于策略下限".to_owned(),
    }
}

fn hold(locale: Locale, why: Hold) -> String {
    match (locale, why) {
        (En, Hold::Off) => "switched off",
        (Zh, Hold::Off) => "已停用",
        (En, Hold::Interrupted { by: Interruption::Suspended }) => "the app is suspended",
        (Zh, Hold::Interrupted { by: Interruption::Suspended }) => "应用已挂起",
        (En, Hold::Interrupted { by: Interruption::Deploying }) => "a deployment is under way",
        (Zh, Hold::Interrupted { by: Interruption::Deploying }) => "正在部署",
        (En, Hold::Interrupted { by: Interruption::Verifying }) => "a release is being verified",
        (Zh, Hold::Interrupted { by: Interruption::Verifying }) => "正在验证发布",
        (En, Hold::Interrupted { by: Interruption::Scheduled }) => "an entry of the calendar sets the count",
        (Zh, Hold::Interrupted { by: Interruption::Scheduled }) => "日历条目决定数量",
        (En, Hold::ScaledToZero) => "a person wants no instances",
        (Zh, Hold::ScaledToZero) => "有人设为零个实例",
        (En, Hold::NoData) => "nothing is measured",
        (Zh, Hold::NoData) => "没有测量数据",
        (En, Hold::PartialData) => "not everything is measured, so nothing is taken away",
        (Zh, Hold::PartialData) => "数据不全，不缩容",
        (En, Hold::OnTarget) => "on target",
        (Zh, Hold::OnTarget) => "符合目标",
        (En, Hold::Stabilising) => "waits whether it stays so",
        (Zh, Hold::Stabilising) => "等待稳定",
        (En, Hold::StepUsedUp) => "changed as much as it may for now",
        (Zh, Hold::StepUsedUp) => "已达到当前步长限制",
        (En, Hold::AtMin) => "at the policy's least",
        (Zh, Hold::AtMin) => "已达策略下限",
        (En, Hold::AtMax) => "at the policy's most",
        (Zh, Hold::AtMax) => "已达策略上限",
        (En, Hold::Cooldown { .. }) => "pauses after the last change",
        (Zh, Hold::Cooldown { .. }) => "上次变更后的冷却",
    }
    .to_owned()
}

pub fn counts(from: u32, to: u32) -> String {
    if from == to { to.to_string() } else { format!("{from} → {to}") }
}

pub fn effect(locale: Locale, effect: Effect) -> String {
    match (locale, effect) {
        (_, Effect::Instances(count)) => instances_of(locale, count),
        (En, Effect::Floor(count)) => format!("at least {count}"),
        (Zh, Effect::Floor(count)) => format!("至少 {count} 个"),
    }
}

/// When an entry holds, as it was written.
pub fn when(locale: Locale, schedule: &Schedule) -> String {
    let zone = &schedule.time_zone;
    match (locale, &schedule.when) {
        (_, When::Once { from, to }) => {
            let shown = |time: &model::schedule::LocalTime| {
                time.to_string().replace('T', "\u{a0}").replace('-', "\u{2011}")
            };
            // A date and its time stay together.
            format!("{} – {} {zone}", shown(from), shown(to))
        }
        (En, When::Recurring { cron, duration }) => {
            format!("{cron} {zone}, for {}", time::span(locale, *duration))
        }
        (Zh, When::Recurring { cron, duration }) => {
            format!("{cron} {zone}，持续 {}", time::span(locale, *duration))
        }
    }
}

pub fn warms_up(locale: Locale, schedule: &Schedule) -> String {
    let length = time::span(locale, schedule.warm_up);
    match locale {
        En => format!("{length} earlier"),
        Zh => format!("提前 {length}"),
    }
}

/// A chip of the calendar.
pub fn chip(occurrence: &Occurrence) -> String {
    let (sign, count) = match occurrence.effect {
        Effect::Instances(count) => ("", count),
        Effect::Floor(count) => ("≥ ", count),
    };
    format!("{} {sign}{count}", occurrence.schedule)
}

/// The nodes have no room for it.
pub fn no_room(locale: Locale, upcoming: &Upcoming) -> String {
    let Capacity { needed, free, .. } = upcoming.capacity;
    let name = &upcoming.occurrence.schedule;
    let (cpus, memory) = (apps::cpu_cores(needed.cpus), apps::bytes(needed.memory_bytes as f64));
    let (free_cpus, free_memory) = (apps::cpu_cores(free.cpus), apps::bytes(free.memory_bytes as f64));
    match locale {
        En => format!(
            "{name} does not fit: it needs {cpus} cores and {memory} more, and {free_cpus} cores and {free_memory} are free now."
        ),
        Zh => {
            format!("{name} 容量不足：还需 {cpus} 核和 {memory}，目前空闲 {free_cpus} 核和 {free_memory}。")
        }
    }
}

pub fn surge_no_room(locale: Locale, capacity: &Capacity) -> String {
    let (cpus, memory) =
        (apps::cpu_cores(capacity.needed.cpus), apps::bytes(capacity.needed.memory_bytes as f64));
    let free_cpus = apps::cpu_cores(capacity.free.cpus);
    let free_memory = apps::bytes(capacity.free.memory_bytes as f64);
    match locale {
        En => format!(
            "It does not fit: it needs {cpus} cores and {memory} more, and {free_cpus} cores and {free_memory} are free now."
        ),
        Zh => format!("容量不足：还需 {cpus} 核和 {memory}，目前空闲 {free_cpus} 核和 {free_memory}。"),
    }
}

pub fn in_zone(locale: Locale, zone: &str) -> String {
    match locale {
        En => format!("in {zone}"),
        Zh => format!("时区 {zone}"),
    }
}

pub fn played(locale: Locale, it: &Rehearsal) -> String {
    let (lowest, highest, changes) = (it.lowest, it.highest, it.changes);
    let (was, would) = (it.hours_was, it.hours_would);
    match locale {
        En => format!(
            "{lowest} to {highest} instances, {changes} changes, {would:.1} instance hours where it was {was:.1}."
        ),
        Zh => {
            format!("{lowest} 至 {highest} 个实例，变更 {changes} 次，{would:.1} 实例小时（实际 {was:.1}）。")
        }
    }
}
