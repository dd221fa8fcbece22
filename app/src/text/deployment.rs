//! Words for deployments: kinds, states, how they went and why, what happened.

use model::can::Refusal;
use model::deployment::{
    Actor, ActorKind, Deployment, DeploymentEventKind, DeploymentKind, DeploymentState, Outcome, WaitingFor,
};
use model::instance::{InstanceReason, ReasonCode};
use model::permission::Role;
use model::rollout::{SkipReason, Step};

use super::Locale::{self, En, Zh};

texts! {
    title: "Deployments", "部署";
    lead: "Who changed what, when and why, and how it went.", "谁在何时、为何更改了什么，结果如何。";
    what_happens: "What happens", "进展";
    what_happened: "What happened", "经过";
    what_changes: "What changes", "更改内容";
    nothing_changes: "The definition stays the same.", "定义不变。";
    first_definition: "This is the app's first definition.", "这是应用的第一个定义。";
    instances: "Instances", "实例";
    new: "new", "新";
    old: "old", "旧";
    ready: "ready", "就绪";
    wanted: "wanted", "期望";
    requested: "Requested", "已请求";
    started: "Started", "已开始";
    waits_to_start: "Waits to start", "等待开始";
    replacing: "Replacing", "替换中";
    scaling: "Scaling", "伸缩中";
    stopping: "Stopping", "停止中";
    starting: "Starting", "启动中";
    going_back: "Going back", "回滚中";
    done: "Done", "完成";
    pause: "Pause", "暂停";
    pause_will: "keep what runs, start nothing more", "保持现状，不再启动";
    resume: "Resume", "继续";
    resume_will: "go on where it stopped", "从停下处继续";
    abort: "Abort", "中止";
    abort_will: "give up, go back to the old version", "放弃，回到旧版本";
    roll_back: "Roll back", "回滚";
    reason: "Reason", "原因";
    reason_for_history: "Reason, for the history", "原因（记入历史）";
    confirm: "Confirm", "确认";
    failed_logs: "Logs of failed instances", "失败实例的日志";
    no_logs: "It wrote nothing.", "没有输出。";
    all_logs: "All logs of the app", "应用的全部日志";
    no_events: "Nothing has happened yet.", "尚无进展。";
    to_app: "The app", "应用";
    number: "No.", "编号";
    app: "App", "应用";
    change: "Change", "更改";
    outcome_head: "Outcome", "结果";
    who: "By", "操作者";
    when: "When", "时间";
    took: "Took", "用时";
    state_head: "State", "状态";
    kind_head: "Kind", "类型";
    environment: "Environment", "环境";
    project: "Project", "项目";
    actor_head: "Actor", "操作者";
    from: "From", "从";
    to: "To", "到";
    any: "any", "任意";
    filter: "Filter", "筛选";
    clear: "Clear", "清除";
    compare: "Compare two", "比较两项";
    compare_hint: "Tick two deployments", "勾选两个部署";
    csv: "CSV", "CSV";
    older: "Older", "更早";
    newest: "Newest", "最新";
    none_yet: "No deployments yet", "还没有部署";
    none_yet_hint: "Every change of an app is kept here with who did it, why and how it went.", "应用的每次更改都会记录在此：谁、为何、结果如何。";
    none_match: "No deployment matches these filters", "没有符合筛选条件的部署";
    new_ones: "There are newer deployments", "有更新的部署";
    show_them: "Show them", "显示";
    compare_title: "Compare deployments", "比较部署";
    compare_same: "Both run the same definition.", "两者的定义相同。";
    compare_pick: "Choose two deployments in the history to compare.", "请在历史中选择两个部署进行比较。";
    rollback_title: "Roll back", "回滚";
    rollback_plan: "What going back will do", "回滚将会做什么";
    cancel: "Cancel", "取消";
    without_reason: "no reason given", "未填写原因";
    select: "Select to compare", "选择以比较";
    engine_waits: "The engine does not answer; it goes on by itself once it does.", "引擎没有响应；恢复后会自动继续。";
    person_waits: "It waits for a person to continue, abort or roll back.", "等待人工继续、中止或回滚。";
    live: "live", "实时";
}

