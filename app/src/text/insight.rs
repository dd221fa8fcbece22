//! Words for what the history tells: what ran at a moment, and how well releasing goes.

use std::time::Duration;

use model::api::UnderWay;

use super::Locale::{self, En, Zh};
use super::deployment;
use crate::ui::version::brief;

texts! {
    at_title: "What ran then?", "当时运行什么？";
    at_lead: "Every app's version at one moment, from the recorded history.", "根据记录的历史，显示某一时刻每个应用的版本。";
    moment: "Moment", "时刻";
    time_zone: "Time zone", "时区";
    show: "Show", "显示";
    version: "Version", "版本";
    count: "Instances", "实例";
    since: "Since", "自";
    under_way: "Under way", "进行中";
    suspended: "suspended", "已挂起";
    first_one: "not out yet", "尚未发布完成";
    to_come: "This moment is still to come. What is shown is how it stands now.", "该时刻尚未到来，显示的是目前的状态。";
    unreadable: "This is not a moment. Write a date and a time, such as 2026-11-23T23:59, and a time zone such as Europe/Berlin or UTC.", "无法识别该时刻。请填写日期和时间，如 2026-11-23T23:59，以及时区，如 Asia/Shanghai 或 UTC。";
    ask_first: "Choose a moment", "请选择一个时刻";
    ask_first_hint: "You see which version of every app ran then, how many of it, and what was just being deployed.", "将显示当时每个应用的版本、数量，以及正在进行的部署。";
    nothing_then: "Nothing ran at that moment", "该时刻没有任何应用";
    nothing_then_hint: "No app existed then, or none that these filters let through.", "当时没有应用，或没有符合筛选条件的应用。";
    to_history: "Back to the history", "返回历史";
    more: "More apps", "更多应用";
    frequency: "Deployment frequency", "部署频率";
    lead_time: "Lead time", "交付周期";
    failure_rate: "Change failure rate", "变更失败率";
    restore: "Time to restore", "恢复时间";
    frequency_means: "New versions that came out", "成功发布的新版本";
    lead_time_means: "From the version's existence until it is out, median", "从版本产生到发布完成的中位时间";
    failure_rate_means: "Releases that failed or were taken back", "失败或被回滚的发布所占比例";
    restore_means: "From a failure until all is well, median", "从故障到恢复正常的中位时间";
    better: "better", "改善";
    worse: "worse", "变差";
    same: "as before", "持平";
    no_figure: "No figure yet", "暂无数据";
    by_week: "By week", "按周";
    dora_of: "Figures of a project or an app", "某个项目或应用的数据";
    all_projects: "All projects", "全部项目";
    all_apps: "All apps", "全部应用";
}

pub fn dora_title(locale: Locale, days: u32) -> String {
    match locale {
        En => format!("Releasing, the last {days} days"),
        Zh => format!("发布情况，最近 {days} 天"),
    }
}

/// "update to shop:1.4.2, #12": what was being deployed.
pub fn under_way_line(locale: Locale, one: &UnderWay) -> String {
    let kind = deployment::kind(locale, one.kind);
    let number = one.number;
    match (locale, one.to_version.as_deref().map(brief)) {
        (En, Some(version)) => format!("#{number}: {kind} to {version}"),
        (Zh, Some(version)) => format!("#{number}：{kind}到 {version}"),
        (En, None) => format!("#{number}: {kind}"),
        (Zh, None) => format!("#{number}：{kind}"),
    }
}

/// Where it is rarer than once a day, by week.
pub fn often(locale: Locale, per_day: f64) -> String {
    match (locale, per_day >= 1.0) {
        (En, true) => format!("{per_day:.1} a day"),
        (En, false) => format!("{:.1} a week", per_day * 7.0),
        (Zh, true) => format!("每天 {per_day:.1} 次"),
        (Zh, false) => format!("每周 {:.1} 次", per_day * 7.0),
    }
}

/// The two largest units, as a person would say it.
pub fn long(locale: Locale, millis: u64) -> String {
    let length = Duration::from_millis(millis);
    let (days, hours) = (length.as_secs() / 86_400, length.as_secs() / 3_600 % 24);
    match (locale, days) {
        (_, 0) => deployment::length(locale, length),
        (En, _) => format!("{days} d {hours} h"),
        (Zh, _) => format!("{days} 天 {hours} 小时"),
    }
}

pub fn percent(rate: f64) -> String {
    format!("{:.0} %", rate * 100.0)
}

/// What the figure was in the period before.
pub fn was(locale: Locale, figure: &str) -> String {
    match locale {
        En => format!("before: {figure}"),
        Zh => format!("此前：{figure}"),
    }
}

/// What a rate is made of: "2 of 14".
pub fn of(locale: Locale, part: u32, whole: u32) -> String {
    match locale {
        En => format!("{part} of {whole}"),
        Zh => format!("{whole} 次中 {part} 次"),
    }
}
