//! Words for machines.

use super::Locale::{self, En, Zh};

texts! {
    ready: "Ready", "就绪";
    draining: "Draining", "排空中";
    down: "Down", "离线";
    disk: "Disk", "磁盘";
    drain: "Drain", "排空";
    activate: "Activate", "恢复使用";
    takes_new_ones: "takes new instances again", "重新接收新实例";
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

/// What a drain does to the instances of a node.
pub fn moves(locale: Locale, count: u32) -> String {
    match (locale, count) {
        (En, 0) => "moves nothing, takes no new instances".to_owned(),
        (En, 1) => "moves 1 instance elsewhere".to_owned(),
        (En, _) => format!("moves {count} instances elsewhere"),
        (Zh, 0) => "没有需要迁移的实例，不再接收新实例".to_owned(),
        (Zh, _) => format!("将 {count} 个实例迁移到其他节点"),
    }
}

pub fn drained(locale: Locale, node: &str) -> String {
    match locale {
        En => format!("{node} is being drained."),
        Zh => format!("正在排空 {node}。"),
    }
}

pub fn activated(locale: Locale, node: &str) -> String {
    match locale {
        En => format!("{node} takes new instances again."),
        Zh => format!("{node} 重新接收新实例。"),
    }
}
