//! Texts of the definition editor. Those of releases and of plans have files of their own.

use model::definition::NetworkMode;
use model::environment::Enforcement;

use super::Locale::{self, En, Zh};
use crate::editor::document::Section;
use crate::editor::source::Source;

texts! {
    contents: "Parts of the definition", "定义的各部分";
    name: "Name", "名称";
    name_hint: "Lower-case letters, digits, hyphens", "小写字母、数字和连字符";
    name_fixed: "A name stays for the app's life", "名称在应用存续期间不变";
    project: "Project", "项目";
    what_runs: "What runs", "运行什么";
    image: "Image", "镜像";
    artifact: "Artifact", "构建产物";
    artifact_hint: "An uploaded .tar.gz, written name/version; the command runs inside it", "已上传的 .tar.gz，写作 名称/版本；命令在其中运行";
    command: "Command", "命令";
    command_hint: "Words as a shell splits them; $PORT is the first port", "按 shell 规则分词；$PORT 是第一个端口";
    through_shell: "Run through sh -c", "通过 sh -c 运行";
    instances: "Instances", "实例数";
    instances_hint: "How many copies run at once", "同时运行的副本数";
    cpus: "CPU cores per instance", "每个实例的 CPU 核数";
    memory: "Memory per instance, MiB", "每个实例的内存（MiB）";
    network: "Network", "网络";
    by_default: "Default", "默认";
    ports_hint: "Each port is given to the program as PORT_<NAME>; the first also as PORT.", "每个端口以 PORT_<名称> 传给程序，第一个同时以 PORT 传入。";
    no_ports: "No ports: nothing can reach this app over the network.", "没有端口：无法通过网络访问该应用。";
    add_port: "Add a port", "添加端口";
    port_name: "Port name", "端口名称";
    container_port: "Port in the container", "容器内端口";
    host_port: "Port on the host", "主机端口";
    host_port_hint: "0 or empty: a free one for each instance", "0 或留空：为每个实例选空闲端口";
    protocol: "Protocol", "协议";
    own_metrics: "Its own figures", "自有指标";
    own_metrics_hint: "Where every instance tells them as Prometheus reads them, such as /metrics. Empty: not asked", "每个实例以 Prometheus 格式提供指标的路径，如 /metrics。留空则不采集";
    health_hint: "Asked of every instance all the time; one that fails is replaced. New instances count once they are healthy.", "持续检查每个实例，不通过的会被替换。新实例健康后才算就绪。";
    no_checks: "No health checks: an instance counts as healthy once it has run for a second.", "没有健康检查：实例运行一秒后视为健康。";
    ready_after: "Counts as healthy after", "最早视为健康";
    ready_after_hint: "At the earliest this long after its start. Empty: 1s without health checks, else at once", "启动后最早经过这段时间。留空：无健康检查时为 1s，否则立即";
    add_check: "Add a health check", "添加健康检查";
    check_kind: "Kind", "类型";
    check_http: "HTTP: GET answers 200 to 399", "HTTP：GET 返回 200 到 399";
    check_tcp: "TCP: the port accepts a connection", "TCP：端口接受连接";
    check_command: "Command: ends with 0", "命令：以 0 退出";
    check_command_hint: "Runs beside the instance with its variables", "在实例旁运行，带有其环境变量";
    path: "Path", "路径";
    port: "Port", "端口";
    first_port: "A port's name; empty: the first", "端口名称；留空为第一个";
    interval: "Every", "间隔";
    timeout: "Give up after", "超时";
    grace: "Grace after start", "启动宽限";
    grace_hint: "Failures in this time do not count", "此期间的失败不计";
    max_failures: "Unhealthy after failures in a row", "连续失败几次后判为不健康";
    variables_hint: "Lines of KEY=value can be pasted into a name field.", "可将多行 KEY=value 粘贴到名称框中。";
    variable_key: "Variable", "变量";
    variable_value: "Value", "值";
    add_variable: "Add a variable", "添加变量";
    labels: "Labels", "标签";
    label_key: "Label", "标签";
    label_value: "Label value", "标签值";
    add_label: "Add a label", "添加标签";
    key_twice: "This name stands twice; the last one counts", "名称重复，以最后一个为准";
    no_volumes: "No volumes: files are gone with their instance.", "没有卷：文件随实例一同消失。";
    add_volume: "Add a volume", "添加卷";
    volume_name: "Volume or host path", "卷名或主机路径";
    volume_kind: "Kind of volume", "卷类型";
    volume_named: "Named volume", "命名卷";
    volume_host: "Folder of the host", "主机目录";
    volume_tmpfs: "In memory", "内存";
    mount: "Mounted at", "挂载到";
    read_only: "Read only", "只读";
    no_constraints: "No constraints: instances run on any node.", "没有约束：实例可在任何节点运行。";
    add_constraint: "Add a constraint", "添加约束";
    attribute: "Node attribute", "节点属性";
    operator_label: "Condition", "条件";
    constraint_value: "Value", "值";
    stop_signal: "Stop signal", "停止信号";
    stop_grace: "Stop within", "停止时限";
    stop_hint: "Then it is killed", "超过后强制结束";
    backoff: "Wait before a restart", "重启前等待";
    factor: "Times, for each end in a row", "连续结束时每次乘以";
    factor_hint: "1.15 waits 15 % longer each time", "1.15 表示每次多等 15 %";
    max_delay: "Wait at most", "最长等待";
    remove: "Remove", "移除";
    json_title: "Definition as JSON", "JSON 定义";
    tidy: "Tidy", "整理格式";
    back_to_valid: "Back to the last valid text", "恢复到上次有效的文本";
    syntax_hint: "The form waits until the JSON can be read again.", "JSON 恢复可读之前表单暂停。";
    form_waits: "The JSON has a mistake, so the form shows the last version that could be read. Mend the JSON, or go back to that version.", "JSON 有误，表单显示上次可读的版本。请修正 JSON，或恢复到该版本。";
    was: "was", "原为";
    becomes: "becomes", "改为";
    reason: "Reason", "原因";
    reason_hint: "Kept in the history; a ticket or a sentence helps whoever reads it at night", "保存在历史中；工单号或一句话能帮到日后查看的人";
    create: "Create and deploy", "创建并部署";
    deploy: "Deploy", "部署";
    deploying: "Deploying …", "正在部署 …";
    new_app: "New app", "新建应用";
    start_from: "Start from a template", "从模板开始";
    empty_definition: "Empty", "空白";
    empty_hint: "Write it all yourself", "全部自己填写";
    choose_environment: "Environment", "环境";
    no_environment: "There is no environment to run an app in yet.", "还没有可运行应用的环境。";
    add_environment: "Add an environment", "添加环境";
    not_allowed: "Your role may look but not change apps; ask for the role operator.", "您的角色只能查看，不能更改应用；请申请 operator 角色。";
    stale_title: "The app changed while you were editing", "编辑期间应用已更改";
    stale_hint: "Your text is kept below. Deploying now would replace what the other person did.", "您的内容保留在下方。现在部署会覆盖他人的更改。";
    deploy_anyway: "Compare with the present definition", "与当前定义比较";
}

