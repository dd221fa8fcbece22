//! Texts of the definition editor and of plans.

use model::api::{Capacity, Plan, PlanStep};
use model::definition::{NetworkMode, OnTimeout};
use model::environment::Enforcement;

use super::Locale::{self, En, Zh};
use super::deployment::role;
use crate::islands::editor::Source;
use crate::islands::editor::document::Section;
use crate::islands::editor::preset::Preset;

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
    health_hint: "Asked of every instance all the time; one that fails is replaced. New instances count once they are healthy.", "持续检查每个实例，不通过的会被替换。新实例健康后才算就绪。";
    no_checks: "No health checks: an instance counts as healthy as soon as it runs.", "没有健康检查：实例一运行就视为健康。";
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
    presets: "Ready-made strategies", "现成策略";
    strategy_kind: "Kind", "方式";
    rolling: "Rolling: a few at a time", "滚动：每次替换几个";
    recreate: "Recreate: stop all, then start all", "重建：先全部停止，再全部启动";
    on_failure: "When it fails", "失败时";
    fail_rollback: "Go back to the old version", "回到旧版本";
    fail_pause: "Pause and ask a person", "暂停并等待人工处理";
    fail_stay: "Stop and leave it as it is", "停止并保持现状";
    max_surge: "Extra instances at most", "最多额外实例";
    max_unavailable: "Missing instances at most", "最多缺少实例";
    amount_hint: "A number, or a share such as 25%", "数字，或比例如 25%";
    deadline: "Failed without progress for", "无进展多久算失败";
    deadline_hint: "A duration: 90s, 10m, 1h30m", "时长：90s、10m、1h30m";
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
    what_will_happen: "What will happen", "将会发生什么";
    show_plan: "Show the plan", "显示计划";
    plan_after_mending: "The plan appears once the mistakes are mended.", "修正错误后显示计划。";
    plan_to_come: "The plan appears here once it is clear what runs.", "确定运行内容后，计划显示在这里。";
    nothing_changes: "Nothing would change.", "不会有任何变化。";
    was: "was", "原为";
    becomes: "becomes", "改为";
    reason: "Reason", "原因";
    reason_hint: "Kept in the history; a ticket or a sentence helps whoever reads it at night", "保存在历史中；工单号或一句话能帮到日后查看的人";
    create: "Create and deploy", "创建并部署";
    deploy: "Deploy", "部署";
    deploying: "Deploying …", "正在部署 …";
    upload: "Upload", "上传";
    upload_file: "Upload a .tar.gz", "上传 .tar.gz";
    upload_version: "as version", "作为版本";
    uploading: "Uploading", "正在上传";
    upload_broken: "The connection broke. Nothing was stored; try again.", "连接中断，未保存任何内容，请重试。";
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

pub fn preset(locale: Locale, preset: Preset) -> &'static str {
    match (locale, preset) {
        (En, Preset::Careful) => "Careful",
        (Zh, Preset::Careful) => "谨慎",
        (En, Preset::Fast) => "Fast",
        (Zh, Preset::Fast) => "快速",
        (En, Preset::Once) => "Cannot run twice",
        (Zh, Preset::Once) => "不可同时运行",
    }
}

