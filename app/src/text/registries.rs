//! Words of the registries among the settings.

use model::registry::{Progress, RegistryKind, RegistryTest, TroubleCode, Vulnerabilities};

use super::Locale::{self, En, Zh};

texts! {
    title: "Registries", "镜像仓库";
    registry: "Registry", "镜像仓库";
    kind_head: "Speaks", "协议";
    address: "Address", "地址";
    address_hint: "Such as https://registry.example:5000, without a path.", "如 https://registry.example:5000，不含路径。";
    host: "Host that images name", "镜像中的主机名";
    host_hint: "Only where it differs from the address, such as docker.io.", "仅在与地址不同时填写，如 docker.io。";
    state: "State", "状态";
    last_read: "Last read", "上次读取";
    never: "not yet", "尚未";
    none_title: "No registries yet", "还没有镜像仓库";
    none_hint: "With a registry, the console knows its repositories and tags, runs images by digest, and hears of new ones.", "添加后，控制台可了解其仓库与标签，按摘要运行镜像，并获知新版本。";
    add: "Add a registry", "添加镜像仓库";
    name_hint: "Lower-case letters, digits and hyphens; what it is called here.", "小写字母、数字和连字符；在此处的名称。";
    username: "User name", "用户名";
    username_hint: "Empty: it is asked without a name. In Harbor, a robot account.", "留空则匿名访问；Harbor 请使用机器人账户。";
    password: "Password or token", "密码或令牌";
    password_kept: "Empty: the present one stays. It is kept sealed and never shown.", "留空则保留现有密码；加密保存，从不显示。";
    password_hint: "It is kept sealed and never shown.", "加密保存，从不显示。";
    ca: "Own certificates (PEM)", "自有证书（PEM）";
    ca_hint: "Trusted beside those of the console's host.", "在控制台主机的证书之外额外信任。";
    by_hand: "Repositories by hand", "手动列出的仓库";
    by_hand_hint: "One a line, for a registry that does not list its own.", "每行一个，用于无法列出仓库的镜像仓库。";
    poll: "Read again every", "读取间隔";
    poll_hint: "10s at least; notifications are quicker.", "至少 10s；推送通知更快。";
    insecure: "Allow plain HTTP to this host; passwords and images are then not protected on the way", "允许以明文 HTTP 访问此主机；密码与镜像在传输中不受保护";
    save: "Save", "保存";
    test: "Test connection", "测试连接";
    read_now: "Read now", "立即读取";
    reading_begun: "It is being read; the list grows as it comes.", "正在读取，列表会逐步更新。";
    reachable: "reachable", "可达";
    failing: "failing", "异常";
    not_asked: "not asked yet", "尚未访问";
    settings: "Settings of this registry", "此镜像仓库的设置";
    notifications: "Notifications", "推送通知";
    notifications_hint: "Let the registry send its push notifications to this path of the console, with the secret as the header Authorization. A new tag then shows within seconds.", "让镜像仓库将推送通知发送到控制台的此路径，并以密钥作为 Authorization 标头。新标签将在数秒内出现。";
    renew: "Make another secret", "重新生成密钥";
    secret_once: "The secret, shown this once:", "密钥，仅显示这一次：";
    repositories: "Repositories", "仓库";
    no_repositories: "None is known yet.", "尚无已知的仓库。";
    tags: "Tags", "标签";
    newest_push: "Newest push", "最近推送";
    find: "Find a repository", "查找仓库";
    find_tag: "Find a tag", "查找标签";
    find_do: "Find", "查找";
    more: "Show more", "显示更多";
    tag: "Tag", "标签";
    digest: "Digest", "摘要";
    pushed: "Pushed", "推送时间";
    size: "Size", "大小";
    platforms: "Platforms", "平台";
    origin: "Commit and build", "提交与构建";
    scan: "Vulnerabilities", "漏洞";
    build: "Build", "构建";
    moved: "moved", "已移动";
    gone: "gone", "已删除";
    more_tags: "More tags", "更多标签";
    no_tags: "No tag is known yet.", "尚无已知的标签。";
    deploy: "Deploy", "部署";
    other_name: "does not match the registry's name", "与镜像仓库名称不符";
    remove: "Remove this registry", "移除此镜像仓库";
    remove_hint: "What was read of it is forgotten. Apps keep running; their images stay pinned by digest.", "已读取的内容将被清除。应用继续运行，其镜像仍按摘要固定。";
}

pub const fn kind(locale: Locale, kind: RegistryKind) -> &'static str {
    match (locale, kind) {
        (En, RegistryKind::Distribution) => "OCI Distribution (any registry)",
        (Zh, RegistryKind::Distribution) => "OCI Distribution（任何镜像仓库）",
        (En, RegistryKind::Harbor) => "Harbor (its own API, with scans and notifications)",
        (Zh, RegistryKind::Harbor) => "Harbor（读取其自有 API，含漏洞扫描与推送通知）",
    }
}

