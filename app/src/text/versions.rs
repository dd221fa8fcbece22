//! Words of the app repository: versions, their marks, what apps follow or are held at, and promoting.

use model::auto_deploy::Rule;
use model::problem::ProblemCode;
use model::release::ReleaseSource;

use super::Locale::{self, En, Zh};

texts! {
    version: "Version", "版本";
    change: "Change", "更改";
    runs_in: "Runs in", "运行于";
    added: "Added", "添加于";
    runs_nowhere: "nowhere", "未运行";
    running_here: "Running here", "正在此运行";
    bad: "Bad", "有问题";
    held: "Pinned", "已固定";
    deploy: "Deploy", "部署";
    deploy_to: "Deploy to", "部署到";
    promote: "Promote", "晋升";
    more: "Details", "详情";
    less: "Close", "收起";
    build: "Build", "构建";
    reference: "Reference", "引用";
    digest: "Digest", "摘要";
    digest_unknown: "not known yet", "尚不知道";
    commit: "Commit", "提交";
    branch: "Branch", "分支";
    notes: "Notes", "说明";
    no_notes: "No notes.", "没有说明。";
    notes_hint: "What is new, and what to watch.", "有什么变化，需要注意什么。";
    save_notes: "Save notes", "保存说明";
    author: "By", "来自";
    mark_bad: "Mark as bad", "标记为有问题";
    mark_bad_hint: "It is not deployed again without an override and a reason, and nothing takes it by itself.", "此后若不越过并说明原因，就不能再部署，也不会被自动采用。";
    why_bad: "What is wrong with it", "有什么问题";
    mark_good: "Mark as good", "标记为正常";
    mark_good_hint: "It may be deployed again like any other.", "可以像其他版本一样再次部署。";
    hold: "Pin", "固定";
    hold_hint: "Any other version needs an override and a reason until the pin is taken away.", "取消固定之前，部署其他版本都需要越过并说明原因。";
    let_go: "Unpin", "取消固定";
    held_at: "Held at", "固定于";
    reason: "Reason", "原因";
    newest: "Newest", "最新";
    older: "Older", "更早";
    pages: "More versions", "更多版本";
    new_app: "New app", "新建应用";

    follows: "Follows", "跟随";
    follows_nothing: "Nothing: a new version waits until somebody deploys it.", "不跟随：新版本等待人工部署。";
    follow: "Follow", "跟随";
    follow_new: "Follow new versions", "跟随新版本";
    follow_change: "Change", "更改";
    unfollow: "Turn off", "关闭";
    follow_by: "What is followed", "跟随方式";
    by_range: "Version range", "版本范围";
    by_pattern: "Pattern of tags", "标签模式";
    by_branch: "Branch", "分支";
    rule: "Rule", "规则";
    rule_hint: "A range such as ^1.4 or >=2, <3; a pattern such as main-.* for the whole tag; or the branch that builds tell.", "范围如 ^1.4 或 >=2, <3；模式如 main-.*（匹配整个标签）；或构建所告知的分支。";
    follow_hint: "What it finds goes out by the app's own strategy and checks. What is bad is passed over.", "找到的版本按应用自己的策略和检查发布；有问题的版本会被跳过。";
    last_try: "Last try", "最近一次";
    no_try: "It has not found anything to bring out yet.", "尚未找到可发布的版本。";
    went_out: "became a deployment", "已成为部署";

    command_title: "This app has no versions", "此应用没有版本";
    command_hint: "It runs a command of its own. Name an image or an uploaded artifact in its definition, and every version of that appears here.", "它运行自己的命令。在定义中指定镜像或已上传的构建产物，其所有版本就会显示在此。";
    edit_definition: "Edit the definition", "编辑定义";
    none_title: "No version is known yet", "还没有已知版本";
    none_hint: "A version appears here once it is deployed, uploaded, or told of by a build with POST /api/v1/releases.", "部署、上传，或由构建通过 POST /api/v1/releases 告知后，版本就会显示在此。";

    promote_plan: "What promoting will do", "晋升将会做什么";
    to_environment: "To which environment", "目标环境";
    no_target_title: "There is only this environment", "只有这一个环境";
    no_target_hint: "Promoting brings what runs here to the same app in another environment.", "晋升会把此处运行的内容带到另一环境中的同名应用。";
    add_environment: "Add an environment", "添加环境";
    still_deploying: "A deployment is still running here. What it replaces counts until it has succeeded.", "此处仍有部署在进行。在它成功之前，以被取代的版本为准。";
}

/// How the console came to know it.
pub const fn source(locale: Locale, source: ReleaseSource) -> &'static str {
    match (locale, source) {
        (En, ReleaseSource::Registry) => "deployed",
        (Zh, ReleaseSource::Registry) => "经部署得知",
        (En, ReleaseSource::Ci) => "told by a build",
        (Zh, ReleaseSource::Ci) => "由构建告知",
        (En, ReleaseSource::Upload) => "uploaded",
        (Zh, ReleaseSource::Upload) => "已上传",
    }
}