pub fn kind(locale: Locale, kind: DeploymentKind) -> &'static str {
    match (locale, kind) {
        (En, DeploymentKind::Create) => "create",
        (Zh, DeploymentKind::Create) => "创建",
        (En, DeploymentKind::Update) => "update",
        (Zh, DeploymentKind::Update) => "更新",
        (En, DeploymentKind::Scale) => "scale",
        (Zh, DeploymentKind::Scale) => "伸缩",
        (En, DeploymentKind::Restart) => "restart",
        (Zh, DeploymentKind::Restart) => "重启",
        (En, DeploymentKind::Rollback) => "rollback",
        (Zh, DeploymentKind::Rollback) => "回滚",
        (En, DeploymentKind::Suspend) => "suspend",
        (Zh, DeploymentKind::Suspend) => "挂起",
        (En, DeploymentKind::Resume) => "resume",
        (Zh, DeploymentKind::Resume) => "恢复",
        (En, DeploymentKind::Promote) => "promote",
        (Zh, DeploymentKind::Promote) => "晋升",
        (En, DeploymentKind::Destroy) => "destroy",
        (Zh, DeploymentKind::Destroy) => "销毁",
    }
}

pub fn state(locale: Locale, state: DeploymentState) -> &'static str {
    match (locale, state) {
        (En, DeploymentState::Queued) => "Queued",
        (Zh, DeploymentState::Queued) => "排队中",
        (En, DeploymentState::Running) => "Running",
        (Zh, DeploymentState::Running) => "进行中",
        (En, DeploymentState::Paused) => "Paused",
        (Zh, DeploymentState::Paused) => "已暂停",
        (En, DeploymentState::AwaitingApproval) => "Awaiting approval",
        (Zh, DeploymentState::AwaitingApproval) => "等待批准",
        (En, DeploymentState::RollingBack) => "Rolling back",
        (Zh, DeploymentState::RollingBack) => "回滚中",
        (En, DeploymentState::Succeeded) => "Succeeded",
        (Zh, DeploymentState::Succeeded) => "成功",
        (En, DeploymentState::Failed) => "Failed",
        (Zh, DeploymentState::Failed) => "失败",
        (En, DeploymentState::RolledBack) => "Rolled back",
        (Zh, DeploymentState::RolledBack) => "已回滚",
        (En, DeploymentState::Aborted) => "Aborted",
        (Zh, DeploymentState::Aborted) => "已中止",
        (En, DeploymentState::Superseded) => "Superseded",
        (Zh, DeploymentState::Superseded) => "已取代",
    }
}

pub fn role(locale: Locale, role: Role) -> &'static str {
    match (locale, role) {
        (En, Role::Viewer) => "viewer",
        (Zh, Role::Viewer) => "查看者",
        (En, Role::Operator) => "operator",
        (Zh, Role::Operator) => "操作员",
        (En, Role::Admin) => "admin",
        (Zh, Role::Admin) => "管理员",
    }
}

/// Why a button is disabled.
pub fn refusal(locale: Locale, why: Refusal) -> String {
    match (locale, why) {
        (En, Refusal::NeedsRole(needed)) => format!("Needs the role {}", role(locale, needed)),
        (Zh, Refusal::NeedsRole(needed)) => format!("需要{}角色", role(locale, needed)),
        (En, Refusal::AlreadySuspended) => "It is suspended".to_owned(),
        (Zh, Refusal::AlreadySuspended) => "已挂起".to_owned(),
        (En, Refusal::NotSuspended) => "It is not suspended".to_owned(),
        (Zh, Refusal::NotSuspended) => "未挂起".to_owned(),
        (En, Refusal::DeploymentActive) => "A deployment is running".to_owned(),
        (Zh, Refusal::DeploymentActive) => "有部署正在进行".to_owned(),
        (En, Refusal::DeploymentEnded) => "The deployment has ended".to_owned(),
        (Zh, Refusal::DeploymentEnded) => "部署已结束".to_owned(),
        (En, Refusal::NotPaused) => "It is not paused".to_owned(),
        (Zh, Refusal::NotPaused) => "未暂停".to_owned(),
        (En, Refusal::AlreadyPaused) => "It is paused already".to_owned(),
        (Zh, Refusal::AlreadyPaused) => "已暂停".to_owned(),
        (En, Refusal::NothingToRollBackTo) => "There is no earlier version".to_owned(),
        (Zh, Refusal::NothingToRollBackTo) => "没有更早的版本".to_owned(),
        (En, Refusal::AlreadyRollingBack) => "It is going back already".to_owned(),
        (Zh, Refusal::AlreadyRollingBack) => "正在回滚".to_owned(),
        (En, Refusal::AlreadyThere) => "It is at this version".to_owned(),
        (Zh, Refusal::AlreadyThere) => "已是此版本".to_owned(),
        (En, Refusal::NotDelayed) => "It is not waiting after a crash".to_owned(),
        (Zh, Refusal::NotDelayed) => "没有在崩溃后等待".to_owned(),
        (En, Refusal::InstanceEnded) => "The instance has ended".to_owned(),
        (Zh, Refusal::InstanceEnded) => "实例已结束".to_owned(),
        (En, Refusal::NoGate) => "It does not wait for an approval".to_owned(),
        (Zh, Refusal::NoGate) => "没有等待批准".to_owned(),
        (En, Refusal::OwnDeployment) => "Somebody else has to approve your deployment".to_owned(),
        (Zh, Refusal::OwnDeployment) => "自己的部署须由他人批准".to_owned(),
        (En, Refusal::HasApproved) => "You have approved it".to_owned(),
        (Zh, Refusal::HasApproved) => "你已批准".to_owned(),
        (En, Refusal::NothingToSkip) => "This step waits for nothing that could be skipped".to_owned(),
        (Zh, Refusal::NothingToSkip) => "当前步骤没有可跳过的等待".to_owned(),
        (En, Refusal::NoSteps) => "It has no steps".to_owned(),
        (Zh, Refusal::NoSteps) => "没有步骤".to_owned(),
        (En, Refusal::BeingDestroyed) => "It is being destroyed".to_owned(),
        (Zh, Refusal::BeingDestroyed) => "正在销毁".to_owned(),
    }
}

