//! Words for staged releases: the track of steps, the gate, and what each button will do.

use std::time::Duration;

use model::definition::{Gate, OnTimeout};
use model::deployment::{Deployment, Outcome, Progress, WaitingFor};
use model::permission::Role;
use model::rollout::Step;
use model::time::Timestamp;

use super::Locale::{self, En, Zh};
use super::deployment;
use super::time::span;

texts! {
    steps: "Steps", "步骤";
    skipped: "skipped", "已跳过";
    passed: "passed", "已通过";
    overruled: "overruled", "已否决检查";
    any_moment: "any moment", "即将";
    still_asking: "waits for answers", "等待检查结果";
    keep_nothing: "the old ones go", "旧实例退出";
    more: "More", "更多";
    approve: "Approve", "批准";
    approve_will: "one yes, with your name", "以你的名义同意";
    reject: "Reject", "拒绝";
    reject_will: "as if a check had failed", "等同于检查失败";
    skip: "Skip step", "跳过步骤";
    promote: "Promote to the end", "直接推进到最后";
    continue_word: "Continue", "继续";
    gate_again: "asks for approval once more", "重新请求批准";
    overrule_failure: "goes on in spite of what failed", "不顾失败继续";
    gate: "Approval", "批准";
    gate_ahead: "Approval ahead", "稍后需要批准";
    none_yet: "Nobody has answered yet.", "尚无人回应。";
    timeout_rejects: "Without an answer by then it counts as a no.", "逾期未回应视为拒绝。";
    timeout_approves: "Without an answer by then it goes on by itself.", "逾期未回应将自动继续。";
    until: "until", "截至";
    goes_back: "what it changed goes back, or pauses, as the strategy says", "按策略回滚或暂停";
}

/// A person's role in the plural, as who is asked.
fn people(locale: Locale, role: Role, count: u32) -> String {
    let role = deployment::role(locale, role);
    match (locale, count) {
        (En, 1) => format!("1 {role}"),
        (En, _) => format!("{count} {role}s"),
        (Zh, _) => format!("{count} 名{role}"),
    }
}

