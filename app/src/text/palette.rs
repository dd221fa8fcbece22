//! Texts of the command palette and the list of keys.

use super::Locale::{self, En, Zh};

texts! {
    find: "Find an app, deployment, page or action", "查找应用、部署、页面或操作";
    results: "Results", "结果";
    nothing: "Nothing found", "未找到";
    searching: "Searching …", "正在查找 …";
    failed: "The console does not answer", "控制台没有响应";
    keys_title: "Keys", "快捷键";
    close: "Close", "关闭";
    page: "Page", "页面";
    app: "App", "应用";
    deployment: "Deployment", "部署";
    action: "Action", "操作";
    overview: "Overview", "概览";
    apps: "Apps", "应用";
    deployments: "Deployments", "部署";
    images: "Images", "镜像";
    nodes: "Nodes", "节点";
    alerts: "Alerts", "告警";
    settings: "Settings", "设置";
    new_app: "New app", "新建应用";
    sign_out: "Sign out", "退出登录";
    hint: "Type a name; “name 6” scales, “name restart” restarts, “name approve” says yes", "输入名称；“名称 6” 伸缩，“名称 restart” 重启，“名称 approve” 批准";
}

pub fn scale(locale: Locale, name: &str, count: u32) -> String {
    match locale {
        En => format!("Scale {name} to {count}"),
        Zh => format!("将 {name} 调整为 {count} 个实例"),
    }
}

pub fn restart(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Restart {name}"),
        Zh => format!("重启 {name}"),
    }
}

pub fn approve(locale: Locale, name: &str, number: u32) -> String {
    match locale {
        En => format!("Approve {name} #{number}"),
        Zh => format!("批准 {name} #{number}"),
    }
}

pub fn suspend(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Suspend {name}"),
        Zh => format!("挂起 {name}"),
    }
}

pub fn resume(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Resume {name}"),
        Zh => format!("恢复 {name}"),
    }
}

pub fn edit(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Edit {name}"),
        Zh => format!("编辑 {name}"),
    }
}

/// Keys and what they do.
pub const fn keys(locale: Locale) -> [(&'static str, &'static str); 9] {
    match locale {
        En => [
            ("Ctrl K", "Find anything (also ⌘ K and /)"),
            ("?", "These keys"),
            ("g o", "Go to Overview"),
            ("g a", "Go to Apps"),
            ("g d", "Go to Deployments"),
            ("g n", "Go to Nodes"),
            ("g s", "Go to Settings"),
            ("n", "New app"),
            ("Esc", "Close"),
        ],
        Zh => [
            ("Ctrl K", "查找任何内容（也可用 ⌘ K 和 /）"),
            ("?", "显示快捷键"),
            ("g o", "前往概览"),
            ("g a", "前往应用"),
            ("g d", "前往部署"),
            ("g n", "前往节点"),
            ("g s", "前往设置"),
            ("n", "新建应用"),
            ("Esc", "关闭"),
        ],
    }
}