/// "anna, told by a build".
pub fn told(locale: Locale, who: &str, from: ReleaseSource) -> String {
    match locale {
        En => format!("{who}, {}", source(locale, from)),
        Zh => format!("{who}，{}", source(locale, from)),
    }
}

/// What a button of a row does, beginning with the word that it shows.
pub fn of_version(word: &str, version: &str) -> String {
    format!("{word} {version}")
}

/// Who found it bad, and why.
pub fn why_it_is_bad(locale: Locale, who: &str, reason: &str) -> String {
    match locale {
        En => format!("Bad, says {who}: {reason}"),
        Zh => format!("{who} 标记为有问题：{reason}"),
    }
}

pub fn hold_at(locale: Locale, app: &str, version: &str) -> String {
    match locale {
        En => format!("Pin {app} to {version}"),
        Zh => format!("将 {app} 固定在 {version}"),
    }
}

pub fn who(locale: Locale, name: &str) -> String {
    match locale {
        En => format!("by {name}"),
        Zh => format!("由 {name}"),
    }
}

/// The versions of what, above the list.
pub fn versions_of(locale: Locale, repository: &str) -> String {
    match locale {
        En => format!("Versions of {repository}"),
        Zh => format!("{repository} 的版本"),
    }
}

/// What a rule takes, without a full stop.
pub fn rule_takes(locale: Locale, rule: &Rule) -> &'static str {
    match (locale, rule) {
        (En, Rule::Semver { .. }) => "the highest version in the range",
        (Zh, Rule::Semver { .. }) => "此范围内的最高版本",
        (En, Rule::Regex { .. }) => "the newest tag of the pattern",
        (Zh, Rule::Regex { .. }) => "符合此模式的最新标签",
        (En, Rule::Branch { .. }) => "the newest version of the branch",
        (Zh, Rule::Branch { .. }) => "此分支的最新版本",
    }
}

pub fn refused(locale: Locale, why: &str) -> String {
    match locale {
        En => format!("refused: {why}"),
        Zh => format!("被拒绝：{why}"),
    }
}

/// The tick that goes past the mark or the pin which was in the way.
pub const fn override_tick(locale: Locale, code: ProblemCode) -> &'static str {
    match (locale, code) {
        (En, ProblemCode::ReleaseBad) => {
            "Override: deploy although it is marked as bad. The reason is required and goes into the audit log."
        }
        (Zh, ProblemCode::ReleaseBad) => "越过标记：虽有问题仍然部署。必须填写原因，并记入审计日志。",
        (En, ProblemCode::Pinned) => {
            "Override: deploy although the app is pinned to another version. The reason is required and goes into the audit log."
        }
        (Zh, ProblemCode::Pinned) => {
            "越过固定：应用虽固定在另一版本，仍然部署。必须填写原因，并记入审计日志。"
        }
        (En, _) => {
            "Override: deploy although it is marked as bad or the app is pinned. The reason is required and goes into the audit log."
        }
        (Zh, _) => "越过：虽有问题标记或应用已固定，仍然部署。必须填写原因，并记入审计日志。",
    }
}

/// A version by its label, or the revision of a bare command.
pub fn revision(locale: Locale, number: u32) -> String {
    match locale {
        En => format!("revision {number}"),
        Zh => format!("修订 {number}"),
    }
}

pub fn promote_app(locale: Locale, app: &str) -> String {
    match locale {
        En => format!("Promote {app}"),
        Zh => format!("晋升 {app}"),
    }
}

/// What the button will do.
pub fn promote_will(locale: Locale, version: &str, to: &str) -> String {
    match locale {
        En => format!("Promote {version} to {to}"),
        Zh => format!("将 {version} 晋升到 {to}"),
    }
}

/// What is out where it comes from.
pub fn out_here(locale: Locale, environment: &str, version: &str) -> String {
    match locale {
        En => format!("{version} is what holds in {environment}"),
        Zh => format!("{environment} 中当前为 {version}"),
    }
}

pub fn replaces(locale: Locale, to: &str, version: &str) -> String {
    match locale {
        En => format!("{to} runs {version} now; everything else of its definition stays as it is there."),
        Zh => format!("{to} 现在运行 {version}；其定义的其余部分保持不变。"),
    }
}

pub fn creates(locale: Locale, app: &str, to: &str) -> String {
    match locale {
        En => format!("There is no {app} in {to} yet: it is created there by the same definition."),
        Zh => format!("{to} 中还没有 {app}：将以相同的定义创建。"),
    }
}

pub fn same(locale: Locale, to: &str, version: &str) -> String {
    match locale {
        En => format!("{to} already runs {version}: the same content."),
        Zh => format!("{to} 已在运行 {version}：内容相同。"),
    }
}