/// A length that runs down: `2:14`, `1:02:14`, `2 d 3 h`.
pub fn clock(locale: Locale, length: Duration) -> String {
    // A second that has begun counts, so that the last one shown is 1 and not 0.
    let total = length.as_millis().div_ceil(1_000);
    let (days, hours, minutes, seconds) = (total / 86_400, total / 3_600 % 24, total / 60 % 60, total % 60);
    match (locale, days, hours) {
        (_, 0, 0) => format!("{minutes}:{seconds:02}"),
        (_, 0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        (En, _, _) => format!("{days} d {hours} h"),
        (Zh, _, _) => format!("{days} 天 {hours} 小时"),
    }
}

/// How much of a wait is left; what comes when none is.
pub fn left(locale: Locale, until: Timestamp, now: Timestamp, over: &str) -> String {
    if until <= now {
        return over.to_owned();
    }
    let clock = clock(locale, until.since(now));
    match locale {
        En => format!("{clock} left"),
        Zh => format!("剩余 {clock}"),
    }
}

/// What a step does, over its dot. `before`: the new instances that the steps before it started.
pub fn step_title(locale: Locale, step: &Step, before: u32, wanted: u32) -> String {
    match (locale, step) {
        (En, Step::Set { count, beside: true }) => format!("Start {count} beside the old"),
        (Zh, Step::Set { count, beside: true }) => format!("在旧实例旁启动 {count} 个"),
        (En, Step::Set { count, .. }) if before > 0 && *count == before => "Stop the old".to_owned(),
        (Zh, Step::Set { count, .. }) if before > 0 && *count == before => "停止旧实例".to_owned(),
        (En, Step::Set { count, .. }) if *count < before => format!("Back to {count}"),
        (Zh, Step::Set { count, .. }) if *count < before => format!("退回到 {count} 个"),
        (En, Step::Set { count, .. }) if *count == wanted && before > 0 => "Start the rest".to_owned(),
        (Zh, Step::Set { count, .. }) if *count == wanted && before > 0 => "启动其余实例".to_owned(),
        (En, Step::Set { count, .. }) => format!("Start {}", count - before),
        (Zh, Step::Set { count, .. }) => format!("启动 {} 个", count - before),
        (En, Step::Verify { time }) => format!("Verify {}", span(locale, *time)),
        (Zh, Step::Verify { time }) => format!("验证 {}", span(locale, *time)),
        (_, Step::Approve { .. }) => gate(locale).to_owned(),
        (En, Step::Wait { time }) => format!("Wait {}", span(locale, *time)),
        (Zh, Step::Wait { time }) => format!("等待 {}", span(locale, *time)),
        (En, Step::Switch { .. }) => "Switch to new".to_owned(),
        (Zh, Step::Switch { .. }) => "切换到新版本".to_owned(),
    }
}

/// What a step is about, under its title, before it is reached.
pub fn step_note(locale: Locale, step: &Step, wanted: u32, checks: usize) -> String {
    match (locale, step) {
        (En, Step::Set { count, .. }) => format!("{count} of {wanted} new"),
        (Zh, Step::Set { count, .. }) => format!("新实例 {count}/{wanted}"),
        (En, Step::Verify { .. }) => match checks {
            0 => "health only".to_owned(),
            1 => "1 check".to_owned(),
            _ => format!("{checks} checks"),
        },
        (Zh, Step::Verify { .. }) => match checks {
            0 => "仅健康状态".to_owned(),
            _ => format!("{checks} 项检查"),
        },
        (_, Step::Approve { gate }) => people(locale, gate.role, gate.approvers),
        (_, Step::Wait { .. }) => String::new(),
        (En, Step::Switch { keep_old }) => format!("old kept {}", span(locale, *keep_old)),
        (Zh, Step::Switch { keep_old }) => format!("旧实例保留 {}", span(locale, *keep_old)),
    }
}

pub fn healthy_of(locale: Locale, healthy: u32, count: u32) -> String {
    match locale {
        En => format!("{healthy} of {count} healthy"),
        Zh => format!("{healthy}/{count} 健康"),
    }
}

/// `1 of 2 yes`.
pub fn yes_of(locale: Locale, yes: usize, needed: u32) -> String {
    match locale {
        En => format!("{yes} of {needed} yes"),
        Zh => format!("{yes}/{needed} 已同意"),
    }
}

/// `2 of 5`, for the mark beside the heading.
pub fn step_of(locale: Locale, step: u32, steps: u32) -> String {
    match locale {
        En => format!("Step {step} of {steps}"),
        Zh => format!("第 {step}/{steps} 步"),
    }
}

/// Who is still needed: "2 more operators have to approve."
pub fn needed(locale: Locale, left: u32, role: Role, somebody_else: bool) -> String {
    let least = deployment::role(locale, role);
    let author = match (locale, somebody_else) {
        (_, false) => "",
        (En, true) => " The author does not count.",
        (Zh, true) => "发起者本人不计入。",
    };
    match (locale, left) {
        (En, 0) => "Everybody has agreed.".to_owned(),
        (Zh, 0) => "已全部同意。".to_owned(),
        (En, 1) => format!("One more {least} or above has to agree.{author}"),
        (En, _) => format!("{left} more people with the role {least} or above have to agree.{author}"),
        (Zh, _) => format!("还需 {left} 名{least}或更高角色同意。{author}"),
    }
}

/// A gate that comes: "2 operators, within 24 h".
pub fn gate_ahead_note(locale: Locale, gate: &Gate, number: usize) -> String {
    let (who, within) = (people(locale, gate.role, gate.approvers), span(locale, gate.timeout));
    let timeout = on_timeout(locale, gate.on_timeout);
    match locale {
        En => format!("Step {number} needs {who} within {within}. {timeout}"),
        Zh => format!("第 {number} 步需 {who}在 {within}内同意。{timeout}"),
    }
}

pub const fn on_timeout(locale: Locale, rule: OnTimeout) -> &'static str {
    match rule {
        OnTimeout::Reject => timeout_rejects(locale),
        OnTimeout::Approve => timeout_approves(locale),
    }
}

/// What going back does with the instances: new ones end, and old ones that are gone start.
pub fn back_will(locale: Locale, progress: Progress, old_wanted: u32) -> String {
    let Progress { updated, old, .. } = progress;
    let start = old_wanted.saturating_sub(old);
    match (locale, start) {
        (_, 0) => deployment::abort_counts(locale, updated, old),
        (En, _) => format!("start {start} old, stop {updated} new"),
        (Zh, _) => format!("启动 {start} 个旧实例，停止 {updated} 个新实例"),
    }
}

pub fn pause_will(locale: Locale, progress: Progress) -> String {
    match (locale, progress.old) {
        (_, 0) => deployment::pause_will(locale).to_owned(),
        (En, old) => format!("keep {} new and {old} old", progress.updated),
        (Zh, old) => format!("保持 {} 个新实例和 {old} 个旧实例", progress.updated),
    }
}

