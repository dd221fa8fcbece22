//! Words of the metrics of an app.

use model::metric::{Language, SourceKind, SourceTest, Split, Unit};

use super::Locale::{self, En, Zh};

texts! {
    query_hint: "{{app}} and {{environment}} stand for this app. Drag over the chart to look closer.", "{{app}} 和 {{environment}} 代表该应用。在图上拖动可放大。";
    range: "The last", "最近";
    show: "Show", "显示";
    names: "What is measured of it", "已有指标";
    names_none: "Nothing yet. Its use shows some seconds after it starts; send your own figures by StatsD to the address in QUARTERDECK_STATSD.", "暂无。启动数秒后会显示用量；可用 StatsD 将自有指标发送到 QUARTERDECK_STATSD 中的地址。";
    nothing: "The expression has no values in this time.", "该时间段内没有数据。";
    all: "value", "值";
    ask_something: "Type an expression, or choose one of the names below. CPU and memory are on the overview.", "请输入表达式，或选择下方的名称。CPU 和内存见概览。";
    source: "Measurements", "测量数据";
    source_lead: "What Quarterdeck measures itself, and what apps send or show, always goes into its own store. Checks, autoscalers and the explorer of this environment can ask another server instead.", "Quarterdeck 自行测量的数据以及应用发送或提供的数据始终写入自带存储。该环境的检查、自动伸缩和指标查询可改为查询其他服务器。";
    source_kind: "Asked of", "查询来源";
    source_url: "Address", "地址";
    source_url_hint: "https://prometheus.example:9090, or with the path that its API stands under", "https://prometheus.example:9090，可带其 API 所在的路径";
    login: "Credentials", "凭据";
    username: "User name", "用户名";
    secret: "Token or password", "令牌或密码";
    secret_hint: "Kept sealed, and sent to this address only", "加密保存，仅发送到该地址";
    secret_kept: "Empty: the one that is kept stays, as long as the server is the same", "留空：服务器不变时沿用已保存的凭据";
    insecure: "Send the credentials by plain http:// to another host", "允许以明文 http:// 向其他主机发送凭据";
    ca_hint: "File on the console's host to trust as well; empty for none", "控制台主机上的文件，额外信任；不使用则留空";
    save_and_test: "Save and test", "保存并测试";
    standing: "How it fares", "运行情况";
    split: "Lines", "曲线";
    split_whole: "Whole app", "整个应用";
    split_instance: "Each instance", "每个实例";
    split_revision: "Each revision", "每个版本";
    restarts: "Restarts of what runs", "运行中实例的重启次数";
    network: "Network traffic in a second", "每秒网络流量";
    received: "received", "接收";
    sent: "sent", "发送";
    health_check: "Answer to health checks", "健康检查响应时间";
    requests: "Requests in a second", "每秒请求数";
    all_requests: "all", "全部";
    errors: "Answers 5xx in a second", "每秒 5xx 响应数";
    traffic_none: "Requests, errors and latency show as soon as the app tells them. Count requests with their status and tell their time as a histogram, at a path that the definition names, or send them by StatsD to QUARTERDECK_STATSD:", "应用上报后即可显示请求、错误和延迟。请按状态码统计请求，并以直方图记录耗时，通过定义中指定的路径提供，或用 StatsD 发送到 QUARTERDECK_STATSD：";
    panels: "Own charts", "自定义图表";
    panels_none: "Any expression can be kept as a chart of this app, with a unit and a threshold.", "可将任意表达式保存为该应用的图表，并设置单位和阈值。";
    panel_add: "Add a chart", "添加图表";
    panel_keep: "Keep as a chart of this app", "保存为该应用的图表";
    panel_change: "Change", "修改";
    panel_remove: "Remove", "移除";
    panel_save: "Save", "保存";
    panel_title: "Title", "标题";
    panel_title_hint: "Such as Orders in a minute", "例如：每分钟订单数";
    panel_unit: "Unit", "单位";
    panel_threshold: "Threshold", "阈值";
    panel_threshold_hint: "Drawn as a line; empty for none", "以横线绘制；不需要则留空";
    placeholders_hint: "{{app}}, {{environment}} and {{revision}} stand for this app.", "{{app}}、{{environment}} 和 {{revision}} 代表该应用。";
    compare: "Beside it", "对比";
    compare_nothing: "Nothing", "不对比";
    explorer: "Explorer", "指标查询";
    highest_hint: "The app tells percentiles of each series by itself; the highest is drawn, as percentiles cannot be put together. A histogram would give those of all requests.", "应用分别上报各序列的百分位数；由于百分位数无法合并，此处绘制最高值。使用直方图可得到全部请求的百分位数。";
    source_own: "Quarterdeck's own store", "Quarterdeck 自带存储";
}

