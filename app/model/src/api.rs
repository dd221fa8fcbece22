//! Bodies and queries of the HTTP API. Forms, server functions and REST take the same types.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::AppStatus;
use crate::check::{Check, CheckRun};
use crate::definition::{ArtifactReference, OnTimeout};
use crate::deployment::{ActorKind, Deployment, DeploymentKind, DeploymentState};
use crate::diff::Change;
use crate::duration::Span;
use crate::environment::{Enforcement, EngineSettings, NodeResources, ReleaseRules};
use crate::id::{
    AppKey, AppName, DeploymentId, EnvironmentName, InstanceId, ProjectName, RegistryName, RevisionNumber,
    TokenId, UserId,
};
use crate::log::LogLink;
use crate::metric::SourceSettings;
use crate::permission::Role;
use crate::problem::FieldError;
use crate::rollout::{Approval, SkipReason};
use crate::time::Timestamp;
use crate::window::Closed;

/// Largest page of a list.
pub const LIMIT_MAX: u32 = 500;
pub const LIMIT_DEFAULT: u32 = 100;

/// One page of a list; `next` is an opaque cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct PageQuery {
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct AppsQuery {
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    #[serde(default)]
    pub project: Option<ProjectName>,
    #[serde(default)]
    pub status: Option<AppStatus>,
    /// Only apps that need a person: delayed, waiting, degraded, unknown.
    #[serde(default)]
    pub attention: bool,
    /// Part of the name, project or version, ignoring case.
    #[serde(default)]
    pub q: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

/// How many apps there are, by what the filters of the list offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppCounts {
    pub all: u32,
    pub attention: u32,
    pub by_status: std::collections::BTreeMap<String, u32>,
    pub projects: Vec<ProjectName>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApp {
    pub name: String,
    pub definition: Value,
    #[serde(default)]
    pub reason: String,
    /// An administrator's, with a reason: create although the environment is closed.
    #[serde(default)]
    pub override_window: bool,
    /// With a reason: create although the release is marked as bad.
    #[serde(default)]
    pub override_release: bool,
}

/// Either a whole `definition` or a new `image` / `artifact` alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateApp {
    #[serde(default)]
    pub definition: Option<Value>,
    #[serde(default)]
    pub image: Option<String>,
    #[serde(default)]
    pub artifact: Option<String>,
    /// For a plan alone: what going back to this revision would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionNumber>,
    #[serde(default)]
    pub reason: String,
    /// Supersede a running deployment.
    #[serde(default, rename = "override")]
    pub override_active: bool,
    /// An administrator's, with a reason: update although the environment is closed.
    #[serde(default)]
    pub override_window: bool,
    /// With a reason: update although the release is marked as bad or the app is pinned to another.
    #[serde(default)]
    pub override_release: bool,
    /// Refuse with 412 unless the app is still at this revision.
    #[serde(default)]
    pub if_revision: Option<RevisionNumber>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Scale {
    #[serde(default)]
    pub instances: Option<u32>,
    /// Change against the present wanted count.
    #[serde(default)]
    pub by: Option<i64>,
    #[serde(default)]
    pub reason: String,
    #[serde(default, rename = "override")]
    pub override_active: bool,
}

/// Body of suspend, resume, destroy and of the buttons of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reasoned {
    #[serde(default)]
    pub reason: String,
    /// For a word to a deployment: the step it is meant for, from 1. Refused with 409 when it is at another by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    #[serde(default, rename = "override")]
    pub override_active: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Restart {
    #[serde(default)]
    pub reason: String,
    #[serde(default, rename = "override")]
    pub override_active: bool,
    /// An administrator's, with a reason: restart although the environment is closed.
    #[serde(default)]
    pub override_window: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    pub revision: RevisionNumber,
    #[serde(default)]
    pub reason: String,
    #[serde(default, rename = "override")]
    pub override_active: bool,
    /// With a reason: go back although the release is marked as bad or the app is pinned to another.
    #[serde(default)]
    pub override_release: bool,
}

/// Answer to every change of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// `None` when nothing had to change.
    pub deployment: Option<Deployment>,
}