/// What comes after the step that is skipped.
pub fn skip_will(locale: Locale, next: Option<(&Step, u32, u32)>) -> String {
    let Some((step, before, wanted)) = next else {
        return match locale {
            En => "on to the end".to_owned(),
            Zh => "到达终点".to_owned(),
        };
    };
    let title = step_title(locale, step, before, wanted);
    match locale {
        En => format!("then: {}", lower(&title)),
        Zh => format!("接着：{title}"),
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

pub fn promote_will(locale: Locale, progress: Progress, wanted: u32) -> String {
    let (start, old) = (wanted.saturating_sub(progress.updated), progress.old);
    match locale {
        En => format!("start {start} more, stop {old} old, ask nothing"),
        Zh => format!("再启动 {start} 个，停止 {old} 个旧实例，不再询问"),
    }
}

/// What continuing a pause means, by what it pauses for.
pub fn continue_will(locale: Locale, why: Option<&Outcome>) -> String {
    match (locale, why) {
        (
            En,
            Some(
                Outcome::CheckFailed { check, .. }
                | Outcome::CheckErrored { check, .. }
                | Outcome::CheckInconclusive { check, .. },
            ),
        ) => format!("overrules the check {check}"),
        (
            Zh,
            Some(
                Outcome::CheckFailed { check, .. }
                | Outcome::CheckErrored { check, .. }
                | Outcome::CheckInconclusive { check, .. },
            ),
        ) => format!("否决检查 {check} 的结论"),
        (_, Some(Outcome::Rejected { .. } | Outcome::ApprovalTimedOut { .. })) => {
            gate_again(locale).to_owned()
        }
        (_, Some(Outcome::Paused { .. }) | None) => deployment::resume_will(locale).to_owned(),
        (_, Some(_)) => overrule_failure(locale).to_owned(),
    }
}

/// How far a deployment is, or how it went, with its step where it has any.
pub fn brief(locale: Locale, deployment: &Deployment, now: Timestamp) -> String {
    standing(locale, deployment, now).unwrap_or_else(|| deployment::standing(locale, deployment))
}

/// The end of the wait whose length [`standing`] says, as [`super::time::short`] writes it.
pub fn runs_until(deployment: &Deployment, now: Timestamp) -> Option<Timestamp> {
    match deployment.waiting_for.as_ref()? {
        WaitingFor::Checks { until } | WaitingFor::Time { until } | WaitingFor::OldKept { until } => {
            Some(*until).filter(|until| *until > now && deployment.outcome.is_none())
        }
        _ => None,
    }
}

/// Where a rollout with steps stands, for lists: "step 2 of 5: verify 1 min, 40 s left".
pub fn standing(locale: Locale, deployment: &Deployment, now: Timestamp) -> Option<String> {
    let at = deployment.reached.len();
    let step = deployment.steps.get(at.checked_sub(1)?)?;
    if deployment.outcome.is_some() || !deployment.state.is_active() {
        return None;
    }
    let place = step_of(locale, at as u32, deployment.steps.len() as u32);
    let shorter = |until: Timestamp| {
        let length = super::time::short(locale, until.since(now));
        match locale {
            En => format!(", {length} left"),
            Zh => format!("，剩余 {length}"),
        }
    };
    let what = match &deployment.waiting_for {
        Some(WaitingFor::Approval { approvers, by, .. }) => {
            let yes = yes_of(locale, by.len(), *approvers);
            match locale {
                En => format!("waits for approval, {yes}"),
                Zh => format!("等待批准，{yes}"),
            }
        }
        Some(WaitingFor::Checks { until } | WaitingFor::Time { until } | WaitingFor::OldKept { until }) => {
            let what = lower(&step_title(locale, step, 0, 0));
            if *until > now { format!("{what}{}", shorter(*until)) } else { what }
        }
        Some(WaitingFor::Engine) => return None,
        _ => match step {
            Step::Set { count, .. } => healthy_of(locale, deployment.progress.healthy, *count),
            _ => lower(&step_title(locale, step, 0, 0)),
        },
    };
    Some(match locale {
        En => format!("{place}: {what}"),
        Zh => format!("{place}：{what}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_ends_with_one() {
        let of = |millis| clock(En, Duration::from_millis(millis));
        assert_eq!(of(134_000), "2:14");
        assert_eq!(of(133_001), "2:14");
        assert_eq!(of(1), "0:01");
        assert_eq!(of(3_734_000), "1:02:14");
        assert_eq!(of(26 * 3_600_000), "1 d 2 h");
        let at = Timestamp::from_millis;
        assert_eq!(left(En, at(5_000), at(1_000), "now"), "0:04 left");
        assert_eq!(left(Zh, at(1_000), at(1_000), "即将"), "即将");
    }

    #[test]
    fn a_step_says_what_it_starts() {
        let set = |count, beside| Step::Set { count, beside };
        assert_eq!(step_title(En, &set(1, false), 0, 12), "Start 1");
        assert_eq!(step_title(En, &set(6, false), 1, 12), "Start 5");
        assert_eq!(step_title(En, &set(12, false), 6, 12), "Start the rest");
        assert_eq!(step_title(En, &set(4, true), 0, 4), "Start 4 beside the old");
        assert_eq!(step_title(En, &set(4, false), 4, 4), "Stop the old");
        assert_eq!(step_title(Zh, &set(2, false), 3, 4), "退回到 2 个");
    }

    #[test]
    fn going_back_starts_the_old_that_are_gone() {
        let progress = Progress { wanted: 12, updated: 3, old: 9, ..Progress::default() };
        assert_eq!(back_will(En, progress, 9), "stop 3 new, keep 9 old");
        assert_eq!(back_will(En, progress, 12), "start 3 old, stop 3 new");
    }

    #[test]
    fn continuing_says_what_it_overrules() {
        let failed = Outcome::CheckFailed {
            check: "errors".to_owned(),
            step: Some(2),
            background: false,
            failed: 3,
            measured: 3,
            detail: "14.2 > 5".to_owned(),
        };
        assert_eq!(continue_will(En, Some(&failed)), "overrules the check errors");
        assert_eq!(continue_will(En, None), "go on where it stopped");
    }
}