/// Why an instance is as it is: "exited with code 1".
pub fn cause(locale: Locale, reason: &InstanceReason) -> String {
    let detail = reason.detail.as_str();
    let (en, zh): (&str, &str) = match reason.code {
        ReasonCode::CommandNotFound => ("command not found:", "找不到命令："),
        ReasonCode::NotExecutable => ("not executable:", "不可执行："),
        ReasonCode::PortTaken => ("port already in use:", "端口已被占用："),
        ReasonCode::ExitCode => ("exited with code", "退出码"),
        ReasonCode::Signal => ("ended by", "被信号终止："),
        ReasonCode::OutOfMemory => ("ran out of its memory limit", "超出内存限制"),
        ReasonCode::Unhealthy => ("failed its health check:", "健康检查失败："),
        ReasonCode::ArtifactMissing => ("the artifact is gone", "构建产物不存在"),
        ReasonCode::ArtifactCorrupt => ("the artifact is corrupt", "构建产物已损坏"),
        ReasonCode::ImageMissing => ("no such image:", "没有此镜像："),
        ReasonCode::ImageRefused => ("the image cannot be fetched:", "无法获取镜像："),
        ReasonCode::WrongArchitecture => ("the image is for other processors:", "镜像的处理器架构不符："),
        ReasonCode::DiskFull => ("the disk is full", "磁盘已满"),
        ReasonCode::FileDescriptorsExhausted => ("no file descriptors left", "文件描述符耗尽"),
        ReasonCode::Stopped => ("stopped", "已停止"),
        ReasonCode::Vanished => ("vanished while the console was away", "控制台离线期间消失"),
        ReasonCode::BackOff => ("waits until", "等待至"),
        ReasonCode::NoPlace => ("no place:", "没有可用位置："),
        ReasonCode::Engine => ("the engine says:", "引擎报告："),
    };
    let words = match locale {
        En => en,
        Zh => zh,
    };
    if detail.is_empty() {
        return words.trim_end_matches([':', '：']).to_owned();
    }
    if words.ends_with('：') { format!("{words}{detail}") } else { format!("{words} {detail}") }
}

fn because(locale: Locale, reason: Option<&InstanceReason>) -> String {
    match (locale, reason) {
        (_, None) => String::new(),
        (En, Some(reason)) => format!(": {}", cause(locale, reason)),
        (Zh, Some(reason)) => format!("：{}", cause(locale, reason)),
    }
}

fn said(locale: Locale, reason: &str) -> String {
    match (locale, reason.is_empty()) {
        (_, true) => String::new(),
        (En, false) => format!(": “{reason}”"),
        (Zh, false) => format!("：“{reason}”"),
    }
}