pub fn section(locale: Locale, section: Section) -> &'static str {
    match (locale, section) {
        (En, Section::What) => "What runs",
        (Zh, Section::What) => "运行什么",
        (En, Section::Resources) => "Resources",
        (Zh, Section::Resources) => "资源",
        (En, Section::Network) => "Network",
        (Zh, Section::Network) => "网络",
        (En, Section::Health) => "Health",
        (Zh, Section::Health) => "健康检查",
        (En, Section::Environment) => "Environment",
        (Zh, Section::Environment) => "环境变量",
        (En, Section::Storage) => "Storage",
        (Zh, Section::Storage) => "存储",
        (En, Section::Placement) => "Placement",
        (Zh, Section::Placement) => "放置",
        (En, Section::Strategy) => "Release strategy",
        (Zh, Section::Strategy) => "发布策略",
        (En, Section::Checks) => "Checks",
        (Zh, Section::Checks) => "发布检查",
        (En, Section::Stop) => "Stop and restart",
        (Zh, Section::Stop) => "停止与重启",
    }
}

pub fn source(locale: Locale, source: Source) -> &'static str {
    match source {
        Source::Command => command(locale),
        Source::Artifact => artifact(locale),
        Source::Image => image(locale),
    }
}

pub fn source_hint(locale: Locale, source: Source) -> &'static str {
    match (locale, source) {
        (En, Source::Command) => "A program that is on the host",
        (Zh, Source::Command) => "主机上已有的程序",
        (En, Source::Artifact) => "A .tar.gz that you upload",
        (Zh, Source::Artifact) => "您上传的 .tar.gz",
        (En, Source::Image) => "From a registry",
        (Zh, Source::Image) => "来自镜像仓库",
    }
}

