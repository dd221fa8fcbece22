//! Words of the frame around every page.

texts! {
    skip: "Skip to content", "跳到内容";
    overview: "Overview", "总览";
    apps: "Apps", "应用";
    deployments: "Deployments", "部署";
    images: "Images", "镜像";
    nodes: "Nodes", "节点";
    alerts: "Alerts", "告警";
    settings: "Settings", "设置";
    api_docs: "API", "API";
    navigation: "Main", "主导航";
    menu: "Menu", "菜单";
    environment: "Environment", "环境";
    all_environments: "All environments", "全部环境";
    protected: "protected", "受保护";
    find: "Find an app, deployment or action", "查找应用、部署或操作";
    theme: "Theme", "主题";
    theme_system: "As the system", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";
    language: "Language", "语言";
    account: "Account", "账户";
    sign_out: "Sign out", "退出登录";
    live: "Live", "实时";
    connecting: "Connecting", "连接中";
    offline: "Not connected: showing what was known at", "未连接：显示已知状态，截至";
    not_found: "There is nothing here", "这里什么都没有";
    not_found_hint: "The page may have moved, or the app was destroyed. Its history is kept.", "页面可能已移动，或应用已被销毁，其历史仍保留。";
    to_apps: "To the apps", "前往应用";
    reload: "Reload", "重新加载";
    cancel: "Cancel", "取消";
    reason: "Reason, for the history", "原因（记入历史）";
    more: "Show more", "显示更多";
    first_page: "First page", "第一页";
    copied: "Copied", "已复制";
    copy: "Copy", "复制";
    done: "Done.", "已完成。";
}

use super::Locale;

/// A language's own name.
pub const fn language_name(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "English",
        Locale::Zh => "中文",
    }
}
