//! Words of the channels among the settings.

use model::alert::Severity;
use model::channel::{
    Answered, ChannelKind, ChannelTest, DeliveryState, Language, MailSecurity, Results, TroubleCode, Wants,
};

use super::Locale::{self, En, Zh};
use super::notice::severity;

texts! {
    title: "Channels", "通知渠道";
    channel: "Channel", "渠道";
    kind_head: "Kind", "类型";
    address: "Address", "地址";
    told_of: "Told of", "通知内容";
    last_result: "Last message", "最近消息";
    none_title: "No channels yet", "还没有通知渠道";
    none_hint: "A channel tells people of alerts, of how deployments ended and of approvals that wait, in a chat, by e-mail or by a webhook.", "渠道通过聊天、邮件或 Webhook 告知告警、部署结果和待批准事项。";
    add: "Add a channel", "添加渠道";
    add_hint: "Choose who is to be told.", "选择要通知的对象。";
    name_hint: "Lower-case letters, digits and hyphens; what it is called here.", "小写字母、数字和连字符；在此处的名称。";
    another_kind: "Another kind", "选择其他类型";
    language_head: "Language of its messages", "消息语言";
    wants_alerts: "Alerts", "告警";
    alerts_none: "None", "不通知";
    alerts_info: "All", "全部";
    alerts_warning: "Warnings and critical ones", "警告和严重";
    alerts_critical: "Critical ones only", "仅严重";
    wants_deployments: "How deployments end", "部署结果";
    deployments_none: "Nothing", "不通知";
    deployments_failed: "Those that failed or went back", "仅失败和已回滚";
    deployments_all: "All", "全部";
    wants_approvals: "Approvals that wait", "待批准事项";
    environments_head: "Only from these environments", "仅限以下环境";
    environments_hint: "None ticked: from all. Alerts that belong to no environment are always told.", "不勾选则为全部；不属于任何环境的告警始终通知。";
    url: "Web address", "网址";
    url_hint: "Where messages are posted to. It is kept sealed and never shown.", "消息发送到的地址；加密保存，从不显示。";
    url_alertmanager_hint: "Of the Alertmanager itself, such as https://alertmanager.example. It is kept sealed and never shown.", "Alertmanager 自身的地址，如 https://alertmanager.example；加密保存，从不显示。";
    url_kept: "Empty: the present one stays, with its secret. It is kept sealed and never shown.", "留空则保留现有地址及其密钥；加密保存，从不显示。";
    secret: "Secret", "密钥";
    secret_webhook: "Each message is signed with it as the Standard Webhooks describe; 16 characters at least, or whsec_ and base64.", "每条消息按 Standard Webhooks 用它签名；至少 16 个字符，或 whsec_ 加 base64。";
    secret_ding_talk: "Of the bot's security settings, where it signs; it begins with SEC.", "机器人安全设置中的“加签”密钥，以 SEC 开头。";
    secret_feishu: "Of the bot's security settings, where it verifies signatures.", "机器人安全设置中的“签名校验”密钥。";
    mail_host: "Mail server", "邮件服务器";
    mail_host_hint: "Such as smtp.example.com.", "如 smtp.example.com。";
    mail_port: "Port", "端口";
    mail_port_hint: "Empty: 465 for TLS, 587 for STARTTLS, 25 without.", "留空：TLS 465，STARTTLS 587，不加密 25。";
    mail_security: "Protection", "加密方式";
    mail_username: "User name", "用户名";
    mail_username_hint: "Empty: nobody signs in.", "留空则不登录。";
    password: "Password", "密码";
    password_hint: "It is kept sealed and never shown.", "加密保存，从不显示。";
    password_kept: "Empty: the present one stays. It is kept sealed and never shown.", "留空则保留现有密码；加密保存，从不显示。";
    mail_from: "From", "发件人";
    mail_to: "To", "收件人";
    mail_to_hint: "One address a line, 50 at most.", "每行一个地址，最多 50 个。";
    insecure: "Allow messages in the open to this host; whoever stands on the way can then read them, and what lets the console in", "允许以明文发送到此主机；途中任何人都能读到消息和凭据";
    enabled: "Switched on", "启用";
    switched_off: "switched off", "已停用";
    save: "Save", "保存";
    test: "Send a test message", "发送测试消息";
    settings: "Settings of this channel", "此渠道的设置";
    history: "Messages", "消息记录";
    history_hint: "Those that wait, and the last 500 of the past 30 days.", "等待中的消息，以及最近 30 天内的最后 500 条。";
    no_history: "Nothing was sent yet.", "尚未发送任何消息。";
    when: "When", "时间";
    message: "Message", "消息";
    result: "Result", "结果";
    answer: "Answer", "应答";
    tries: "Tries", "尝试";
    next_try: "Next try", "下次尝试";
    retry: "Send again", "重新发送";
    again: "It is sent again.", "正在重新发送。";
    older: "Older messages", "更早的消息";
    no_links: "Messages carry no links: the console does not know under which address people reach it. Set public_url.", "消息中没有链接：控制台不知道访问它的地址。请设置 public_url。";
    remove: "Remove this channel", "移除此渠道";
    remove_hint: "Its history goes with it, and what waits is not sent.", "其记录将一并删除，等待中的消息不再发送。";
    other_name: "does not match the channel's name", "与渠道名称不符";
    not_tried: "nothing was sent yet", "尚未发送";
    arrived: "delivered", "已送达";
    refused: "not delivered", "未送达";
}