/// How it ended or why it pauses, in one sentence.
pub fn outcome(locale: Locale, outcome: &Outcome) -> String {
    match (locale, outcome) {
        (En, Outcome::Done) => "Everything asked for holds".to_owned(),
        (Zh, Outcome::Done) => "已达到要求的状态".to_owned(),
        (En, Outcome::DeadlineExceeded { deadline, ready, wanted, cause }) => {
            format!(
                "No progress for {deadline}, {ready} of {wanted} healthy{}",
                because(locale, cause.as_ref())
            )
        }
        (Zh, Outcome::DeadlineExceeded { deadline, ready, wanted, cause }) => {
            format!("{deadline} 无进展，{ready}/{wanted} 健康{}", because(locale, cause.as_ref()))
        }
        (En, Outcome::CannotRun { cause: why }) => {
            format!("The new version cannot run: {}", cause(locale, why))
        }
        (Zh, Outcome::CannotRun { cause: why }) => format!("新版本无法运行：{}", cause(locale, why)),
        (En, Outcome::Aborted { by, reason }) => format!("{by} aborted it{}", said(locale, reason)),
        (Zh, Outcome::Aborted { by, reason }) => format!("{by} 已中止{}", said(locale, reason)),
        (En, Outcome::RollbackRequested { by, reason }) => {
            format!("{by} asked to go back{}", said(locale, reason))
        }
        (Zh, Outcome::RollbackRequested { by, reason }) => format!("{by} 要求回滚{}", said(locale, reason)),
        (En, Outcome::Superseded { .. }) => "A later deployment took its place".to_owned(),
        (Zh, Outcome::Superseded { .. }) => "被之后的部署取代".to_owned(),
        (En, Outcome::RollbackFailed { deadline, ready, wanted, cause }) => format!(
            "Going back made no progress for {deadline} either, {ready} of {wanted} healthy{}",
            because(locale, cause.as_ref())
        ),
        (Zh, Outcome::RollbackFailed { deadline, ready, wanted, cause }) => {
            format!("回滚也在 {deadline} 内无进展，{ready}/{wanted} 健康{}", because(locale, cause.as_ref()))
        }
        (En, Outcome::NotStopped { deadline, left }) => format!("{left} still ran after {deadline}"),
        (Zh, Outcome::NotStopped { deadline, left }) => format!("{deadline} 后仍有 {left} 个在运行"),
        (En, Outcome::Paused { by, reason }) => format!("{by} paused it{}", said(locale, reason)),
        (Zh, Outcome::Paused { by, reason }) => format!("{by} 已暂停{}", said(locale, reason)),
        (En, Outcome::CheckFailed { check, step, failed, measured, detail, .. }) => {
            format!("Check {check} failed {failed} of {measured}{}: {detail}", at_step(locale, *step))
        }
        (Zh, Outcome::CheckFailed { check, step, failed, measured, detail, .. }) => {
            format!("检查 {check}{}失败 {failed}/{measured}：{detail}", at_step(locale, *step))
        }
        (En, Outcome::CheckErrored { check, step, errors, detail, .. }) => {
            format!(
                "Check {check} could not be asked {errors} times in a row{}: {detail}",
                at_step(locale, *step)
            )
        }
        (Zh, Outcome::CheckErrored { check, step, errors, detail, .. }) => {
            format!("检查 {check}{}连续 {errors} 次无法执行：{detail}", at_step(locale, *step))
        }
        (En, Outcome::CheckInconclusive { check, step, inconclusive, measured, detail, .. }) => format!(
            "Check {check} said neither yes nor no {inconclusive} of {measured} times{}: {detail}. A person has to decide",
            at_step(locale, *step)
        ),
        (Zh, Outcome::CheckInconclusive { check, step, inconclusive, measured, detail, .. }) => format!(
            "检查 {check}{}有 {inconclusive}/{measured} 次无法判定：{detail}。需要人工决定",
            at_step(locale, *step)
        ),
        (En, Outcome::Rejected { step, by, reason }) => {
            format!("{by} said no at step {step}{}", said(locale, reason))
        }
        (Zh, Outcome::Rejected { step, by, reason }) => {
            format!("{by} 在第 {step} 步拒绝{}", said(locale, reason))
        }
        (En, Outcome::ApprovalTimedOut { step, timeout, approvers, by }) => {
            format!("Step {step} had {} of {approvers} approvals after {timeout}", by.len())
        }
        (Zh, Outcome::ApprovalTimedOut { step, timeout, approvers, by }) => {
            format!("第 {step} 步在 {timeout} 后只有 {}/{approvers} 个批准", by.len())
        }
    }
}

