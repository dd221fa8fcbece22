//! Texts of the settings pages.

use model::environment::{Enforcement, EngineKind, Node};

use super::Locale::{self, En, Zh};

texts! {
    settings: "Settings", "设置";
    environments: "Environments", "环境";
    environment: "Environment", "环境";
    tokens: "Tokens", "令牌";
    users: "Users", "用户";
    audit: "Audit log", "审计日志";
    about: "About", "关于";
    account: "Account", "账户";
    engine_head: "Engine", "引擎";
    endpoint: "Address of the daemon", "守护进程地址";
    endpoint_hint: "unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host; for a swarm, one of its managers", "unix:///var/run/docker.sock、tcp://主机:2376 或 ssh://用户@主机；Swarm 请填其中一个管理节点";
    host_address: "Address of published ports", "已发布端口的地址";
    host_address_hint: "Empty: where the daemon is. One host only; the nodes of a swarm say where they are.", "留空：与守护进程相同。仅用于单台主机；Swarm 节点自报地址。";
    tls_files: "TLS by client certificate", "客户端证书 TLS";
    tls_hint: "Files on the console's host, for tcp:// only; leave all three empty for none", "控制台主机上的文件，仅用于 tcp://；不使用则三项留空";
    tls_ca: "Certificate authority (file)", "证书颁发机构（文件）";
    tls_certificate: "Certificate (file)", "证书（文件）";
    tls_key: "Key (file)", "私钥（文件）";
    state: "State", "状态";
    apps: "Apps", "应用";
    limits: "Limits", "限制";
    cpu: "CPU", "CPU";
    memory: "Memory", "内存";
    protected: "protected", "受保护";
    protect: "Protected: the interface tints its edge, so that nobody mistakes it", "受保护：界面边缘着色，避免误操作";
    name: "Name", "名称";
    add_environment: "Add environment", "添加环境";
    delete_environment: "Delete environment", "删除环境";
    type_the_name: "does not match the environment's name", "与环境名称不符";
    saved: "Saved.", "已保存。";
    save: "Save", "保存";
    test_connection: "Test connection", "测试连接";
    reachable: "Reachable", "可访问";
    unreachable: "Unreachable", "无法访问";
    not_asked: "Not asked yet", "尚未检测";
    since: "since", "自";
    what_it_can: "What it can run", "可运行的内容";
    images: "Images", "镜像";
    artifacts: "Uploaded artifacts", "上传的构建产物";
    commands: "Bare commands", "单独的命令";
    volumes: "Volumes", "卷";
    constraints: "Placement constraints", "放置约束";
    udp: "UDP ports", "UDP 端口";
    secrets: "Secrets", "密钥";
    config_sets: "Config sets", "配置集";
    yes: ": yes", "：支持";
    no: ": no", "：不支持";
    role: "Role", "角色";
    owner: "Owner", "所有者";
    begins_with: "Begins with", "开头";
    made_at: "Created", "创建于";
    last_used: "Last used", "最近使用";
    last_seen: "Last seen", "最近在线";
    expires: "Expires", "到期";
    never: "never", "从未";
    revoke: "Revoke", "撤销";
    delete: "Delete", "删除";
    new_token: "New token", "新建令牌";
    create_token: "Create token", "创建令牌";
    expires_in: "Expires in days", "有效天数";
    days_hint: "Empty: it does not expire", "留空：永不过期";
    no_tokens: "No tokens yet. A token lets a program use the API with at most your own role.", "还没有令牌。令牌让程序以不超过您的角色使用 API。";
    token_once: "This is the only time it is shown. Keep it where secrets are kept.", "仅显示这一次，请妥善保存。";
    copy: "Copy", "复制";
    copied: "Copied", "已复制";
    this_console: "https://console", "https://console";
    new_user: "New user", "新建用户";
    create_user: "Create user", "创建用户";
    when: "When", "时间";
    who: "Who", "操作者";
    action: "Action", "操作";
    target: "Target", "对象";
    reason: "Reason", "原因";
    detail: "Detail", "详情";
    version: "Version", "版本";
    database: "Database", "数据库";
    data_dir: "Data folder", "数据目录";
    running_since: "Running since", "启动于";
    api: "API", "API";
    notes: "About this host", "关于本主机";
    keys: "Keys", "快捷键";
}

pub const fn engine(locale: Locale, kind: EngineKind) -> &'static str {
    match (locale, kind) {
        (En, EngineKind::Local) => "Embedded: processes on this host",
        (Zh, EngineKind::Local) => "内置：本机进程",
        (En, EngineKind::Docker) => "Docker: containers on one host",
        (Zh, EngineKind::Docker) => "Docker：单台主机上的容器",
        (En, EngineKind::Swarm) => "Docker Swarm: services on several hosts",
        (Zh, EngineKind::Swarm) => "Docker Swarm：多台主机上的服务",
    }
}

pub fn limit(locale: Locale, what: &str, enforcement: Enforcement) -> String {
    match (locale, enforcement) {
        (En, Enforcement::ControlGroup) => format!("{what}: kept by control groups"),
        (Zh, Enforcement::ControlGroup) => format!("{what}：由 cgroup 限制"),
        (En, Enforcement::ProcessLimit) => format!("{what}: kept for each process"),
        (Zh, Enforcement::ProcessLimit) => format!("{what}：按进程限制"),
        (En, Enforcement::Orchestrator) => format!("{what}: kept by the orchestrator"),
        (Zh, Enforcement::Orchestrator) => format!("{what}：由编排系统限制"),
        (En, Enforcement::None) => format!("{what}: not enforced, only planned with"),
        (Zh, Enforcement::None) => format!("{what}：不强制，仅用于规划"),
    }
}

