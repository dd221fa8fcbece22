//! Words of the metrics of an app.

use super::Locale::{self, En, Zh};

texts! {
    query: "PromQL", "PromQL";
    query_hint: "{{app}} and {{environment}} stand for this app. Drag over the chart to look closer.", "{{app}} 和 {{environment}} 代表该应用。在图上拖动可放大。";
    range: "The last", "最近";
    show: "Show", "显示";
    names: "What is measured of it", "已有指标";
    names_none: "Nothing yet. Its use shows some seconds after it starts; send your own figures by StatsD to the address in QUARTERDECK_STATSD.", "暂无。启动数秒后会显示用量；可用 StatsD 将自有指标发送到 QUARTERDECK_STATSD 中的地址。";
    nothing: "The expression has no values in this time.", "该时间段内没有数据。";
    all: "value", "值";
}

pub fn too_many(locale: Locale, shown: usize, all: usize) -> String {
    match locale {
        En => format!("{shown} of {all} series are drawn; narrow the expression to see others."),
        Zh => format!("共 {all} 条序列，仅绘制 {shown} 条；请缩小表达式范围。"),
    }
}