/// How far back what is compared with lies.
pub const fn before(locale: Locale, minutes: u32) -> &'static str {
    match (locale, minutes) {
        (En, ..=60) => "an hour before",
        (Zh, ..=60) => "一小时前",
        (En, 61..=1_440) => "a day before",
        (Zh, 61..=1_440) => "一天前",
        (En, _) => "a week before",
        (Zh, _) => "一周前",
    }
}

pub const fn unit(locale: Locale, unit: Unit) -> &'static str {
    match (locale, unit) {
        (En, Unit::Number) => "Number",
        (Zh, Unit::Number) => "数值",
        (En, Unit::Percent) => "Percent",
        (Zh, Unit::Percent) => "百分比",
        (En, Unit::Seconds) => "Seconds",
        (Zh, Unit::Seconds) => "秒",
        (En, Unit::Bytes) => "Bytes",
        (Zh, Unit::Bytes) => "字节",
        (En, Unit::Cores) => "CPU cores",
        (Zh, Unit::Cores) => "CPU 核",
    }
}

/// What an expression of the language is called.
pub const fn query(locale: Locale, language: Language) -> &'static str {
    match (locale, language) {
        (_, Language::PromQl) => "PromQL",
        (En, Language::Graphite) => "Graphite expression",
        (Zh, Language::Graphite) => "Graphite 表达式",
    }
}

pub const fn kind(locale: Locale, kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Embedded => source_own(locale),
        SourceKind::Prometheus => "Prometheus",
        SourceKind::Graphite => "Graphite",
    }
}

/// A field of the form, by its place in the API.
pub fn field(locale: Locale, name: &str) -> Option<&'static str> {
    match name {
        "metrics.url" => Some(source_url(locale)),
        "metrics.ca" => Some(super::settings::tls_ca(locale)),
        "metrics.authentication.username" => Some(username(locale)),
        "metrics.authentication.token" | "metrics.authentication.password" => Some(secret(locale)),
        _ => None,
    }
}

/// By the form's name of it.
pub fn login_kind(locale: Locale, login: &str) -> &'static str {
    match (locale, login) {
        (En, "bearer") => "Bearer token",
        (Zh, "bearer") => "Bearer 令牌",
        (En, "basic") => "User name and password",
        (Zh, "basic") => "用户名和密码",
        (En, _) => "None",
        (Zh, _) => "无",
    }
}

pub fn tested(locale: Locale, test: &SourceTest) -> String {
    let took = test.took.to_string();
    match (locale, &test.version, &test.trouble) {
        (En, _, Some(trouble)) => format!("It cannot be asked: {trouble}."),
        (Zh, _, Some(trouble)) => format!("无法查询：{trouble}。"),
        (En, version, None) => {
            format!("{} answered in {took}.", version.as_deref().unwrap_or("It"))
        }
        (Zh, version, None) => {
            format!("{} 已应答，耗时 {took}。", version.as_deref().unwrap_or("服务器"))
        }
    }
}

/// The latency of all requests by percentile, or of one percentile.
pub fn latency(locale: Locale, percentile: Option<u8>) -> String {
    match (locale, percentile) {
        (En, None) => "Latency".to_owned(),
        (Zh, None) => "延迟".to_owned(),
        (En, Some(percentile)) => format!("Latency, {percentile}th percentile"),
        (Zh, Some(percentile)) => format!("延迟（第 {percentile} 百分位）"),
    }
}

/// A line of the latency chart.
pub fn percentile(percentile: u8) -> String {
    format!("p{percentile}")
}

pub const fn split_by(locale: Locale, split: Split) -> &'static str {
    match split {
        Split::Whole => split_whole(locale),
        Split::Instance => split_instance(locale),
        Split::Revision => split_revision(locale),
    }
}

pub fn too_many(locale: Locale, shown: usize, all: usize) -> String {
    match locale {
        En => format!("{shown} of {all} series are drawn; narrow the expression to see others."),
        Zh => format!("共 {all} 条序列，仅绘制 {shown} 条；请缩小表达式范围。"),
    }
}
