//! Words of the list of apps and of one app.

use model::app::{AppStatus, InstanceCounts, StatusReason};
use model::deployment::Deployment;
use model::instance::{Health, InstanceState};
use model::newer::Newer;
use model::release::short_digest;
use model::time::Timestamp;

use super::Locale::{self, En, Zh};
use super::{deployment, time};
use crate::paths::AppTab;

texts! {
    title: "Apps", "应用";
    new_app: "New app", "新建应用";
    search: "Search by name, project or version", "按名称、项目或版本搜索";
    all: "All", "全部";
    attention: "Needs attention", "需要关注";
    project: "Project", "项目";
    any: "any", "任意";
    scale_project: "Scale a project", "整体伸缩项目";
    group_by_project: "Group by project", "按项目分组";
    none_yet: "No apps yet", "还没有应用";
    none_yet_hint: "An app is a program that runs in as many copies as you say, is kept healthy, and can go back to any version. Start from a template or write your own.", "应用是按您指定的副本数运行、持续保持健康、并可回到任意版本的程序。从模板开始，或自己编写。";
    none_found: "No app matches these filters.", "没有符合筛选条件的应用。";
    clear_filters: "Clear the filters", "清除筛选";
    app: "App", "应用";
    status: "Status", "状态";
    version: "Version", "版本";
    instances: "Instances", "实例";
    scale: "Scale", "伸缩";
    cpu: "CPU", "CPU";
    memory: "Memory", "内存";
    last_change: "Last change", "最近更改";
    fewer: "One fewer", "减少一个";
    more: "One more", "增加一个";
    set_count: "Set", "设定";
    select: "Select", "选择";
    select_all: "Select all", "全选";
    restart: "Restart", "重启";
    suspend: "Suspend", "挂起";
    resume: "Resume", "恢复";
    destroy: "Destroy", "销毁";
    roll_back: "Roll back", "回滚";
    deploy_new: "Deploy new version", "部署新版本";
    promote: "Promote", "晋升";
    duplicate: "Duplicate", "复制为新应用";
    start_now: "Start now", "立即启动";
    look: "Look into it", "查看";
    destroy_ask: "This stops all instances of the app and takes it off the list. Its history is kept. Type the app's name to confirm:", "这将停止该应用的所有实例并将其从列表移除，历史会保留。请输入应用名称以确认：";
    suspend_ask: "Stops all instances. The app stays and can be resumed to the same number.", "停止所有实例。应用会保留，可恢复到相同数量。";
    restart_ask: "Replaces every instance by a new one of the same version, a few at a time.", "以相同版本的新实例逐步替换每个实例。";
    stop_one: "Stop this instance; the engine starts another", "停止该实例；引擎会启动新的实例";
    stop: "Stop", "停止";
    no_instances: "No instances are running.", "没有正在运行的实例。";
    no_samples: "No samples yet: the first come after some seconds.", "暂无采样：几秒后即有数据。";
    rollout: "Rollout in progress", "发布进行中";
    open: "Open", "打开";
    instance: "Instance", "实例";
    health: "Health", "健康";
    address: "Address", "地址";
    revision: "Revision", "修订";
    restarts: "Restarts", "重启次数";
    age: "Age", "运行时间";
    usage: "Use", "用量";
    limit: "Limit", "上限";
    time: "Time", "时间";
    value: "Value", "值";
    as_table: "As a table", "以表格显示";
    deployment_mark: "Deployment", "部署";
    current: "current", "当前";
    compare: "Compare", "比较";
    with: "with", "与";
    copy_json: "Copy JSON", "复制 JSON";
    definition: "Definition", "定义";
    revisions: "Revisions", "修订";
    edit: "Edit", "编辑";
    edit_from: "Edit from here", "由此编辑";
    what_changed: "What changed", "更改内容";
    same: "The two are the same.", "两者相同。";
    logs_search: "Search the log", "搜索日志";
    logs_all: "All instances", "全部实例";
    logs_pause: "Pause", "暂停";
    logs_follow: "Follow", "跟随";
    logs_download: "Download", "下载";
    logs_none: "Nothing has been written yet.", "尚无输出。";
    logs_none_found: "No line matches.", "没有匹配的行。";
    logs_lost: "The log stream broke off; trying again.", "日志流中断，正在重试。";
    logs_find: "Find", "查找";
    truncated: "cut", "已截断";
    wrong_now: "What is wrong now", "当前问题";
    all_well: "Everything runs as wanted.", "一切按期望运行。";
    moving: "What is moving", "进行中";
    nothing_moves: "No rollout is under way.", "没有进行中的发布。";
    happened: "What happened", "最近发生";
    nothing_happened: "No deployments yet.", "还没有部署。";
    capacity: "Capacity", "容量";
    allocated: "allocated", "已分配";
    used: "in use", "使用中";
    all_deployments: "All deployments", "全部部署";
    start_here: "Start your first app", "启动您的第一个应用";
    node: "Node", "节点";
    nodes_title: "Nodes", "节点";
    disk_free: "Disk free", "可用磁盘";
    cores: "Cores", "核";
    saved: "Changed.", "已更改。";
    name_mismatch: "The name does not match.", "名称不一致。";
    not_reached: "The console did not answer; nothing was changed.", "控制台没有响应，未做任何更改。";
    range_15m: "15 min", "15 分钟";
    range_1h: "1 h", "1 小时";
    range_6h: "6 h", "6 小时";
    range_1d: "1 d", "1 天";
    range_7d: "7 d", "7 天";
    last_known: "last known", "最近已知";
    tag_moved: "tag moved", "标签已移动";
}