pub const fn kind(locale: Locale, kind: ChannelKind) -> &'static str {
    match (locale, kind) {
        (_, ChannelKind::Webhook) => "Webhook",
        (_, ChannelKind::Slack) => "Slack",
        (En, ChannelKind::DingTalk) => "DingTalk",
        (Zh, ChannelKind::DingTalk) => "钉钉",
        (En, ChannelKind::Feishu) => "Feishu (Lark)",
        (Zh, ChannelKind::Feishu) => "飞书",
        (En, ChannelKind::WeCom) => "WeCom",
        (Zh, ChannelKind::WeCom) => "企业微信",
        (En, ChannelKind::Email) => "E-mail",
        (Zh, ChannelKind::Email) => "邮件",
        (_, ChannelKind::Alertmanager) => "Alertmanager",
    }
}

/// Where the web address of a kind is found.
pub const fn where_from(locale: Locale, kind: ChannelKind) -> &'static str {
    match (locale, kind) {
        (En, ChannelKind::Webhook) => "Any program that takes a POST and checks its signature.",
        (Zh, ChannelKind::Webhook) => "任何能接收 POST 并校验签名的程序。",
        (En, ChannelKind::Slack) => {
            "An incoming webhook of a Slack app, or of a chat that takes the same, such as Mattermost."
        }
        (Zh, ChannelKind::Slack) => "Slack 应用的 Incoming Webhook，或兼容它的聊天工具，如 Mattermost。",
        (En, ChannelKind::DingTalk) => "A custom bot of a DingTalk group.",
        (Zh, ChannelKind::DingTalk) => "钉钉群的自定义机器人。",
        (En, ChannelKind::Feishu) => "A custom bot of a Feishu or Lark group.",
        (Zh, ChannelKind::Feishu) => "飞书群的自定义机器人。",
        (En, ChannelKind::WeCom) => "A bot of a WeCom group.",
        (Zh, ChannelKind::WeCom) => "企业微信群的机器人。",
        (En, ChannelKind::Email) => "By a mail server that takes messages for others.",
        (Zh, ChannelKind::Email) => "通过可转发邮件的服务器发送。",
        (En, ChannelKind::Alertmanager) => {
            "Takes alerts alone, and groups, silences and repeats them by its own rules."
        }
        (Zh, ChannelKind::Alertmanager) => "仅接收告警，并按其自身规则分组、静默和重复。",
    }
}

pub fn new_of(locale: Locale, of: ChannelKind) -> String {
    match locale {
        En => format!("New channel: {}", kind(locale, of)),
        Zh => format!("新渠道：{}", kind(locale, of)),
    }
}

pub const fn language(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Chinese => "简体中文",
    }
}

pub const fn security(locale: Locale, security: MailSecurity) -> &'static str {
    match (locale, security) {
        (_, MailSecurity::Tls) => "TLS",
        (_, MailSecurity::StartTls) => "STARTTLS",
        (En, MailSecurity::None) => "None",
        (Zh, MailSecurity::None) => "不加密",
    }
}

/// What a channel is told of, in a few words.
pub fn wants(locale: Locale, wants: &Wants) -> String {
    let alerts = wants.alerts.map(|least| match locale {
        En if least == Severity::Info => "all alerts".to_owned(),
        Zh if least == Severity::Info => "全部告警".to_owned(),
        En if least == Severity::Critical => "critical alerts".to_owned(),
        Zh if least == Severity::Critical => "严重告警".to_owned(),
        En => format!("alerts from {} up", severity(locale, least)),
        Zh => format!("{}及以上告警", severity(locale, least)),
    });
    let deployments = wants.deployments.map(|results| {
        match (locale, results) {
            (En, Results::All) => "all deployments",
            (Zh, Results::All) => "全部部署结果",
            (En, Results::Failed) => "failed deployments",
            (Zh, Results::Failed) => "失败的部署",
        }
        .to_owned()
    });
    let approvals = wants.approvals.then(|| {
        match locale {
            En => "approvals",
            Zh => "待批准事项",
        }
        .to_owned()
    });
    let parts: Vec<String> = alerts.into_iter().chain(deployments).chain(approvals).collect();
    match (locale, parts.is_empty()) {
        (En, true) => "nothing".to_owned(),
        (Zh, true) => "无".to_owned(),
        (En, false) => parts.join(", "),
        (Zh, false) => parts.join("、"),
    }
}

