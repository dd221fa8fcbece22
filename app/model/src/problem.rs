//! The one error that crosses the wire: RFC 9457 `application/problem+json`.
//!
//! `code` and `params` are what the interface translates; `title` and `detail` are the same in English for people at a
//! terminal. Internal causes never enter a [`Problem`]: they are logged where they happen, with the request id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What went wrong, by what the caller can do about it. Each maps to one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 400: not JSON, wrong type, bad cursor.
    Malformed,
    /// 401: no or unknown credentials.
    Unauthenticated,
    /// 401: wrong name or password.
    WrongCredentials,
    /// 403: the actor's role does not allow it. `params.role` says which role would.
    Forbidden,
    /// 404. `params.what`, `params.name`.
    NotFound,
    /// 409: the name is taken. `params.what`, `params.name`.
    AlreadyExists,
    /// 409: another deployment of this app runs. `params.deployment`.
    DeploymentActive,
    /// 409: the state does not allow it; `params.state` and `params.action`.
    WrongState,
    /// 409: the same idempotency key with another body.
    IdempotencyMismatch,
    /// 409: the environment still has apps.
    EnvironmentInUse,
    /// 404: a link that this console did not sign.
    LinkForged,
    /// 410: `params.expires_at`.
    LinkExpired,
    /// 410: a link works once.
    LinkUsed,
    /// 409: the environment takes no new versions now. `params.environment`, `params.freeze` or `params.time_zone`, and
    /// `params.until`.
    WindowClosed,
    /// 409: marked as bad. `params.release`, `params.by`, `params.reason`.
    ReleaseBad,
    /// 409: the app is held at another version. `params.release`, `params.by`.
    Pinned,
    /// 412: the app changed since the caller read it. `params.revision`.
    Stale,
    /// 413: body over the limit. `params.limit`.
    TooLarge,
    /// 422: `errors` names every invalid field.
    Invalid,
    /// 429: `params.retry_after` seconds.
    RateLimited,
    /// 503: the engine does not answer. `params.environment`.
    EngineUnreachable,
    /// 503: the registry does not answer as it should. `params.registry`, `params.trouble`.
    RegistryUnreachable,
    /// 503: the source of measurements does not answer as it should. `params.reason`.
    MetricsUnavailable,
    /// 503: the database does not answer, is locked or is full.
    StoreUnavailable,
    /// 507: no space left on the disk.
    DiskFull,
    /// 500.
    Internal,
}

impl ProblemCode {
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated | Self::WrongCredentials => 401,
            Self::Forbidden => 403,
            Self::NotFound | Self::LinkForged => 404,
            Self::AlreadyExists
            | Self::DeploymentActive
            | Self::WrongState
            | Self::IdempotencyMismatch
            | Self::EnvironmentInUse
            | Self::ReleaseBad
            | Self::Pinned
            | Self::WindowClosed => 409,
            Self::LinkExpired | Self::LinkUsed => 410,
            Self::Stale => 412,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::RateLimited => 429,
            Self::EngineUnreachable
            | Self::RegistryUnreachable
            | Self::MetricsUnavailable
            | Self::StoreUnavailable => 503,
            Self::DiskFull => 507,
            Self::Internal => 500,
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be read",
            Self::Unauthenticated => "Sign in first",
            Self::WrongCredentials => "Name or password is wrong",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::AlreadyExists => "The name is taken",
            Self::DeploymentActive => "Another deployment is running",
            Self::WrongState => "Not possible in this state",
            Self::IdempotencyMismatch => "The idempotency key was used for another request",
            Self::EnvironmentInUse => "The environment still has apps",
            Self::LinkForged => "This link is not ours",
            Self::LinkExpired => "This link has ended",
            Self::LinkUsed => "This link was used",
            Self::WindowClosed => "The environment is closed for new versions",
            Self::ReleaseBad => "This release is marked as bad",
            Self::Pinned => "The app is pinned to another version",
            Self::Stale => "The app has changed in the meantime",
            Self::TooLarge => "The request is too large",
            Self::Invalid => "Some fields are invalid",
            Self::RateLimited => "Too many attempts",
            Self::EngineUnreachable => "The engine does not answer",
            Self::RegistryUnreachable => "The registry does not answer",
            Self::MetricsUnavailable => "The measurements cannot be read",
            Self::StoreUnavailable => "The database does not answer",
            Self::DiskFull => "The disk is full",
            Self::Internal => "Something went wrong in the console",
        }
    }
}

/// The error of every service, handler and server function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{title}: {detail}")]
pub struct Problem {
    /// `urn:quarterdeck:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: ProblemCode,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let name =
            serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        Self {
            kind: format!("urn:quarterdeck:problem:{name}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code,
            params: BTreeMap::new(),
            errors: Vec::new(),
            request_id: None,
        }
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.params.insert(key.to_owned(), value.to_string());
        self
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors
            .iter()
            .map(|e| if e.path.is_empty() { e.message.clone() } else { format!("{} {}", e.path, e.message) })
            .collect::<Vec<_>>()
            .join("; ");
        Self { errors, ..Self::new(ProblemCode::Invalid, detail) }
    }