pub const fn status_word(locale: Locale, status: AppStatus) -> &'static str {
    match (locale, status) {
        (En, AppStatus::Running) => "Running",
        (Zh, AppStatus::Running) => "运行中",
        (En, AppStatus::Deploying) => "Deploying",
        (Zh, AppStatus::Deploying) => "部署中",
        (En, AppStatus::Suspended) => "Suspended",
        (Zh, AppStatus::Suspended) => "已挂起",
        (En, AppStatus::Delayed) => "Delayed",
        (Zh, AppStatus::Delayed) => "已延迟",
        (En, AppStatus::Waiting) => "Waiting",
        (Zh, AppStatus::Waiting) => "等待中",
        (En, AppStatus::Degraded) => "Degraded",
        (Zh, AppStatus::Degraded) => "降级",
        (En, AppStatus::Unknown) => "Unknown",
        (Zh, AppStatus::Unknown) => "未知",
    }
}

pub const fn tab(locale: Locale, tab: AppTab) -> &'static str {
    match (locale, tab) {
        (En, AppTab::Overview) => "Overview",
        (Zh, AppTab::Overview) => "总览",
        (En, AppTab::Instances) => "Instances",
        (Zh, AppTab::Instances) => "实例",
        (En, AppTab::Deployments) => "Deployments",
        (Zh, AppTab::Deployments) => "部署",
        (En, AppTab::Versions) => "Versions",
        (Zh, AppTab::Versions) => "版本",
        (En, AppTab::Logs) => "Logs",
        (Zh, AppTab::Logs) => "日志",
        (En, AppTab::Metrics) => "Metrics",
        (Zh, AppTab::Metrics) => "指标",
        (En, AppTab::Scaling) => "Scaling",
        (Zh, AppTab::Scaling) => "伸缩",
        (En, AppTab::Alerts) => "Alerts",
        (Zh, AppTab::Alerts) => "告警",
        (En, AppTab::Configuration) => "Configuration",
        (Zh, AppTab::Configuration) => "配置",
    }
}

/// Why the status is what it is, as one line.
pub fn reason(locale: Locale, reason: &StatusReason, now: Timestamp) -> String {
    match (locale, reason) {
        (En, StatusReason::DelayedUntil { until, cause }) => {
            let next = format!("next try {}", time::relative(En, *until, now));
            cause.as_ref().map_or_else(|| next.clone(), |c| format!("{}, {next}", deployment::cause(En, c)))
        }
        (Zh, StatusReason::DelayedUntil { until, cause }) => {
            let next = format!("{}重试", time::relative(Zh, *until, now));
            cause.as_ref().map_or_else(|| next.clone(), |c| format!("{}，{next}", deployment::cause(Zh, c)))
        }
        (_, StatusReason::NoPlace { detail }) => detail.clone(),
        (En, StatusReason::Unhealthy { count, wanted, cause }) => {
            let base = format!("{count} of {wanted} unhealthy");
            cause.as_ref().map_or_else(|| base.clone(), |c| format!("{base}: {}", deployment::cause(En, c)))
        }
        (Zh, StatusReason::Unhealthy { count, wanted, cause }) => {
            let base = format!("{wanted} 个中有 {count} 个不健康");
            cause.as_ref().map_or_else(|| base.clone(), |c| format!("{base}：{}", deployment::cause(Zh, c)))
        }
        (En, StatusReason::Missing { count, wanted }) => format!("{count} of {wanted} missing"),
        (Zh, StatusReason::Missing { count, wanted }) => format!("{wanted} 个中缺少 {count} 个"),
        (En, StatusReason::EngineAway { since, .. }) => since.map_or_else(
            || "the engine does not answer".to_owned(),
            |since| format!("the engine does not answer, last seen {}", time::relative(En, since, now)),
        ),
        (Zh, StatusReason::EngineAway { since, .. }) => since.map_or_else(
            || "引擎无响应".to_owned(),
            |since| format!("引擎无响应，最后可见于{}", time::relative(Zh, since, now)),
        ),
    }
}

