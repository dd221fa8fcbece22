//! Words of the kept logs of an app, and of the links to where else they are kept.

use model::duration::Span;
use model::log::{LogKeeping, LogPage};

use super::Locale::{self, En, Zh};
use super::{apps, time};

texts! {
    live: "Live", "实时";
    search: "Search", "搜索";
    ways: "Ways to look at the log", "查看日志的方式";
    text: "Text", "文本";
    text_hint: "Ignores case", "不区分大小写";
    expression: "Regular expression", "正则表达式";
    fields: "Fields of JSON lines", "JSON 行的字段";
    fields_hint: "level=error status>=500, blanks between; also != < <= >", "如 level=error status>=500，以空格分隔；也可用 != < <= >";
    instance: "Instance", "实例";
    revision: "Revision", "修订";
    stream: "Stream", "输出流";
    any: "any", "不限";
    stdout: "output", "标准输出";
    stderr: "error output", "错误输出";
    last: "Time", "时间";
    last_all: "all that is kept", "全部保留的日志";
    last_own: "from and to:", "自定义起止：";
    from: "From", "从";
    to: "To", "到";
    zone: "Time zone", "时区";
    find: "Search", "搜索";
    clear: "Clear", "清除";
    download: "Download", "下载";
    older: "Older lines", "更早的行";
    newest: "Newest lines", "最新的行";
    results: "Lines found", "找到的行";
    none_kept: "Nothing is kept yet", "尚无保留的日志";
    none_kept_hint: "Every line that the instances print from now on is kept here and can be searched.", "此后实例输出的每一行都会保留在此，可供搜索。";
    none_found: "No line matches", "没有匹配的行";
    none_found_hint: "Ask for less, or for a longer time.", "请减少条件或延长时间范围。";
    partial: "Searching took too long and was stopped: older lines may match as well. Go on with older lines, or ask for a shorter time.", "搜索耗时过长，已停止：更早的行也可能匹配。可继续查看更早的行，或缩短时间范围。";
    around: "Lines around it", "上下文";
    around_title: "Lines around one", "某一行的上下文";
    around_lines: "Lines before and after", "前后行数";
    this_instance: "Only this instance", "仅此实例";
    all_instances: "All instances", "全部实例";
    back: "Back to the search", "返回搜索";
    here: "this line", "此行";
    minute: "In this minute", "此分钟内";
    minute_none: "No line was printed in this minute. These are the last ones before it.", "这一分钟内没有输出。以下是此前最后的几行。";
    minute_none_at_all: "No line was printed in this minute, and none before it is kept.", "这一分钟内没有输出，此前也没有保留的日志。";
    minute_more: "Earlier lines of this minute", "此分钟内更早的行";
    minute_before: "The minute before", "前一分钟";
    minute_after: "The minute after", "后一分钟";
    since: "The oldest is of", "最早的一行来自";
    cut: "cut", "已截断";
    whole: "as printed", "原文";
    only_these: "Only lines with this", "仅显示包含此项的行";
    elsewhere: "Elsewhere", "其他位置";
    links: "Links to logs elsewhere", "其他日志系统的链接";
    links_lead: "Shown on the logs of every app of this environment: where Kibana, Grafana with Loki or another system keeps the same lines.", "显示在该环境每个应用的日志页：Kibana、Grafana Loki 或其他系统中保存相同日志的位置。";
    links_none: "None.", "无。";
    links_hint: "Filled in, percent-encoded:", "会以百分号编码填入：";
    link_name: "Name", "名称";
    link_url: "Address", "地址";
}

/// For the label of a row's fields.
pub fn link_number(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("of link {number}"),
        Zh => format!("（链接 {number}）"),
    }
}

/// A field of the links by its pointer, for the list of mistakes: `log_links.0.url`.
pub fn field(locale: Locale, path: &str) -> Option<String> {
    let rest = path.strip_prefix("log_links")?;
    let mut parts = rest.trim_start_matches('.').split('.');
    let Some(row) = parts.next().and_then(|row| row.parse::<usize>().ok()) else {
        return Some(links(locale).to_owned());
    };
    let part = if parts.next() == Some("name") { link_name(locale) } else { link_url(locale) };
    Some(match locale {
        En => format!("{part} {}:", link_number(locale, row + 1)),
        Zh => format!("{part}{}：", link_number(locale, row + 1)),
    })
}

/// "the last 15 min".
pub fn last_minutes(locale: Locale, minutes: u32) -> String {
    let length = time::span(locale, Span::from_secs(u64::from(minutes) * 60));
    match locale {
        En => format!("the last {length}"),
        Zh => format!("最近 {length}"),
    }
}

/// What was looked through for the answer.
pub fn looked(locale: Locale, page: &LogPage) -> String {
    let (lines, bytes) = (page.items.len(), apps::bytes(page.scanned_bytes as f64));
    let took = format!("{:.2} s", page.took_ms as f64 / 1_000.0);
    match locale {
        En if lines == 1 => format!("1 line, {bytes} looked through in {took}"),
        En => format!("{lines} lines, newest first; {bytes} looked through in {took}"),
        Zh => format!("{lines} 行，最新的在前；在 {took} 内查找了 {bytes}"),
    }
}

/// How much is kept and for how long.
pub fn keeping(locale: Locale, keeping: &LogKeeping) -> String {
    let size = |bytes: u64| apps::bytes(bytes as f64);
    let (bytes, most, raw) = (size(keeping.bytes), size(keeping.bytes_max), size(keeping.raw_bytes));
    let age = time::span(locale, Span::from_secs(keeping.age_max_s));
    match locale {
        En => format!(
            "{raw} of lines kept in {bytes} on disk; at most {most} and {age}, the oldest leave first."
        ),
        Zh => format!("已保留 {raw} 日志，占用磁盘 {bytes}；最多 {most}、{age}，最早的先删除。"),
    }
}

/// Lines that came too fast.
pub fn dropped(locale: Locale, keeping: &LogKeeping) -> String {
    let (lines, rate) = (keeping.dropped, apps::bytes(keeping.rate_max as f64));
    match locale {
        En => format!(
            "{lines} lines came faster than {rate} a second for longer than a burst and were not kept."
        ),
        Zh => format!("{lines} 行的输出速度持续超过每秒 {rate}，未保留。"),
    }
}

/// Segments that cannot be read.
pub fn damaged(locale: Locale, segments: u32) -> String {
    match locale {
        En if segments == 1 => "A part of what was kept is damaged on the disk and was set aside.".to_owned(),
        En => format!("{segments} parts of what was kept are damaged on the disk and were set aside."),
        Zh => format!("有 {segments} 段保留的日志在磁盘上已损坏，已另行存放。"),
    }
}

/// Why nothing is kept now, in the words of what is in the way.
pub fn trouble(locale: Locale, why: &str) -> String {
    match locale {
        En => format!("No lines are kept at the moment: {why}"),
        Zh => format!("目前未保留日志：{why}"),
    }
}