pub fn preset_hint(locale: Locale, preset: Preset) -> &'static str {
    match (locale, preset) {
        (En, Preset::Careful) => "One more at a time, none missing, back after 5 min without progress",
        (Zh, Preset::Careful) => "每次多启动一个，不缺实例，5 分钟无进展则回滚",
        (En, Preset::Fast) => "Half at once, up to a quarter missing",
        (Zh, Preset::Fast) => "一次一半，最多缺四分之一",
        (En, Preset::Once) => "Stop all old ones, then start the new",
        (Zh, Preset::Once) => "先停止全部旧实例，再启动新的",
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

pub fn remove_entry(locale: Locale, number: usize) -> String {
    match locale {
        En => format!("Remove entry {number}"),
        Zh => format!("移除第 {number} 项"),
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

pub fn count_changes(locale: Locale, from: u32, to: u32) -> String {
    match locale {
        En => format!("From {from} to {to} instances."),
        Zh => format!("实例数从 {from} 变为 {to}。"),
    }
}

fn instances_of(count: u32) -> &'static str {
    if count == 1 { "instance" } else { "instances" }
}

pub fn name_taken(locale: Locale, name: &str) -> String {
    match locale {
        En => format!(
            "There is an app {name} here already. Choose another name, or deploy a new version from its page."
        ),
        Zh => format!("此处已有应用 {name}。请换一个名称，或在其页面部署新版本。"),
    }
}

pub fn plan_step(locale: Locale, step: &PlanStep) -> String {
    match (locale, step) {
        (En, PlanStep::Start { count, total }) if count == total => {
            format!("Start {count} new {}, wait until healthy", instances_of(*count))
        }
        (En, PlanStep::Start { count, total }) => {
            format!("Start {count} more, wait until healthy: {total} new in all")
        }
        (Zh, PlanStep::Start { count, total }) if count == total => {
            format!("启动 {count} 个新实例，等待健康")
        }
        (Zh, PlanStep::Start { count, total }) => format!("再启动 {count} 个，等待健康：共 {total} 个新实例"),
        (En, PlanStep::Stop { count, left: 0 }) => format!("Stop the last {count} old"),
        (En, PlanStep::Stop { count, left }) => format!("Stop {count} old, {left} left"),
        (Zh, PlanStep::Stop { count, left: 0 }) => format!("停止最后 {count} 个旧实例"),
        (Zh, PlanStep::Stop { count, left }) => format!("停止 {count} 个旧实例，剩 {left} 个"),
        (En, PlanStep::Repeat { times: 1 }) => "The same once more".to_owned(),
        (En, PlanStep::Repeat { times }) => format!("The same {times} times more, until all are replaced"),
        (Zh, PlanStep::Repeat { times }) => format!("同样再重复 {times} 次，直到全部替换"),
        (En, PlanStep::Verify { time, checks }) if checks.is_empty() => format!("Watch them for {time}"),
        (En, PlanStep::Verify { time, checks }) => {
            format!("Watch them for {time} and ask: {}", checks.join(", "))
        }
        (Zh, PlanStep::Verify { time, checks }) if checks.is_empty() => format!("观察 {time}"),
        (Zh, PlanStep::Verify { time, checks }) => format!("观察 {time} 并检查：{}", checks.join("、")),
        (En, PlanStep::Approve { approvers, role: needed, timeout, on_timeout }) => {
            let otherwise = match on_timeout {
                OnTimeout::Reject => "goes back without it",
                OnTimeout::Approve => "goes on without it",
            };
            let people = if *approvers == 1 { "person" } else { "people" };
            let needed = role(locale, *needed);
            format!(
                "Wait for {approvers} {people} ({needed} or higher) to approve; after {timeout} it {otherwise}"
            )
        }
        (Zh, PlanStep::Approve { approvers, role: needed, timeout, on_timeout }) => {
            let otherwise = match on_timeout {
                OnTimeout::Reject => "回滚",
                OnTimeout::Approve => "继续",
            };
            let needed = role(locale, *needed);
            format!("等待 {approvers} 人（{needed}及以上）批准；{timeout} 无人答复则{otherwise}")
        }
        (En, PlanStep::Wait { time }) => format!("Wait for {time}"),
        (Zh, PlanStep::Wait { time }) => format!("等待 {time}"),
        (En, PlanStep::Switch { keep_old }) => format!("Switch to the new ones; keep the old for {keep_old}"),
        (Zh, PlanStep::Switch { keep_old }) => format!("切换到新实例；旧实例保留 {keep_old}"),
        (En, PlanStep::Nothing) => "Nothing to start or stop".to_owned(),
        (Zh, PlanStep::Nothing) => "无需启动或停止".to_owned(),
    }
}

fn figure(number: f64) -> String {
    let text = format!("{:.2}", number.max(0.0));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn bytes(count: u64) -> String {
    let mib = count as f64 / 1_048_576.0;
    if mib >= 1_024.0 { format!("{} GiB", figure(mib / 1_024.0)) } else { format!("{} MiB", figure(mib)) }
}

pub fn capacity(locale: Locale, capacity: &Capacity) -> String {
    let Capacity { needed, free, fits } = capacity;
    let (cpus, free_cpus) = (figure(needed.cpus), figure(free.cpus));
    let (memory, free_memory) = (bytes(needed.memory_bytes), bytes(free.memory_bytes));
    match (locale, fits) {
        (En, true) => format!("Fits: {cpus} of {free_cpus} free cores, {memory} of {free_memory}."),
        (Zh, true) => format!("容量足够：需 {cpus} / 空闲 {free_cpus} 核，{memory} / {free_memory}。"),
        (En, false) => {
            format!(
                "Does not fit: it asks for {cpus} cores and {memory}; {free_cpus} cores and {free_memory} are free."
            )
        }
        (Zh, false) => format!("容量不足：需要 {cpus} 核、{memory}；空闲 {free_cpus} 核、{free_memory}。"),
    }
}

/// What the button will do.
pub fn deploy_will(locale: Locale, plan: &Plan, name: &str, creating: bool) -> String {
    let to = plan.to_instances;
    match (locale, creating, plan.new_revision) {
        (En, true, _) => format!("Create {name} with {to} {}", instances_of(to)),
        (Zh, true, _) => format!("创建 {name}，{to} 个实例"),
        (En, false, Some(revision)) => format!("Deploy revision {revision} of {name}"),
        (Zh, false, Some(revision)) => format!("部署 {name} 的修订 {revision}"),
        (En, false, None) if plan.from_instances != to => format!("Scale {name} to {to}"),
        (Zh, false, None) if plan.from_instances != to => format!("将 {name} 调整为 {to} 个实例"),
        (En, false, None) => "Nothing to deploy".to_owned(),
        (Zh, false, None) => "没有可部署的更改".to_owned(),
    }
}

pub fn override_running(locale: Locale, number: u32) -> String {
    match locale {
        En => format!("Deployment {number} is running; end it and start this one"),
        Zh => format!("部署 {number} 正在进行；结束它并开始本次部署"),
    }
}

pub fn uploading_percent(locale: Locale, percent: u32) -> String {
    match (locale, percent) {
        (En, 100) => "Storing …".to_owned(),
        (Zh, 100) => "正在保存 …".to_owned(),
        (En | Zh, _) => format!("{percent} %"),
    }
}

pub fn uploaded(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("{name} is stored and chosen."),
        Zh => format!("{name} 已保存并选中。"),
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