/// "5 healthy, 1 starting of 6 wanted": what the bar says to those who cannot see it.
pub fn counts(locale: Locale, counts: InstanceCounts) -> String {
    let InstanceCounts { wanted, healthy, unhealthy, starting, .. } = counts;
    match locale {
        En => format!("{healthy} healthy, {unhealthy} unhealthy, {starting} starting of {wanted} wanted"),
        Zh => format!("期望 {wanted} 个：健康 {healthy}，不健康 {unhealthy}，启动中 {starting}"),
    }
}

/// "update by lin.wei".
pub fn change_by(locale: Locale, change: &Deployment) -> String {
    let kind = deployment::kind(locale, change.kind);
    let who = deployment::actor(locale, &change.actor);
    match locale {
        En => format!("{} by {who}", kind.to_lowercase()),
        Zh => format!("{who} {kind}"),
    }
}

pub fn shown_of(locale: Locale, shown: usize, all: u32, environment: Option<&str>) -> String {
    match (locale, environment) {
        (En, Some(environment)) => format!("{shown} of {all} in {environment}"),
        (En, None) => format!("{shown} of {all}"),
        (Zh, Some(environment)) => format!("{environment} 中 {all} 个，显示 {shown} 个"),
        (Zh, None) => format!("共 {all} 个，显示 {shown} 个"),
    }
}

pub fn selected(locale: Locale, count: &str) -> String {
    match locale {
        En => format!("{count} selected"),
        Zh => format!("已选 {count} 个"),
    }
}

pub fn instance_count_label(locale: Locale, app: &str) -> String {
    match locale {
        En => format!("Instances of {app}"),
        Zh => format!("{app} 的实例数"),
    }
}

pub const fn instance_state(locale: Locale, state: InstanceState) -> &'static str {
    match (locale, state) {
        (En, InstanceState::Pending) => "Pending",
        (Zh, InstanceState::Pending) => "待启动",
        (En, InstanceState::Pulling) => "Pulling",
        (Zh, InstanceState::Pulling) => "拉取中",
        (En, InstanceState::Starting) => "Starting",
        (Zh, InstanceState::Starting) => "启动中",
        (En, InstanceState::Running) => "Running",
        (Zh, InstanceState::Running) => "运行中",
        (En, InstanceState::Stopping) => "Stopping",
        (Zh, InstanceState::Stopping) => "停止中",
        (En, InstanceState::Exited) => "Exited",
        (Zh, InstanceState::Exited) => "已退出",
        (En, InstanceState::Failed) => "Failed",
        (Zh, InstanceState::Failed) => "失败",
        (En, InstanceState::Lost) => "Lost",
        (Zh, InstanceState::Lost) => "丢失",
    }
}

pub const fn health_word(locale: Locale, health: Health) -> &'static str {
    match (locale, health) {
        (En, Health::Unknown) => "Starting",
        (Zh, Health::Unknown) => "检查中",
        (En, Health::Healthy) => "Healthy",
        (Zh, Health::Healthy) => "健康",
        (En, Health::Unhealthy) => "Unhealthy",
        (Zh, Health::Unhealthy) => "不健康",
    }
}

/// Bytes with a fitting unit.
pub fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if value >= 100.0 || unit == 0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Cores with a precision that fits.
pub fn cpu_cores(cores: f64) -> String {
    if cores >= 10.0 {
        format!("{cores:.1}")
    } else if cores >= 0.1 {
        format!("{cores:.2}")
    } else {
        format!("{cores:.3}")
    }
}

/// What the mark of a newer tag leads to.
pub fn newer(locale: Locale, newer: &Newer, now: Timestamp) -> String {
    let pushed = time::relative(locale, newer.pushed_at, now);
    match locale {
        En => format!("{} is newer, pushed {pushed}: deploy it", newer.tag),
        Zh => format!("{} 更新，推送于{pushed}：部署它", newer.tag),
    }
}

pub fn tag_moved_to(locale: Locale, digest: &str) -> String {
    let short = short_digest(digest);
    match locale {
        En => format!("Its tag was moved and stands for {short} now: deploy that"),
        Zh => format!("其标签已移动，现指向 {short}：部署它"),
    }
}