fn at_step(locale: Locale, step: Option<u32>) -> String {
    match (locale, step) {
        (En, None) => String::new(),
        (Zh, None) => " ".to_owned(),
        (En, Some(step)) => format!(" at step {step}"),
        (Zh, Some(step)) => format!(" 在第 {step} 步"),
    }
}

/// What a step of a staged release does.
pub fn step(locale: Locale, step: &Step) -> String {
    match (locale, step) {
        (En, Step::Set { count, beside: false }) => format!("{count} new"),
        (Zh, Step::Set { count, beside: false }) => format!("{count} 个新实例"),
        (En, Step::Set { count, beside: true }) => format!("{count} new beside the old"),
        (Zh, Step::Set { count, beside: true }) => format!("{count} 个新实例与旧实例并存"),
        (En, Step::Verify { time }) => format!("Verify for {time}"),
        (Zh, Step::Verify { time }) => format!("验证 {time}"),
        (En, Step::Approve { gate }) if gate.approvers == 1 => "Approval".to_owned(),
        (En, Step::Approve { gate }) => format!("{} approvals", gate.approvers),
        (Zh, Step::Approve { gate }) if gate.approvers == 1 => "批准".to_owned(),
        (Zh, Step::Approve { gate }) => format!("{} 人批准", gate.approvers),
        (En, Step::Wait { time }) => format!("Wait {time}"),
        (Zh, Step::Wait { time }) => format!("等待 {time}"),
        (En, Step::Switch { keep_old }) => format!("Switch, old kept {keep_old}"),
        (Zh, Step::Switch { keep_old }) => format!("切换，旧实例保留 {keep_old}"),
    }
}

/// Why a release goes without its steps.
pub const fn skip(locale: Locale, why: SkipReason) -> &'static str {
    match (locale, why) {
        (En, SkipReason::FirstDeployment) => {
            "Nothing ran before: the steps and checks are skipped, health counts"
        }
        (Zh, SkipReason::FirstDeployment) => "之前没有运行的版本：跳过步骤和检查，仅看健康状态",
        (En, SkipReason::RecentlyOut) => {
            "This version was fully out within the last hour: the steps and checks are skipped"
        }
        (Zh, SkipReason::RecentlyOut) => "此版本一小时内曾全量运行：跳过步骤和检查",
    }
}

/// Who did it, with what kind of actor where it is no person.
pub fn actor(locale: Locale, actor: &Actor) -> String {
    match (locale, actor.kind) {
        (_, ActorKind::User) => actor.name.clone(),
        (En, ActorKind::Token) => format!("{} (token)", actor.name),
        (Zh, ActorKind::Token) => format!("{}（令牌）", actor.name),
        (En, ActorKind::Policy) => format!("{} (policy)", actor.name),
        (Zh, ActorKind::Policy) => format!("{}（策略）", actor.name),
    }
}

pub fn version(locale: Locale, revision: u32) -> String {
    match locale {
        En => format!("revision {revision}"),
        Zh => format!("修订 {revision}"),
    }
}

/// What it does, for a heading: "shop to revision 4", "shop from 2 to 6".
pub fn heading(locale: Locale, deployment: &Deployment) -> String {
    let app = deployment.app.as_str();
    let to_version = deployment.to_revision.map(|revision| version(locale, revision)).unwrap_or_default();
    let (from, to) = (deployment.from_instances.unwrap_or(0), deployment.to_instances.unwrap_or(0));
    match (locale, deployment.kind) {
        (En, DeploymentKind::Create) => format!("Create {app}"),
        (Zh, DeploymentKind::Create) => format!("创建 {app}"),
        (En, DeploymentKind::Update | DeploymentKind::Promote) => format!("{app} to {to_version}"),
        (Zh, DeploymentKind::Update | DeploymentKind::Promote) => format!("{app} 更新到{to_version}"),
        (En, DeploymentKind::Rollback) => format!("{app} back to {to_version}"),
        (Zh, DeploymentKind::Rollback) => format!("{app} 回滚到{to_version}"),
        (En, DeploymentKind::Scale) => format!("{app} from {from} to {to}"),
        (Zh, DeploymentKind::Scale) => format!("{app} 从 {from} 到 {to}"),
        (En, DeploymentKind::Restart) => format!("Restart {app}"),
        (Zh, DeploymentKind::Restart) => format!("重启 {app}"),
        (En, DeploymentKind::Suspend) => format!("Suspend {app}"),
        (Zh, DeploymentKind::Suspend) => format!("挂起 {app}"),
        (En, DeploymentKind::Resume) => format!("Resume {app}"),
        (Zh, DeploymentKind::Resume) => format!("恢复 {app}"),
        (En, DeploymentKind::Destroy) => format!("Destroy {app}"),
        (Zh, DeploymentKind::Destroy) => format!("销毁 {app}"),
    }
}