pub const fn state(locale: Locale, state: DeliveryState) -> &'static str {
    match (locale, state) {
        (En, DeliveryState::Waiting) => "waiting",
        (Zh, DeliveryState::Waiting) => "等待中",
        (_, DeliveryState::Delivered) => arrived(locale),
        (En, DeliveryState::Failed) => "given up",
        (Zh, DeliveryState::Failed) => "已放弃",
    }
}

pub const fn trouble(locale: Locale, code: TroubleCode) -> &'static str {
    match (locale, code) {
        (En, TroubleCode::Unreachable) => "It cannot be reached",
        (Zh, TroubleCode::Unreachable) => "无法连接",
        (En, TroubleCode::Timeout) => "It did not answer in time",
        (Zh, TroubleCode::Timeout) => "应答超时",
        (En, TroubleCode::Tls) => "Its certificate is not trusted",
        (Zh, TroubleCode::Tls) => "证书不受信任",
        (En, TroubleCode::Busy) => "It is in trouble itself",
        (Zh, TroubleCode::Busy) => "对方出现故障",
        (En, TroubleCode::RateLimited) => "It limits how often it is told",
        (Zh, TroubleCode::RateLimited) => "对方限制发送频率",
        (En, TroubleCode::Protocol) => "Its answer was not understood",
        (Zh, TroubleCode::Protocol) => "无法理解其应答",
        (En, TroubleCode::Refused) => "It does not take the message",
        (Zh, TroubleCode::Refused) => "对方拒绝了消息",
        (En, TroubleCode::Unauthorized) => "It does not let the console in",
        (Zh, TroubleCode::Unauthorized) => "对方拒绝了凭据",
        (En, TroubleCode::Redirected) => "It leads elsewhere, where nothing is sent",
        (Zh, TroubleCode::Redirected) => "对方要求重定向，消息不会转发",
        (En, TroubleCode::Insecure) => "Nothing is sent in the open to another host",
        (Zh, TroubleCode::Insecure) => "不会以明文发送到其他主机",
        (En, TroubleCode::Sealed) => "What is kept for it cannot be opened",
        (Zh, TroubleCode::Sealed) => "无法解开为其保存的凭据",
        (En, TroubleCode::Crowded) => "Too many newer messages waited",
        (Zh, TroubleCode::Crowded) => "等待的新消息过多",
        (En, TroubleCode::SwitchedOff) => "The channel was switched off",
        (Zh, TroubleCode::SwitchedOff) => "渠道已停用",
    }
}

/// What a receiver answered: its own words, or why they are none.
pub fn answered(locale: Locale, answer: &Answered) -> String {
    match answer {
        Answered::Accepted { words } if words.is_empty() => arrived(locale).to_owned(),
        Answered::Accepted { words } => words.clone(),
        Answered::Refused(why) => trouble(locale, why.code).to_owned(),
    }
}

pub fn tested(locale: Locale, test: &ChannelTest) -> String {
    match locale {
        En => format!("The test message was taken, within {}.", test.took),
        Zh => format!("测试消息已被接收，耗时 {}。", test.took),
    }
}

pub fn waiting(locale: Locale, count: u32) -> String {
    match locale {
        En => format!("{count} waiting"),
        Zh => format!("{count} 条等待中"),
    }
}

/// A body's field as people call it.
pub fn field(locale: Locale, name: &str) -> Option<&'static str> {
    Some(match name.split('.').collect::<Vec<_>>()[..] {
        ["secret"] => secret(locale),
        ["mail"] | ["mail", "host"] => mail_host(locale),
        ["mail", "port"] => mail_port(locale),
        ["mail", "security"] => mail_security(locale),
        ["mail", "username"] => mail_username(locale),
        ["mail", "from"] => mail_from(locale),
        ["mail", "to", ..] => mail_to(locale),
        ["wants", "alerts"] => wants_alerts(locale),
        ["wants", "deployments"] => wants_deployments(locale),
        ["wants", "approvals"] => wants_approvals(locale),
        ["environments", ..] => environments_head(locale),
        _ => return None,
    })
}
