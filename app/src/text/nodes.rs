//! Words for machines.

use super::Locale::{self, En, Zh};

texts! {
    ready: "Ready", "就绪";
    draining: "Draining", "排空中";
    down: "Down", "离线";
    disk: "Disk", "磁盘";
}

pub fn instances(locale: Locale, count: u32) -> String {
    match (locale, count) {
        (En, 1) => "1 instance".to_owned(),
        (En, _) => format!("{count} instances"),
        (Zh, _) => format!("{count} 个实例"),
    }
}

pub fn share(locale: Locale, allocated: &str, used: &str, capacity: &str) -> String {
    match locale {
        En => format!("{used} in use, {allocated} promised of {capacity}"),
        Zh => format!("使用 {used}，已承诺 {allocated}，共 {capacity}"),
    }
}

pub fn free(locale: Locale, free: &str, capacity: &str) -> String {
    match locale {
        En => format!("{free} free of {capacity}"),
        Zh => format!("可用 {free}，共 {capacity}"),
    }
}