pub fn enforced(locale: Locale, enforcement: Enforcement) -> &'static str {
    match (locale, enforcement) {
        (En, Enforcement::ControlGroup) => "Kept by the kernel for the whole process tree",
        (Zh, Enforcement::ControlGroup) => "由内核对整个进程树限制",
        (En, Enforcement::ProcessLimit) => "Kept for each process, not for all together",
        (Zh, Enforcement::ProcessLimit) => "按单个进程限制，不限总和",
        (En, Enforcement::Orchestrator) => "Kept by the orchestrator",
        (Zh, Enforcement::Orchestrator) => "由编排系统限制",
        (En, Enforcement::None) => "Counts for planning; not enforced here",
        (Zh, Enforcement::None) => "仅用于规划，此处不强制",
    }
}

pub fn network_mode(locale: Locale, mode: NetworkMode) -> &'static str {
    match (locale, mode) {
        (En, NetworkMode::Host) => "The host's own",
        (Zh, NetworkMode::Host) => "主机网络",
        (En, NetworkMode::Bridge) => "Bridge",
        (Zh, NetworkMode::Bridge) => "桥接",
        (En, NetworkMode::Overlay) => "Overlay",
        (Zh, NetworkMode::Overlay) => "覆盖网络",
        (En, NetworkMode::None) => "None",
        (Zh, NetworkMode::None) => "无",
    }
}

pub fn operator(locale: Locale, operator: &str) -> &'static str {
    match (locale, operator) {
        (En, "is") => "is",
        (Zh, "is") => "等于",
        (En, "is_not") => "is not",
        (Zh, "is_not") => "不等于",
        (En, "unique") => "one instance for each value",
        (Zh, "unique") => "每个值一个实例",
        (En, _) => "spread evenly over the values",
        (Zh, _) => "在各值间均匀分布",
    }
}

pub fn by_default_is(locale: Locale, what: &str) -> String {
    match locale {
        En => format!("Default: {what}"),
        Zh => format!("默认：{what}"),
    }
}

pub fn entry(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("Entry {number}"),
        Zh => format!("第 {number} 项"),
    }
}

pub fn remove_entry(locale: Locale, what: &str) -> String {
    match locale {
        En => format!("Remove {}", what.to_lowercase()),
        Zh => format!("移除{what}"),
    }
}

pub fn remove_named(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Remove {name}"),
        Zh => format!("移除 {name}"),
    }
}

pub fn syntax(locale: Locale, line: usize, column: usize) -> String {
    match locale {
        En => format!("This is not JSON. Line {line}, column {column}:"),
        Zh => format!("不是有效的 JSON。第 {line} 行第 {column} 列："),
    }
}

pub fn at_line(locale: Locale, line: usize) -> String {
    match locale {
        En => format!("Line {line}:"),
        Zh => format!("第 {line} 行："),
    }
}

pub fn mistakes(locale: Locale, count: usize) -> &'static str {
    match (locale, count) {
        (En, 1) => " mistake",
        (En, _) => " mistakes",
        (Zh, _) => " 处错误",
    }
}

pub fn mend(locale: Locale, count: usize) -> String {
    match (locale, count) {
        (En, 1) => "Mend one mistake first:".to_owned(),
        (En, _) => format!("Mend {count} mistakes first:"),
        (Zh, _) => format!("请先修正 {count} 处错误："),
    }
}

/// A field as a list of mistakes names it.
pub fn field_name(locale: Locale, pointer: &str) -> String {
    match (locale, pointer) {
        (_, "/name") => name(locale).to_owned(),
        (En, "") => "The definition".to_owned(),
        (Zh, "") => "定义".to_owned(),
        _ => pointer.trim_start_matches('/').replace('/', "."),
    }
}

pub fn override_running(locale: Locale, number: u32) -> String {
    match locale {
        En => format!("Deployment {number} is running; end it and start this one"),
        Zh => format!("部署 {number} 正在进行；结束它并开始本次部署"),
    }
}

pub fn edit_title(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("Edit {name}"),
        Zh => format!("编辑 {name}"),
    }
}

pub fn in_environment(locale: Locale, environment: &str) -> String {
    match locale {
        En => format!("in {environment}"),
        Zh => format!("环境 {environment}"),
    }
}

pub fn from_revision(locale: Locale, revision: u32) -> String {
    match locale {
        En => format!("starting from revision {revision}"),
        Zh => format!("以修订 {revision} 为起点"),
    }
}

pub fn copy_of(locale: Locale, key: &str) -> String {
    match locale {
        En => format!("copied from {key}"),
        Zh => format!("复制自 {key}"),
    }
}
