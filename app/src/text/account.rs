//! Texts of signing in, of the first run and of one's own account.

use super::Locale::{self, En, Zh};
use crate::islands::password::Strength;

texts! {
    sign_in: "Sign in", "登录";
    sign_out: "Sign out", "退出登录";
    name: "Name", "用户名";
    password: "Password", "密码";
    password_again: "Password again", "再次输入密码";
    current_password: "Current password", "当前密码";
    change_password: "Change password", "修改密码";
    password_changed: "The password is changed; all other sessions are signed out.", "密码已修改；其他会话均已退出。";
    not_the_same: "The two passwords differ", "两次输入的密码不一致";
    no_user_yet: "Nobody can sign in yet. Follow the set-up link that the console printed at its start.", "还没有用户。请打开控制台启动时打印的设置链接。";
    no_link: "Open this page by the set-up link that the console printed at its start.", "请通过控制台启动时打印的设置链接打开此页面。";
    bad_link: "This set-up link is not valid any more. The console prints a new one at each start.", "设置链接已失效。控制台每次启动都会打印新的链接。";
    first_title: "Welcome to Quarterdeck", "欢迎使用 Quarterdeck";
    first_hint: "Make the administrator's account. It takes less than a minute until something runs.", "先创建管理员账户，不到一分钟即可运行应用。";
    create_admin: "Create administrator", "创建管理员";
    engine_title: "Ready to run apps", "已可运行应用";
    first_app: "Your first app", "第一个应用";
    first_app_hint: "One click starts it; you can change or remove it at any time.", "点击即可启动，随时可以修改或删除。";
    first_reason: "First app", "第一个应用";
    own_app: "Define my own", "自己定义";
    later: "Later", "稍后";
    step_admin: "Administrator", "管理员";
    step_engine: "Engine", "引擎";
    step_app: "First app", "第一个应用";
    account: "Account", "账户";
    signed_in_as: "Signed in as", "当前用户";
    role: "Role", "角色";
}

pub fn password_rule(locale: Locale, least: usize) -> String {
    match locale {
        En => format!("At least {least} characters; a sentence is fine"),
        Zh => format!("至少 {least} 个字符；可以是一句话"),
    }
}

pub fn strength(locale: Locale, strength: Strength, least: usize, typed: usize) -> String {
    match (locale, strength) {
        (En, Strength::TooShort) => format!("{} more characters", least.saturating_sub(typed)),
        (Zh, Strength::TooShort) => format!("还需 {} 个字符", least.saturating_sub(typed)),
        (En, Strength::Fair) => "Long enough; more variety would help".to_owned(),
        (Zh, Strength::Fair) => "长度足够；可更多样".to_owned(),
        (En, Strength::Good) => "Good".to_owned(),
        (Zh, Strength::Good) => "良好".to_owned(),
        (En, Strength::Strong) => "Strong".to_owned(),
        (Zh, Strength::Strong) => "很强".to_owned(),
    }
}
