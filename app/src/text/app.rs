//! Words of one app's page, beside those it shares with the list.

use std::time::Duration;

use model::deployment::Deployment;
use model::time::Timestamp;

use super::Locale::{self, En, Zh};
use super::{deployment, rollout, time};

texts! {
    tabs: "Parts of the app", "应用的各部分";
    actions: "Actions", "操作";
    more_actions: "More", "更多";
    restart_do: "Restart now", "立即重启";
    suspend_do: "Suspend now", "立即挂起";
    suspend: "Suspend", "挂起";
    destroy_do: "Destroy for good", "彻底销毁";
    app_name: "App's name", "应用名称";
    override_active: "Take the place of the deployment that is running", "取代正在进行的部署";
    see_deployment: "See it", "查看";
    protected_note: "This environment is protected: people depend on it.", "这是受保护的环境：有人依赖它。";
    details: "Details", "详情";
    runs: "Runs", "运行内容";
    image: "Image", "镜像";
    artifact: "Artifact", "构建产物";
    command: "Command", "命令";
    resources: "Per instance", "每个实例";
    ports: "Ports", "端口";
    checks: "Health checks", "健康检查";
    no_checks: "None: an instance counts as healthy once it runs.", "无：实例运行即视为健康。";
    strategy: "Release strategy", "发布策略";
    created: "Created", "创建于";
    none: "none", "无";
    average: "average", "平均";
    offers: "What may follow", "可选内容";
    logs_then: "Logs of this moment", "此时的日志";
    highest: "highest", "最高";
    chart_range: "Time range", "时间范围";
    chart_live: "now", "现在";
    chart_hint: "Drag over a chart to zoom in.", "在图上拖动可放大。";
    chart_out: "Zoom out", "缩小";
    all_instances: "All instances", "全部实例";
    id: "Instance", "实例";
    on_node: "Node", "节点";
    state: "State", "状态";
    stop_ask: "Stop this instance? The engine starts another in its place.", "停止此实例？引擎会启动新的实例替代。";
    stop_do: "Stop it", "停止";
    earlier: "Show ended ones", "显示已结束的";
    deployments_none: "Nothing has been deployed yet.", "尚未部署。";
    older: "Older", "更早";
    compare_lead: "Choose two revisions to see what differs.", "选择两个修订以查看差异。";
    compare_do: "Show the difference", "显示差异";
    older_side: "From", "从";
    newer_side: "To", "到";
    no_reason: "no reason given", "未填写原因";
    going_back_to: "Roll back to this", "回滚到此修订";
    log_title: "Logs", "日志";
    stderr_only: "Errors only", "仅错误输出";
    as_printed: "JSON as printed", "显示 JSON 原文";
    wrap: "Wrap", "换行";
    to_end: "To the newest line", "跳到最新";
    paused_with: "Paused", "已暂停";
    following: "Following", "跟随中";
    not_following: "Not following", "未跟随";
    stream_out: "output", "输出";
    stream_error: "error output", "错误输出";
    log_kept: "The oldest lines are left out here; the download has more.", "此处省略了最早的行；下载包含更多。";
    log_reaches: "Nobody has written yet. Lines appear here as the program prints them.", "尚无输出。程序打印后会显示在此。";
    scaling_to: "Scaling", "伸缩中";
    not_done: "Not done", "未完成";
    engine_since: "Shown as last known", "显示最近已知状态";
}

pub fn count_of(locale: Locale, healthy: u32, wanted: u32) -> String {
    match locale {
        En => format!("{healthy} of {wanted} healthy"),
        Zh => format!("{wanted} 个中 {healthy} 个健康"),
    }
}

/// What the active deployment does, in one line: "update by lin.wei: 3 of 6 healthy".
pub fn rollout_line(locale: Locale, active: &Deployment, now: Timestamp) -> String {
    let kind = deployment::kind(locale, active.kind);
    let who = deployment::actor(locale, &active.actor);
    let standing = rollout::brief(locale, active, now);
    match locale {
        En => format!("{kind} by {who}: {standing}"),
        Zh => format!("{who} 的{kind}：{standing}"),
    }
}

