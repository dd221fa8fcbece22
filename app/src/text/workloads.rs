//! Words for what others run, and for taking it over.

use model::definition::Protocol;
use model::workload::{Adoption, AdoptionState, Clash, Stops};

use super::Locale::{self, En, Zh};

texts! {
    title: "Also running here", "此处还在运行";
    hint: "Nobody deployed these with Quarterdeck. They are left alone until one is adopted.", "这些并非由 Quarterdeck 部署。在接管之前不会被改动。";
    link: "What else runs here", "此处还运行着什么";
    being_read: "The engine is being asked what else runs here.", "正在向引擎查询此处还运行着什么。";
    ask_again: "Look again", "重新查看";
    nothing_title: "Nothing else runs here", "此处没有其他程序";
    nothing_hint: "Containers and services that were not deployed with Quarterdeck would be listed here, to be made into apps.", "不是由 Quarterdeck 部署的容器和服务会列在这里，可将其转为应用。";
    as_an_app: "As an app its definition would be:", "作为应用时，其定义如下：";
    left_out: "What is different then, or cannot be said:", "届时的差异，以及无法表达的内容：";
    nothing_left_out: "The definition says all that it is.", "定义已完整表达其全部设置。";
    adopt: "Adopt", "接管";
    what_happens: "What happens to it", "它会怎样";
    kept: "It is never deleted. Should the app not come up, it is put back as it was.", "它不会被删除。如果应用未能启动，它会恢复原状。";
    takes_place_of: "Takes the place of", "接管自";
    nodes: "Nodes", "节点";
}

pub fn adopt_title(locale: Locale, workload: &str) -> String {
    match locale {
        En => format!("Adopt {workload}"),
        Zh => format!("接管 {workload}"),
    }
}

pub fn adopt_will(locale: Locale, workload: &str, app: &str, instances: u32) -> String {
    match (locale, instances) {
        (En, 1) => format!("Take over {workload} as {app} with 1 instance"),
        (En, _) => format!("Take over {workload} as {app} with {instances} instances"),
        (Zh, _) => format!("以 {app} 接管 {workload}，{instances} 个实例"),
    }
}

pub fn at_ports(locale: Locale, ports: &str) -> String {
    match locale {
        En => format!("at {ports}"),
        Zh => format!("端口 {ports}"),
    }
}

pub fn by_app(locale: Locale, adoption: &Adoption) -> String {
    let app = &adoption.app;
    match (locale, adoption.state) {
        (En, AdoptionState::TakenOver) => format!("Taken over by {app}"),
        (Zh, AdoptionState::TakenOver) => format!("已由 {app} 接管"),
        (En, _) => format!("Being taken over by {app}"),
        (Zh, _) => format!("{app} 正在接管"),
    }
}

/// The engine's words about what was read before.
pub fn not_read(locale: Locale, trouble: &str) -> String {
    match locale {
        En => format!("The engine could not be asked just now: {trouble}. This is what was seen before."),
        Zh => format!("刚才无法查询引擎：{trouble}。以下为之前所见。"),
    }
}

/// Why it cannot be adopted, in the engine's words.
pub fn cannot(locale: Locale, workload: &str, why: &str) -> String {
    match locale {
        En => format!("{workload} cannot be taken over: {why}."),
        Zh => format!("无法接管 {workload}：{why}。"),
    }
}

/// When the old one stops.
pub fn stops(locale: Locale, workload: &str, stops: Stops) -> String {
    match (locale, stops) {
        (En, Stops::First) => format!(
            "{workload} stops before the first new instance starts, because both need the same. Nothing answers until \
             the new one is ready: expect an outage of some seconds."
        ),
        (Zh, Stops::First) => format!(
            "{workload} 会在第一个新实例启动之前停止，因为两者需要相同的资源。新实例就绪之前不会有响应，预计中断数秒。"
        ),
        (En, Stops::After) => {
            format!("{workload} runs on until the new instances are healthy, and is stopped then. No outage.")
        }
        (Zh, Stops::After) => format!("{workload} 会继续运行，直到新实例健康后才停止，不会中断。"),
    }
}

/// What both need.
pub fn clash(locale: Locale, clash: &Clash) -> String {
    let name = |protocol: &Protocol| match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
    };
    match (locale, clash) {
        (En, Clash::Port { port, protocol }) => format!("port {port} ({}) of the host", name(protocol)),
        (Zh, Clash::Port { port, protocol }) => format!("主机端口 {port}（{}）", name(protocol)),
        (En, Clash::HostNetwork) => "the host's network: both may listen at the same port".to_owned(),
        (Zh, Clash::HostNetwork) => "主机网络：两者可能监听同一端口".to_owned(),
        (En, Clash::Volume { name }) => format!("the volume {name}, which only one may write to"),
        (Zh, Clash::Volume { name }) => format!("卷 {name}：只能有一个写入者"),
    }
}

/// How far an adoption is.
pub fn standing(locale: Locale, adoption: &Adoption) -> String {
    let old = &adoption.workload;
    match (locale, adoption.state, adoption.stops) {
        (En, AdoptionState::Waiting, Stops::First) => {
            format!("{old} runs on; it stops before the first instance of this app starts.")
        }
        (Zh, AdoptionState::Waiting, Stops::First) => {
            format!("{old} 仍在运行；此应用的第一个实例启动之前它会停止。")
        }
        (En, AdoptionState::Waiting, Stops::After) => {
            format!("{old} runs on until the instances of this app are healthy.")
        }
        (Zh, AdoptionState::Waiting, Stops::After) => format!("{old} 会继续运行，直到此应用的实例健康。"),
        (En, AdoptionState::Stopping, _) => format!("{old} is being stopped."),
        (Zh, AdoptionState::Stopping, _) => format!("正在停止 {old}。"),
        (En, AdoptionState::Stopped, _) => {
            format!("{old} is stopped and kept. Should this app not come up, it is put back.")
        }
        (Zh, AdoptionState::Stopped, _) => format!("{old} 已停止并保留。如果此应用未能启动，它会恢复原状。"),
        (En, AdoptionState::Restoring, _) => format!("{old} is being put back."),
        (Zh, AdoptionState::Restoring, _) => format!("正在恢复 {old}。"),
        (En, AdoptionState::TakenOver, _) => format!("Took over {old}: it is stopped and kept."),
        (Zh, AdoptionState::TakenOver, _) => format!("已接管 {old}：它已停止并保留。"),
        (En, AdoptionState::Ended, _) => format!("Was to take over {old}, which is as it was."),
        (Zh, AdoptionState::Ended, _) => format!("原本要接管 {old}，它保持原状。"),
    }
}

/// The engine's words to the last try.
pub fn trouble(locale: Locale, adoption: &Adoption, words: &str) -> String {
    let old = &adoption.workload;
    let back = adoption.state == AdoptionState::Restoring;
    match (locale, back) {
        (En, false) => format!("{old} could not be stopped: {words}. It is tried again."),
        (En, true) => format!("{old} could not be put back: {words}. It is tried again."),
        (Zh, false) => format!("无法停止 {old}：{words}。正在重试。"),
        (Zh, true) => format!("无法恢复 {old}：{words}。正在重试。"),
    }
}