/// What an update would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    pub kind: DeploymentKind,
    /// Empty when only the count changes, or nothing.
    pub changes: Vec<Change>,
    /// The revision it would make, or `None` when the definition stays the same.
    pub new_revision: Option<RevisionNumber>,
    pub from_instances: u32,
    pub to_instances: u32,
    pub steps: Vec<PlanStep>,
    /// Why the steps of the strategy are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<SkipReason>,
    pub capacity: Capacity,
    /// The definition with all defaults filled, as it would be stored, with `instances`.
    pub definition: Value,
    /// What the engine cannot honour; the change would be refused.
    pub errors: Vec<FieldError>,
    /// What is to be known before it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<PlanWarning>,
    /// What keeps this change out now; an administrator may override it.
    #[serde(default)]
    pub closed: Option<Closed>,
}

/// What is to be known of an image before it is brought out, for translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum PlanWarning {
    /// The tag of `image` stands for `digest` now; what `image` says by its own digest is what runs.
    TagMoved { image: String, digest: String },
    /// The registry does not have it any more: it starts only where a node still has it.
    DigestGone { image: String, registry: RegistryName },
    /// The registry does not answer. With `known_since` the digest is the one that was known then; without, nobody knows
    /// whether the registry still has it.
    RegistryAway {
        registry: RegistryName,
        image: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known_since: Option<Timestamp>,
    },
}

/// One line of "what will happen", for translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PlanStep {
    /// Start `count`, to be healthy before the next step; `total` new ones then run.
    Start {
        count: u32,
        total: u32,
    },
    /// Stop `count` old ones; `left` old ones then run.
    Stop {
        count: u32,
        left: u32,
    },
    /// The two steps before it, `times` more.
    Repeat {
        times: u32,
    },
    /// Watch what runs and ask these checks.
    Verify {
        time: Span,
        checks: Vec<String>,
    },
    /// Wait for people.
    Approve {
        approvers: u32,
        role: Role,
        timeout: Span,
        on_timeout: OnTimeout,
    },
    Wait {
        time: Span,
    },
    /// The new instances are those that count; the old ones stay for `keep_old`.
    Switch {
        keep_old: Span,
    },
    Nothing,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capacity {
    /// Highest use at one moment of the change, above what the app uses now.
    pub needed: NodeResources,
    pub free: NodeResources,
    pub fits: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct DeploymentsQuery {
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    #[serde(default)]
    pub app: Option<String>,
    #[serde(default)]
    pub project: Option<ProjectName>,
    #[serde(default)]
    pub actor: Option<String>,
    #[serde(default)]
    pub state: Option<DeploymentState>,
    #[serde(default)]
    pub kind: Option<DeploymentKind>,
    #[serde(default)]
    pub from: Option<Timestamp>,
    #[serde(default)]
    pub to: Option<Timestamp>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

/// `GET /at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct AtQuery {
    /// The moment asked about.
    pub time: Timestamp,
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    #[serde(default)]
    pub project: Option<ProjectName>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

/// An app as it was at a moment, from the recorded history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppAt {
    pub environment: EnvironmentName,
    pub app: AppName,
    /// The project it belongs to now, or did last.
    pub project: ProjectName,
    /// `None` while its first deployment had not ended.
    pub revision: Option<RevisionNumber>,
    /// Image, artifact or command of that revision.
    pub version: Option<String>,
    pub image: Option<String>,
    /// How many were wanted.
    pub instances: u32,
    /// The deployment that had brought it there, and when that ended.
    pub deployment: Option<DeploymentId>,
    pub number: Option<u32>,
    pub since: Option<Timestamp>,
    /// What was under way at that moment.
    pub under_way: Option<UnderWay>,
}

/// A deployment that had begun and had not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnderWay {
    pub deployment: DeploymentId,
    pub number: u32,
    pub kind: DeploymentKind,
    pub to_revision: Option<RevisionNumber>,
    pub to_version: Option<String>,
    pub to_instances: Option<u32>,
    pub created_at: Timestamp,
}

/// `GET /dora`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct DoraQuery {
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    #[serde(default)]
    pub project: Option<ProjectName>,
    #[serde(default)]
    pub app: Option<String>,
    /// Length of the period, 1 to 90 days; 30 when absent.
    #[serde(default)]
    pub days: Option<u32>,
}