/// What it changes, for a row: "revision 3 → 4", "2 → 6 instances".
pub fn change_of(locale: Locale, deployment: &Deployment) -> String {
    let revisions = match (deployment.from_revision, deployment.to_revision) {
        (Some(from), Some(to)) if from != to => Some(match locale {
            En => format!("revision {from} → {to}"),
            Zh => format!("修订 {from} → {to}"),
        }),
        (None, Some(to)) => Some(version(locale, to)),
        _ => None,
    };
    let counts = match (deployment.from_instances, deployment.to_instances) {
        (Some(from), Some(to)) if from != to => Some(match locale {
            En => format!("{from} → {to} instances"),
            Zh => format!("{from} → {to} 个实例"),
        }),
        _ => None,
    };
    match (revisions, counts) {
        (Some(revisions), Some(counts)) => format!("{revisions}, {counts}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => "–".to_owned(),
    }
}

/// How far it is, or how it went, in words.
pub fn standing(locale: Locale, deployment: &Deployment) -> String {
    if let Some(why) = &deployment.outcome {
        return outcome(locale, why);
    }
    let progress = deployment.progress;
    match (locale, &deployment.waiting_for) {
        (_, Some(WaitingFor::Engine)) => engine_waits(locale).to_owned(),
        (_, Some(WaitingFor::Person)) => person_waits(locale).to_owned(),
        (En, Some(WaitingFor::Stopped { .. })) => {
            format!("{} healthy, waits for {} old to end", progress.healthy, progress.old)
        }
        (Zh, Some(WaitingFor::Stopped { .. })) => {
            format!("{} 个健康，等待 {} 个旧实例结束", progress.healthy, progress.old)
        }
        (En, Some(WaitingFor::Checks { .. })) => {
            format!("{} new healthy, the checks are being asked", progress.healthy)
        }
        (Zh, Some(WaitingFor::Checks { .. })) => format!("{} 个新实例健康，正在执行检查", progress.healthy),
        (En, Some(WaitingFor::Time { .. })) => format!("{} new healthy, waits", progress.healthy),
        (Zh, Some(WaitingFor::Time { .. })) => format!("{} 个新实例健康，等待中", progress.healthy),
        (En, Some(WaitingFor::OldKept { .. })) => {
            format!("Switched to {} new; {} old are kept for a while", progress.healthy, progress.old)
        }
        (Zh, Some(WaitingFor::OldKept { .. })) => {
            format!("已切换到 {} 个新实例；{} 个旧实例暂时保留", progress.healthy, progress.old)
        }
        (En, Some(WaitingFor::Approval { approvers, by, .. })) => {
            format!("Waits for people: {} of {approvers} approved", by.len())
        }
        (Zh, Some(WaitingFor::Approval { approvers, by, .. })) => {
            format!("等待批准：{}/{approvers}", by.len())
        }
        (En, Some(WaitingFor::Healthy { .. }) | None) => {
            format!("{} of {} healthy", progress.healthy, progress.wanted)
        }
        (Zh, Some(WaitingFor::Healthy { .. }) | None) => {
            format!("{}/{} 健康", progress.healthy, progress.wanted)
        }
    }
}

pub fn new_healthy(locale: Locale, healthy: u32, wanted: u32) -> String {
    match locale {
        En => format!("{healthy} of {wanted} healthy"),
        Zh => format!("{healthy}/{wanted} 健康"),
    }
}

pub fn ready_of(locale: Locale, wanted: u32) -> String {
    match locale {
        En => format!("ready of {wanted}"),
        Zh => format!("就绪，共需 {wanted}"),
    }
}

pub fn rollback_will(locale: Locale, revision: u32) -> String {
    match locale {
        En => format!("to revision {revision}, after a preview"),
        Zh => format!("到修订 {revision}，先预览"),
    }
}

/// What a running deployment's rollback does with the instances.
pub fn abort_counts(locale: Locale, new: u32, old: u32) -> String {
    match locale {
        En => format!("stop {new} new, keep {old} old"),
        Zh => format!("停止 {new} 个新实例，保留 {old} 个旧实例"),
    }
}

/// One line of the timeline, after the actor's name where there is one.
pub fn event(locale: Locale, what: &DeploymentEventKind) -> String {
    match (locale, what) {
        (En, DeploymentEventKind::Requested { reason }) => format!("Requested{}", said(locale, reason)),
        (Zh, DeploymentEventKind::Requested { reason }) => format!("已请求{}", said(locale, reason)),
        (_, DeploymentEventKind::Started) => started(locale).to_owned(),
        (_, DeploymentEventKind::ClockMoved { millis }) => clock_moved(locale, *millis),
        (En, DeploymentEventKind::SetWanted { revision, from, to }) if to > from => {
            format!("Start {} of revision {revision}: {to} wanted", to - from)
        }
        (En, DeploymentEventKind::SetWanted { revision, from, to }) => {
            format!("Stop {} of revision {revision}: {to} wanted", from - to)
        }
        (Zh, DeploymentEventKind::SetWanted { revision, from, to }) if to > from => {
            format!("启动修订 {revision} 的 {} 个实例：期望 {to}", to - from)
        }
        (Zh, DeploymentEventKind::SetWanted { revision, from, to }) => {
            format!("停止修订 {revision} 的 {} 个实例：期望 {to}", from - to)
        }
        (En, DeploymentEventKind::InstanceStarted { instance, node, .. }) => {
            format!("{instance} started on {node}")
        }
        (Zh, DeploymentEventKind::InstanceStarted { instance, node, .. }) => {
            format!("{instance} 在 {node} 启动")
        }
        (En, DeploymentEventKind::InstanceHealthy { instance, after_ms, .. }) => {
            format!("{instance} healthy after {}", seconds(*after_ms))
        }
        (Zh, DeploymentEventKind::InstanceHealthy { instance, after_ms, .. }) => {
            format!("{instance} 经 {} 后健康", seconds(*after_ms))
        }
        (En, DeploymentEventKind::InstanceFailed { instance, cause: why, .. }) => {
            format!("{instance} failed: {}", cause(locale, why))
        }
        (Zh, DeploymentEventKind::InstanceFailed { instance, cause: why, .. }) => {
            format!("{instance} 失败：{}", cause(locale, why))
        }
        (En, DeploymentEventKind::InstanceStopped { instance, .. }) => format!("{instance} stopped"),
        (Zh, DeploymentEventKind::InstanceStopped { instance, .. }) => format!("{instance} 已停止"),
        (En, DeploymentEventKind::Paused { reason }) => format!("Paused{}", said(locale, reason)),
        (Zh, DeploymentEventKind::Paused { reason }) => format!("已暂停{}", said(locale, reason)),
        (En, DeploymentEventKind::Continued { reason }) => format!("Continued{}", said(locale, reason)),
        (Zh, DeploymentEventKind::Continued { reason }) => format!("已继续{}", said(locale, reason)),
        (En, DeploymentEventKind::RollingBack { outcome: why }) => {
            format!("Goes back. {}", outcome(locale, why))
        }
        (Zh, DeploymentEventKind::RollingBack { outcome: why }) => format!("回滚。{}", outcome(locale, why)),
        (En, DeploymentEventKind::Ended { state: end, outcome: why }) => {
            format!("{}. {}", state(locale, *end), outcome(locale, why))
        }
        (Zh, DeploymentEventKind::Ended { state: end, outcome: why }) => {
            format!("{}。{}", state(locale, *end), outcome(locale, why))
        }
        (En, DeploymentEventKind::EngineTrouble { detail }) => format!("The engine: {detail}. Tried again"),
        (Zh, DeploymentEventKind::EngineTrouble { detail }) => format!("引擎：{detail}。已重试"),
        (En, DeploymentEventKind::WorkloadStopped { workload }) => {
            format!("{workload}, which this app takes over, is stopped and kept")
        }
        (Zh, DeploymentEventKind::WorkloadStopped { workload }) => {
            format!("已停止并保留此应用所接管的 {workload}")
        }
        (En, DeploymentEventKind::WorkloadRestored { workload }) => {
            format!("{workload} is put back: it is kept running as before")
        }
        (Zh, DeploymentEventKind::WorkloadRestored { workload }) => {
            format!("已恢复 {workload}，照旧运行")
        }
        (_, DeploymentEventKind::StepsSkipped { skip: why }) => skip(locale, *why).to_owned(),
        (En, DeploymentEventKind::StepReached { number, step: what }) => {
            format!("Step {number}: {}", step(locale, what))
        }
        (Zh, DeploymentEventKind::StepReached { number, step: what }) => {
            format!("第 {number} 步：{}", step(locale, what))
        }
        (En, DeploymentEventKind::Approved { number, reason }) => {
            format!("approved step {number}{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::Approved { number, reason }) => {
            format!("批准了第 {number} 步{}", said(locale, reason))
        }
        (En, DeploymentEventKind::Rejected { number, reason }) => {
            format!("said no at step {number}{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::Rejected { number, reason }) => {
            format!("拒绝了第 {number} 步{}", said(locale, reason))
        }
        (En, DeploymentEventKind::StepSkipped { number, reason }) => {
            format!("skipped step {number}{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::StepSkipped { number, reason }) => {
            format!("跳过了第 {number} 步{}", said(locale, reason))
        }
        (En, DeploymentEventKind::Promoted { reason }) => {
            format!("sent it to the end{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::Promoted { reason }) => format!("直接推进到最后{}", said(locale, reason)),
        (En, DeploymentEventKind::WindowOverridden { window, reason }) => {
            format!("overrode {window}{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::WindowOverridden { window, reason }) => {
            format!("越过了发布限制 {window}{}", said(locale, reason))
        }
        (En, DeploymentEventKind::ReleaseOverridden { release, bad: true, reason }) => {
            format!("brought out {release} although it is marked as bad{}", said(locale, reason))
        }
        (En, DeploymentEventKind::ReleaseOverridden { release, bad: false, reason }) => {
            format!("brought out {release} although the app is pinned{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::ReleaseOverridden { release, bad: true, reason }) => {
            format!("{release} 已被标记为有问题，仍然发布{}", said(locale, reason))
        }
        (Zh, DeploymentEventKind::ReleaseOverridden { release, bad: false, reason }) => {
            format!("应用已固定版本，仍然发布 {release}{}", said(locale, reason))
        }
    }
}

fn clock_moved(locale: Locale, millis: i64) -> String {
    let by = length(locale, std::time::Duration::from_millis(millis.unsigned_abs()));
    match (locale, millis < 0) {
        (En, false) => format!("The host's clock was set {by} ahead; the deadline begins anew"),
        (En, true) => format!("The host's clock was set back by {by}; the deadline begins anew"),
        (Zh, false) => format!("主机时钟被拨快 {by}；期限重新计算"),
        (Zh, true) => format!("主机时钟被拨回 {by}；期限重新计算"),
    }
}

fn seconds(millis: u64) -> String {
    format!("{:.1} s", millis as f64 / 1_000.0)
}

/// A length of time for a column: 4 s, 3 min 12 s, 2 h 5 min.
pub fn length(locale: Locale, length: std::time::Duration) -> String {
    let total = length.as_secs();
    if total < 10 {
        let seconds = length.as_secs_f64();
        return match locale {
            En => format!("{seconds:.1} s"),
            Zh => format!("{seconds:.1} 秒"),
        };
    }
    let (hours, minutes, rest) = (total / 3_600, total / 60 % 60, total % 60);
    match (locale, hours, minutes) {
        (En, 0, 0) => format!("{rest} s"),
        (Zh, 0, 0) => format!("{rest} 秒"),
        (En, 0, _) => format!("{minutes} min {rest} s"),
        (Zh, 0, _) => format!("{minutes} 分 {rest} 秒"),
        (En, _, _) => format!("{hours} h {minutes} min"),
        (Zh, _, _) => format!("{hours} 小时 {minutes} 分"),
    }
}

pub fn logs_of(locale: Locale, instance: &str) -> String {
    match locale {
        En => format!("Last lines of {instance}"),
        Zh => format!("{instance} 的最后几行"),
    }
}

pub fn deployment_number(locale: Locale, number: u32) -> String {
    match locale {
        En => format!("deployment {number}"),
        Zh => format!("部署 {number}"),
    }
}

pub fn roll_back_to(locale: Locale, app: &str, revision: u32) -> String {
    match locale {
        En => format!("Roll back {app} to revision {revision}"),
        Zh => format!("回滚 {app} 到修订 {revision}"),
    }
}