/// What a host that keeps no CPU limit means for people; nothing where all is well.
pub const fn cpu_note(locale: Locale, kept: Enforcement) -> Option<&'static str> {
    match (locale, kept) {
        (_, Enforcement::ControlGroup | Enforcement::Orchestrator) => None,
        (En, Enforcement::ProcessLimit | Enforcement::None) => Some(
            "The console may not use control groups here: the CPU figure of a definition only counts for planning.",
        ),
        (Zh, Enforcement::ProcessLimit | Enforcement::None) => {
            Some("控制台在此主机上不能使用 cgroup：定义中的 CPU 数值仅用于规划。")
        }
    }
}

pub const fn memory_note(locale: Locale, kept: Enforcement) -> Option<&'static str> {
    match (locale, kept) {
        (_, Enforcement::ControlGroup | Enforcement::Orchestrator) => None,
        (En, Enforcement::ProcessLimit) => Some(
            "The console may not use control groups here: the memory limit holds for each process, not for all of an instance.",
        ),
        (Zh, Enforcement::ProcessLimit) => {
            Some("控制台在此主机上不能使用 cgroup：内存限制按进程生效，而非整个实例。")
        }
        (En, Enforcement::None) => Some("Memory limits are not kept on this host."),
        (Zh, Enforcement::None) => Some("此主机不强制内存限制。"),
    }
}

pub fn delete_hint(locale: Locale, name: &str, apps: u32) -> String {
    match (locale, apps) {
        (En, 0) => format!("{name} has no apps. Its history stays."),
        (Zh, 0) => format!("{name} 没有应用。历史会保留。"),
        (En, _) => format!("{name} still has {apps} apps; destroy them first."),
        (Zh, _) => format!("{name} 仍有 {apps} 个应用；请先销毁它们。"),
    }
}

pub fn confirm_name(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Type {name} to confirm"),
        Zh => format!("输入 {name} 以确认"),
    }
}

pub fn token_made(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Token {name} is made"),
        Zh => format!("令牌 {name} 已创建"),
    }
}

pub fn revoke_named(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Revoke {name}"),
        Zh => format!("撤销 {name}"),
    }
}

pub fn role_of(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Role of {name}"),
        Zh => format!("{name} 的角色"),
    }
}

pub fn delete_user(locale: Locale, name: &str) -> String {
    match locale {
        En => format!(
            "{name} is signed out everywhere and their tokens stop working. What they did stays in the history."
        ),
        Zh => format!("{name} 将在各处退出，其令牌失效。其操作仍保留在历史中。"),
    }
}

/// A body's field as people call it.
pub fn field(locale: Locale, name: &str) -> String {
    if let Some(rule) = super::window::field(locale, name) {
        return rule;
    }
    match (locale, name) {
        (_, "url") => super::registries::address(locale).to_owned(),
        (_, "host") => super::registries::host(locale).to_owned(),
        (_, "username") => super::registries::username(locale).to_owned(),
        (_, "poll") => super::registries::poll(locale).to_owned(),
        (_, "repositories") => super::registries::by_hand(locale).to_owned(),
        (_, "ca") => super::registries::ca(locale).to_owned(),
        (Zh, "engine.endpoint") => "守护进程地址".to_owned(),
        (Zh, "engine.host_address") => "已发布端口的地址".to_owned(),
        (Zh, "engine.tls") => "客户端证书 TLS".to_owned(),
        (Zh, "engine.tls.ca") => "证书颁发机构".to_owned(),
        (Zh, "engine.tls.certificate") => "证书".to_owned(),
        (Zh, "engine.tls.key") => "私钥".to_owned(),
        (En, "engine.endpoint") => "Address of the daemon".to_owned(),
        (En, "engine.host_address") => "Address of published ports".to_owned(),
        (En, "engine.tls") => "TLS".to_owned(),
        (En, "engine.tls.ca") => "Certificate authority:".to_owned(),
        (En, "engine.tls.certificate") => "Certificate:".to_owned(),
        (En, "engine.tls.key") => "Key:".to_owned(),
        (Zh, "name") => "名称".to_owned(),
        (Zh, "password" | "new") => "密码".to_owned(),
        (Zh, "current") => "当前密码".to_owned(),
        (Zh, "role") => "角色".to_owned(),
        (En, "name") => "Name".to_owned(),
        (En, "password" | "new") => "The password".to_owned(),
        (En, "current") => "The current password".to_owned(),
        (En, "role") => "The role".to_owned(),
        _ => name.to_owned(),
    }
}

pub fn node(locale: Locale, node: &Node) -> String {
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0);
    let (cpus, memory) = (node.capacity.cpus, gib(node.capacity.memory_bytes));
    let (used_cpus, used_memory) = (node.used.cpus, gib(node.used.memory_bytes));
    match locale {
        En => format!(
            "{} instances; {used_cpus:.1} of {cpus:.0} cores and {used_memory} of {memory} in use",
            node.instances
        ),
        Zh => format!("{} 个实例；已用 {used_cpus:.1}/{cpus:.0} 核，{used_memory}/{memory}", node.instances),
    }
}