    pub fn not_found(what: &str, name: impl ToString) -> Self {
        let name = name.to_string();
        Self::new(ProblemCode::NotFound, format!("There is no {what} {name}."))
            .with("what", what)
            .with("name", name)
    }

    pub fn internal() -> Self {
        Self::new(ProblemCode::Internal, "The cause is in the console's log under this request id.")
    }
}

/// One invalid field: JSON pointer, sentence, and the same as code and parameters for translation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the definition or body: `/resources/memory_mb`.
    pub path: String,
    /// English sentence without the field's name: "must be between 4 and 16777216".
    pub message: String,
    #[serde(flatten)]
    pub fault: Fault,
}

impl FieldError {
    pub fn new(path: impl Into<String>, fault: Fault) -> Self {
        Self { path: path.into(), message: fault.to_string(), fault }
    }
}

/// Names as placeholders are written.
pub fn braced(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("{{{{{name}}}}}")).collect()
}

/// What is wrong with a field. The display text is the English message; `app/src/text` has the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Fault {
    #[error("is required")]
    Required,
    #[error("is not a known field{}", .similar.as_ref().map(|s| format!("; did you mean {s}?")).unwrap_or_default())]
    Unknown { similar: Option<String> },
    #[error("must be {expected}")]
    WrongType { expected: JsonKind },
    #[error("must be between {min} and {max}")]
    OutOfRange { min: f64, max: f64 },
    #[error("must be at most {max} characters long")]
    TooLong { max: usize },
    #[error("must have at most {max} entries")]
    TooMany { max: usize },
    #[error(
        "may hold only lower-case letters, digits and hyphens, must start and end with a letter or digit, and be 1 to 63 long"
    )]
    NotDnsLabel,
    #[error(
        "may hold only lower-case letters, digits, dots, underscores and hyphens, must start and end with a letter or digit, and be 1 to 63 long"
    )]
    NotUserName,
    #[error("must be a duration such as 10s, 5m or 1h30m")]
    NotDuration,
    #[error("must be a time of day such as 09:00")]
    NotClockTime,
    #[error("must be a time zone such as Europe/Berlin or UTC")]
    NotTimeZone,
    #[error("must be a cron expression such as 0 9 * * mon-fri{}", if .reason.is_empty() { String::new() } else { format!(": {reason}") })]
    NotCron { reason: String },
    #[error("is a time that never comes")]
    NeverComes,
    #[error("must be a date and time without an offset, such as 2026-11-27T18:00")]
    NotLocalTime,
    #[error("must be a date and time")]
    NotMoment,
    #[error("must be tests of fields such as level=error status>=500, with blanks between")]
    NotFieldTest,
    #[error("must be after the beginning")]
    EndsBeforeBegin,
    #[error("must be a time between {min} and {max}")]
    DurationOutOfRange { min: String, max: String },
    #[error("must be a number or a percentage such as \"25%\"")]
    NotAmount,
    #[error("must be one of {}", .allowed.join(", "))]
    NotOneOf { allowed: Vec<String> },
    #[error("is used twice: {value}")]
    Duplicate { value: String },
    #[error("must be a path that starts with a slash")]
    NotAbsolute,
    #[error("must be a variable name: letters, digits and underscores, not starting with a digit")]
    NotVariableName,
    #[error("is reserved: the console sets {name} itself")]
    Reserved { name: String },
    #[error("must not contain a zero byte or a line break")]
    ControlCharacter,
    #[error("must not contain a zero byte")]
    ZeroByte,
    #[error("must not be empty")]
    Empty,
    #[error("must not contain .. : write the path without it")]
    ParentPath,
    #[error("must be 1 to 63 letters, digits or . _ - / and start and end with a letter or digit")]
    NotLabelKey,
    #[error("must be node.name or node.labels.<key>")]
    NotAttribute,
    #[error(
        "is asked in verify steps, and this strategy has none: use staged or blue_green with one, or set background to true"
    )]
    NeedsVerifyStep,
    #[error("must be a step: exactly one of set, verify, approve, wait")]
    NotStep,
    #[error("needs at least one step that sets a count")]
    NoSetStep,
    #[error("must be at least 1 or 1%")]
    StepOfNone,
    #[error("must not be less than in the step before")]
    StepShrinks,
    #[error("comes before any new instance runs: set a count first")]
    NothingToVerify,
    #[error("says nothing that could fail: give at least one of {}", .one_of.join(", "))]
    NoCondition { one_of: Vec<String> },
    #[error("cannot stand beside {other}: give one of the two")]
    Both { other: String },
    #[error("must be a header name: letters, digits and hyphens")]
    NotHeaderName,
    #[error("must be a JSON pointer such as /status/0 or empty for the whole body")]
    NotPointer,
    #[error("knows no {{{{{name}}}}}{}", if .known.is_empty() { String::new() } else { format!("; there are {}", braced(.known).join(", ")) })]
    UnknownPlaceholder { name: String, known: Vec<String> },
    #[error("needs a target of the kind query to reach 0 instances: nothing is measured where nothing runs")]
    ZeroNeedsQuery,
    #[error(
        "must be a label: letters, digits and underscores, not starting with a digit or with two underscores"
    )]
    NotLabelName,
    #[error("must hold {{{{revision}}}}, or old and new would be the same")]
    NeedsRevision,
    #[error("is not a regular expression: {reason} (character {position})")]
    NotPattern { reason: String, position: usize },
    #[error("is not a query: {reason}{}", .position.map(|p| format!(" (character {p})")).unwrap_or_default())]
    NotQuery { reason: String, position: Option<usize> },
    #[error("must be an image such as registry.example:5000/shop/api:1.4.2")]
    NotImage,
    #[error("names no version: add a tag or a digest")]
    NoTag,
    #[error("must be a web address that begins with https:// or http://")]
    NotWebAddress,
    #[error("must be a range of versions such as ^1.4 or >=2, <3")]
    NotRange,
    #[error("must be the address of a registry such as https://registry.example:5000, without a path")]
    NotRegistryAddress,
    #[error("must begin with https://; plain http:// to another host must be allowed by insecure")]
    InsecureAddress,
    #[error("must be a host with or without a port, such as registry.example:5000")]
    NotRegistryHost,
    #[error("must be a repository such as shop/api")]
    NotRepository,
    #[error("must hold certificates in PEM form, which begin with -----BEGIN CERTIFICATE-----")]
    NotCertificate,
    #[error("is needed again, as the address is another one")]
    NeededAgain,
    #[error("there is no tag {tag} in {repository}{}", if .nearest.is_empty() { String::new() } else { format!("; there are {}", .nearest.join(", ")) })]
    NoSuchTag { tag: String, repository: String, nearest: Vec<String> },
    #[error("there is no image {digest} in {repository}")]
    NoSuchDigest { digest: String, repository: String },
    #[error("there is no repository {repository} in {registry}")]
    NoSuchRepository { repository: String, registry: String },
    #[error("must be an uploaded artifact, written name/version")]
    NotArtifact,
    #[error("there is no port named {name}; this app has: {}", if .available.is_empty() { "none".to_owned() } else { .available.join(", ") })]
    NoSuchPort { name: String, available: Vec<String> },
    #[error("needs a port: declare one in ports")]
    NeedsPort,
    #[error("say what runs: exactly one of image, artifact, or a command alone")]
    NothingRuns,
    #[error("cannot stand beside {other}: exactly one of image, artifact, or a command alone says what runs")]
    Exclusive { other: String },
    #[error("max_surge and max_unavailable must not both be 0: nothing could ever be replaced")]
    NoRoomToMove,
    #[error(
        "a fixed host port allows one instance at a time: use host_port 0, or strategy recreate with 1 instance"
    )]
    FixedPortShared,
    #[error("the {engine} engine of this environment cannot do this; {instead}")]
    Unsupported { engine: String, feature: Feature, instead: String },
    #[error("there is no artifact {name}; upload it first with PUT /api/v1/artifacts/{name}")]
    NoSuchArtifact { name: String },
    /// An upload that cannot be used; `reason` names the entry or the damage.
    #[error("{reason}")]
    BadArchive { reason: String },
    #[error(
        "must be unix:///path, tcp://host:port or ssh://user@host, without a password; a port for ssh goes into ~/.ssh/config"
    )]
    NotEndpoint,
    #[error("goes with tcp:// only")]
    TlsWithoutTcp,
    #[error("there is no readable file {file} on the console's host")]
    NoSuchFile { file: String },
    #[error("must be a host name or an address")]
    NotHost,
    #[error("must be a mail address such as ops@example.com")]
    NotMailAddress,
    #[error("is not the present password")]
    WrongPassword,
    #[error("there is no {what} named {name}")]
    NoSuch { what: String, name: String },
    #[error("the definition is larger than {max} bytes")]
    JsonTooLarge { max: usize },
    #[error("is not JSON: {reason} (line {line}, column {column})")]
    NotJson { reason: String, line: usize, column: usize },
    #[error("is too short: at least {min} characters")]
    TooShort { min: usize },
    #[error("{reason}")]
    Other { reason: String },
}

/// What an engine may be unable to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Image,
    Artifact,
    /// A command without image or artifact.
    Command,
    NetworkMode,
    UdpPort,
    Secret,
    ConfigSet,
    Volume,
    Constraint,
}

/// The JSON type a field wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JsonKind {
    #[error("text")]
    Text,
    #[error("a whole number")]
    Integer,
    #[error("a number")]
    Number,
    #[error("true or false")]
    Boolean,
    #[error("a list")]
    List,
    #[error("an object")]
    Object,
    #[error("text or a list of texts")]
    Command,
}
