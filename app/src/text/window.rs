//! Words for release windows and freezes.

use model::window::{Barrier, Closed, Day};

use super::Locale::{self, En, Zh};

texts! {
    rules: "Release windows", "发布窗口";
    rules_lead: "When new versions may go out. Scaling, going back and suspending are always possible.", "何时允许发布新版本。伸缩、回滚和挂起始终可用。";
    calendar: "Weekly calendar", "每周日历";
    calendar_hint: "Without windows it is always open. An end before the beginning is on the next day; 24:00 is the end of the day.", "没有窗口则始终开放。结束早于开始表示次日；24:00 表示当天结束。";
    time_zone: "Time zone", "时区";
    time_zone_hint: "Whose clocks count, for the calendar and the freezes. Empty: UTC.", "日历和冻结均以此时区为准。留空：UTC。";
    days: "Days", "日期";
    from: "From", "从";
    to: "To", "到";
    freezes: "Freezes", "冻结";
    freezes_hint: "Nothing new goes out between these moments, whatever the calendar says.", "在这些时刻之间不发布任何新版本，与日历无关。";
    freeze_name: "Name", "名称";
    another_window: "Another window", "再加一个窗口";
    another_freeze: "Another freeze", "再加一个冻结";
    remove: "Remove", "移除";
    author_may_approve: "Whoever asks for a deployment may approve it too", "部署的发起人也可以批准";
    approvals: "Approvals", "批准";
    save_rules: "Save rules", "保存规则";
    opens: "Opens", "开放时间：";
    never_opens: "No opening is in sight.", "没有可预见的开放时间。";
    closed_tag: "closed", "已关闭";
    open_now: "Open for new versions now.", "现在可以发布新版本。";
    others_may: "Scaling, going back and suspending remain possible.", "伸缩、回滚和挂起仍然可用。";
    ask_admin: "An administrator can override this with a reason.", "管理员可以填写原因后越过限制。";
    override_tick: "Override: deploy although it is closed. The reason is required and goes into the audit log.", "越过限制：关闭期间仍然部署。必须填写原因，并记入审计日志。";
    restart_closed: "Closed for new versions; only an administrator may restart now", "已关闭发布；目前仅管理员可以重启";
}

pub const fn day(locale: Locale, day: Day) -> &'static str {
    match (locale, day) {
        (En, Day::Mon) => "Mon",
        (En, Day::Tue) => "Tue",
        (En, Day::Wed) => "Wed",
        (En, Day::Thu) => "Thu",
        (En, Day::Fri) => "Fri",
        (En, Day::Sat) => "Sat",
        (En, Day::Sun) => "Sun",
        (Zh, Day::Mon) => "周一",
        (Zh, Day::Tue) => "周二",
        (Zh, Day::Wed) => "周三",
        (Zh, Day::Thu) => "周四",
        (Zh, Day::Fri) => "周五",
        (Zh, Day::Sat) => "周六",
        (Zh, Day::Sun) => "周日",
    }
}

/// What is closed and why, without a full stop's company: "Closed for new versions: freeze “Holidays”."
pub fn closed(locale: Locale, closed: &Closed) -> String {
    match (locale, &closed.barrier) {
        (En, Barrier::Freeze { name }) => format!("Closed for new versions: freeze “{name}”."),
        (En, Barrier::Calendar { .. }) => "Closed for new versions: outside the release windows.".to_owned(),
        (Zh, Barrier::Freeze { name }) => format!("已关闭发布：冻结“{name}”。"),
        (Zh, Barrier::Calendar { .. }) => "已关闭发布：不在发布窗口内。".to_owned(),
    }
}

/// The label of a group of fields: "Window 2".
pub fn window_number(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("Window {number}"),
        Zh => format!("窗口 {number}"),
    }
}

pub fn freeze_number(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("Freeze {number}"),
        Zh => format!("冻结 {number}"),
    }
}

pub fn remove_row(locale: Locale, row: &str) -> String {
    match locale {
        En => format!("Remove {row}"),
        Zh => format!("移除{row}"),
    }
}

/// A field of the rules by its pointer, for the list of mistakes: `rules.windows.0.from`.
pub fn field(locale: Locale, path: &str) -> Option<String> {
    let mut parts = path.strip_prefix("rules.")?.split('.');
    let (list, number, field) = (parts.next()?, parts.next(), parts.next());
    let row = number.and_then(|number| number.parse::<usize>().ok()).map_or(0, |index| index + 1);
    let row = match list {
        "windows" if number.is_some() => window_number(locale, row),
        "freezes" if number.is_some() => freeze_number(locale, row),
        "windows" => return Some(calendar(locale).to_owned()),
        "freezes" => return Some(freezes(locale).to_owned()),
        _ => return Some(time_zone(locale).to_owned()),
    };
    let field = match field? {
        "days" => days(locale),
        "from" => from(locale),
        "to" => to(locale),
        _ => freeze_name(locale),
    };
    Some(match locale {
        En => format!("{row}, {field}:"),
        Zh => format!("{row}，{field}："),
    })
}