/// What speaks for and against a deployment, beside its measurements.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verification {
    /// The checks that are, or were, asked; none where the steps are skipped.
    pub checks: Vec<Check>,
    pub runs: Vec<CheckRun>,
    pub approvals: Vec<Approval>,
    /// Whether the environment counts the author's own approval.
    pub author_may_approve: bool,
    /// The caller asked for this deployment.
    pub own: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct MeasurementsQuery {
    /// Name of a check; absent: all.
    #[serde(default)]
    pub check: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub cursor: Option<String>,
}

/// How long a link to a gate lasts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApprovalLink {
    /// `1m` to `30d`; a day when absent.
    #[serde(default)]
    pub expires_in: Option<Span>,
}

/// A link by which a gate can be answered once, by somebody who signs in and may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApprovalLink {
    /// A path of this console: `/approve/...`.
    pub url: String,
    pub expires_at: Timestamp,
}

/// What an approval link is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkedGate {
    pub deployment: Deployment,
    /// 1-based.
    pub step: u32,
    pub expires_at: Timestamp,
}

/// A person's word to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentCommand {
    Pause,
    Resume,
    Continue,
    Abort,
    Approve,
    Reject,
    /// On to the next step.
    Skip,
    /// To the end, past every check, gate and wait.
    Promote,
    Rollback,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnvironmentInput {
    pub name: String,
    pub engine: EngineSettings,
    #[serde(default)]
    pub protected: bool,
    #[serde(default)]
    pub rules: ReleaseRules,
    /// Where its measurements are asked. Absent: where they were, and at first of the console's own store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<SourceSettings>,
    /// Where else its apps' logs are kept, as templates of addresses. Absent: as they were, and at first none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_links: Option<Vec<LogLink>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams, utoipa::ToSchema), into_params(parameter_in = Query))]
pub struct LogsQuery {
    #[serde(default)]
    pub instance: Option<InstanceId>,
    #[serde(default)]
    pub since: Option<Timestamp>,
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Plain text to find, ignoring case; `/.../` is a regular expression.
    #[serde(default)]
    pub grep: Option<String>,
    /// Newest lines to return, 1 to 5000.
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    Stdout,
    Stderr,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    pub time: Timestamp,
    pub instance: InstanceId,
    pub revision: RevisionNumber,
    pub stream: LogStream,
    /// One line without its end; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// The line was longer than the limit and the rest was dropped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    pub name: String,
    pub version: String,
    /// `sha256:<hex>` of the uploaded archive.
    pub digest: String,
    pub size: u64,
    pub created_at: Timestamp,
}

impl Artifact {
    pub fn reference(&self) -> ArtifactReference {
        ArtifactReference { name: self.name.clone(), version: self.version.clone() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    pub name: String,
    pub password: String,
    pub role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub role: Role,
    /// Owner's name.
    pub user: String,
    /// First characters, to recognise it by: `qd_Ab3d...`.
    pub hint: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    pub name: String,
    /// At most the creator's own role.
    pub role: Role,
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

/// The only answer that ever holds the token's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    pub token: Token,
    pub secret: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: i64,
    pub time: Timestamp,
    pub actor_kind: ActorKind,
    pub actor: String,
    /// `app.scale`, `token.create`, `session.create` ...
    pub action: String,
    /// What it was done to: `local/shop`, a user's name ...
    pub target: String,
    pub reason: String,
    /// What changed, without secrets.
    pub detail: Value,
}

/// Who is signed in, for the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Viewer {
    pub name: String,
    pub role: Role,
}

/// What the palette finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hit {
    App {
        key: AppKey,
        project: ProjectName,
        status: AppStatus,
        wanted: u32,
    },
    Deployment {
        id: DeploymentId,
        number: u32,
        key: AppKey,
        what: DeploymentKind,
        state: DeploymentState,
        /// The step it is at, and how many there are; 0 without steps.
        #[serde(default)]
        step: u32,
        #[serde(default)]
        steps: u32,
    },
}

/// Settings > About.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct About {
    pub version: String,
    pub database: String,
    pub data_dir: String,
    pub started_at: Timestamp,
    /// How the embedded engine keeps the CPU limit on this host; absent until it is known.
    pub cpu_limit: Option<Enforcement>,
    pub memory_limit: Option<Enforcement>,
}