/// Why it does not answer as it should, and what to do.
pub const fn trouble(locale: Locale, code: TroubleCode) -> &'static str {
    match (locale, code) {
        (En, TroubleCode::Unreachable) => "It cannot be reached: check the address and the network.",
        (Zh, TroubleCode::Unreachable) => "无法连接：请检查地址与网络。",
        (En, TroubleCode::Timeout) => "It does not answer in time.",
        (Zh, TroubleCode::Timeout) => "响应超时。",
        (En, TroubleCode::Tls) => "Its certificate is not trusted: add its own certificates below.",
        (Zh, TroubleCode::Tls) => "证书不受信任：请在下方添加其证书。",
        (En, TroubleCode::Unauthorized) => "It refuses the name and password.",
        (Zh, TroubleCode::Unauthorized) => "用户名或密码被拒绝。",
        (En, TroubleCode::Denied) => "The user may not read it: give it the right to pull and list.",
        (Zh, TroubleCode::Denied) => "该用户无读取权限：请授予拉取与列出权限。",
        (En, TroubleCode::RateLimited) => "It limits how often it may be asked; the console waits.",
        (Zh, TroubleCode::RateLimited) => "访问频率受限，控制台将等待。",
        (En, TroubleCode::NotFound) => "There is no registry at this address.",
        (Zh, TroubleCode::NotFound) => "此地址没有镜像仓库。",
        (En, TroubleCode::NoCatalogue) => {
            "It does not list its repositories for this user: name them by hand."
        }
        (Zh, TroubleCode::NoCatalogue) => "不为此用户列出仓库：请手动列出。",
        (En, TroubleCode::Protocol) => "Its answer is not understood: is this a registry?",
        (Zh, TroubleCode::Protocol) => "无法理解其响应：这是镜像仓库吗？",
        (En, TroubleCode::Insecure) => "It speaks plain HTTP, which is not allowed for this host.",
        (Zh, TroubleCode::Insecure) => "它使用明文 HTTP，而此主机不允许。",
        (En, TroubleCode::Sealed) => "Its password cannot be opened with the console's key: enter it again.",
        (Zh, TroubleCode::Sealed) => "无法用控制台的密钥解开密码：请重新输入。",
    }
}

pub fn tested(locale: Locale, test: &RegistryTest) -> String {
    match (locale, test.repositories) {
        (En, Some(count)) => format!("It answers, in {}, and lists {count} repositories.", test.took),
        (Zh, Some(count)) => format!("可达，耗时 {}，列出 {count} 个仓库。", test.took),
        (En, None) => format!("It answers, in {}. It lists no repositories: name them by hand.", test.took),
        (Zh, None) => format!("可达，耗时 {}。它不列出仓库：请手动列出。", test.took),
    }
}

pub fn reading(locale: Locale, progress: Progress) -> String {
    match locale {
        En => format!("being read: {} of {}", progress.done, progress.of),
        Zh => format!("正在读取：{} / {}", progress.done, progress.of),
    }
}

/// Numbers of the findings, the worst first; nothing found is said too.
pub fn findings(locale: Locale, found: &Vulnerabilities) -> String {
    let parts = [
        (found.critical, "critical", "严重"),
        (found.high, "high", "高"),
        (found.medium, "medium", "中"),
        (found.low, "low", "低"),
    ];
    let known: Vec<String> = parts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, english, chinese)| match locale {
            En => format!("{count} {english}"),
            Zh => format!("{chinese} {count}"),
        })
        .collect();
    match (locale, known.is_empty()) {
        (En, true) => "none found".to_owned(),
        (Zh, true) => "未发现".to_owned(),
        (En, false) => known.join(", "),
        (Zh, false) => known.join("，"),
    }
}

/// With how many can be mended, and the worst as the scanner says it.
pub fn findings_whole(locale: Locale, found: &Vulnerabilities) -> String {
    let numbers = findings(locale, found);
    match (locale, found.fixable) {
        (_, 0) => numbers,
        (En, fixable) => format!("{numbers}; {fixable} with a fix"),
        (Zh, fixable) => format!("{numbers}；{fixable} 个可修复"),
    }
}

/// The tags of what, above the list.
pub fn tags_of(locale: Locale, repository: &str) -> String {
    match locale {
        En => format!("Tags of {repository}"),
        Zh => format!("{repository} 的标签"),
    }
}

pub fn tag_was(locale: Locale, digest: &str) -> String {
    match locale {
        En => format!("It stood for {digest} before."),
        Zh => format!("此前指向 {digest}。"),
    }
}

pub fn deploy_named(locale: Locale, tag: &str) -> String {
    match locale {
        En => format!("Deploy {tag}"),
        Zh => format!("部署 {tag}"),
    }
}