pub fn cpu_and_memory(locale: Locale, cpus: f64, memory_mb: u64) -> String {
    match locale {
        En => format!("{cpus} cores, {memory_mb} MiB"),
        Zh => format!("{cpus} 核，{memory_mb} MiB"),
    }
}

pub fn lines_shown(locale: Locale, shown: usize, all: usize) -> String {
    match locale {
        En if shown == all => format!("{all} lines"),
        En => format!("{shown} of {all} lines"),
        Zh if shown == all => format!("{all} 行"),
        Zh => format!("{all} 行中的 {shown} 行"),
    }
}

pub fn newer_lines(locale: Locale, count: usize) -> String {
    match locale {
        En => format!("{count} newer"),
        Zh => format!("新增 {count} 行"),
    }
}

pub fn age(locale: Locale, since: Timestamp, now: Timestamp) -> String {
    time::short(locale, now.since(since))
}

pub fn revision_made(locale: Locale, who: &str) -> String {
    match locale {
        En => format!("by {who}"),
        Zh => format!("由 {who}"),
    }
}

pub fn compared(locale: Locale, from: u32, to: u32) -> String {
    match locale {
        En => format!("Revision {from} to {to}"),
        Zh => format!("修订 {from} 到 {to}"),
    }
}

/// How long until something happens, to the second below an hour: "1:05", or "2 h".
pub fn countdown(locale: Locale, left: Duration) -> String {
    let seconds = left.as_secs();
    if seconds < 60 {
        return time::short(locale, left);
    }
    if seconds < 3_600 {
        return format!("{}:{:02}", seconds / 60, seconds % 60);
    }
    time::short(locale, left)
}

/// A word that the rest of the line explains: "Delayed: ".
pub fn lead(locale: Locale, word: &str) -> String {
    match locale {
        En => format!("{word}: "),
        Zh => format!("{word}："),
    }
}

/// Why it waits and for how long still.
pub fn next_try(locale: Locale, cause: Option<String>, left: Duration) -> String {
    let left = countdown(locale, left);
    match (locale, cause) {
        (En, Some(cause)) => format!("{cause}. Next try in {left}."),
        (En, None) => format!("Next try in {left}."),
        (Zh, Some(cause)) => format!("{cause}。{left}后重试。"),
        (Zh, None) => format!("{left}后重试。"),
    }
}

/// The name of a chart that is read point by point.
pub fn crosshair(locale: Locale, title: &str) -> String {
    match locale {
        En => format!(
            "{title}: arrow keys read it point by point, with Shift they choose a stretch, Enter shows it"
        ),
        Zh => format!("{title}：方向键逐点读取，按住 Shift 选择区间，回车显示"),
    }
}

pub fn limit_of(locale: Locale, limit: &str) -> String {
    match locale {
        En => format!("limit {limit}"),
        Zh => format!("上限 {limit}"),
    }
}

/// What an app sends by StatsD has reached its bound.
pub fn series_bound(locale: Locale, series: usize, most: usize) -> String {
    match locale {
        En => format!(
            "This app's own measurements take {series} of {most} series, so new ones are not kept. Send fewer different \
             names and tag values: an id or an address in a tag makes a series each."
        ),
        Zh => format!(
            "该应用自行上报的指标已占用 {series}/{most} 个时间序列，新的序列不再保存。请减少不同的名称和标签值：标签中的每个 ID 或地址都会产生一个序列。"
        ),
    }
}

pub fn range(locale: Locale, minutes: u32) -> String {
    match (locale, minutes) {
        (En, 0..60) => format!("{minutes} min"),
        (En, 60..1_440) => format!("{} h", minutes / 60),
        (En, _) => format!("{} d", minutes / 1_440),
        (Zh, 0..60) => format!("{minutes} 分钟"),
        (Zh, 60..1_440) => format!("{} 小时", minutes / 60),
        (Zh, _) => format!("{} 天", minutes / 1_440),
    }
}

pub fn destroy_heading(locale: Locale, app: &str) -> String {
    match locale {
        En => format!("Destroy {app}"),
        Zh => format!("销毁 {app}"),
    }
}
