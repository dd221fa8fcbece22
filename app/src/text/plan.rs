//! Texts of plans: what a change would do.

use model::api::{Capacity, Plan, PlanStep, PlanWarning};
use model::definition::OnTimeout;
use model::duration::Span;
use model::release::short_digest;

use super::Locale::{self, En, Zh};
use super::deployment::role;
use crate::ui::version::brief;

texts! {
    what_will_happen: "What will happen", "将会发生什么";
    show_plan: "Show the plan", "显示计划";
    plan_after_mending: "The plan appears once the mistakes are mended.", "修正错误后显示计划。";
    plan_to_come: "The plan appears here once it is clear what runs.", "确定运行内容后，计划显示在这里。";
    nothing_changes: "Nothing would change.", "不会有任何变化。";
    later: "From the next update on", "下次更新起";
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

/// What is to be known of its image before a change begins.
pub fn warning(locale: Locale, warning: &PlanWarning) -> String {
    match (locale, warning) {
        (En, PlanWarning::TagMoved { image, digest }) => {
            let (image, now) = (brief(image), short_digest(digest));
            format!("The tag has moved on: it stands for {now} now. What runs is {image}, as it was.")
        }
        (Zh, PlanWarning::TagMoved { image, digest }) => {
            let (image, now) = (brief(image), short_digest(digest));
            format!("该标签已移动：现在指向 {now}。实际运行的是原来的 {image}。")
        }
        (En, PlanWarning::DigestGone { image, registry }) => {
            let image = brief(image);
            format!(
                "The registry {registry} does not have {image} any more: it starts only on nodes that still have it."
            )
        }
        (Zh, PlanWarning::DigestGone { image, registry }) => {
            format!("镜像仓库 {registry} 已没有 {}：只有仍保留它的节点才能启动。", brief(image))
        }
        (En, PlanWarning::RegistryAway { registry, image, known_since: Some(_) }) => {
            format!(
                "The registry {registry} does not answer; {image} is deployed by the digest last known for it."
            )
        }
        (Zh, PlanWarning::RegistryAway { registry, image, known_since: Some(_) }) => {
            format!("镜像仓库 {registry} 没有响应；{image} 将按最近已知的摘要部署。")
        }
        (En, PlanWarning::RegistryAway { registry, image, known_since: None }) => {
            let image = brief(image);
            format!("The registry {registry} does not answer, so nobody knows whether it still has {image}.")
        }
        (Zh, PlanWarning::RegistryAway { registry, image, known_since: None }) => {
            format!("镜像仓库 {registry} 没有响应，无法确认是否仍有 {}。", brief(image))
        }
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

/// The least time that the steps of a plan take; `waits`: people have to agree as well.
pub fn least_time(locale: Locale, time: Span, waits: bool) -> String {
    match (locale, waits) {
        (En, false) => format!("Takes at least {time}, and as long as instances take to start."),
        (Zh, false) => format!("至少需要 {time}，另加实例启动的时间。"),
        (En, true) => format!("Takes at least {time}, and as long as people take to approve."),
        (Zh, true) => format!("至少需要 {time}，另加等待批准的时间。"),
    }
}
