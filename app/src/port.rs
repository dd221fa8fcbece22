//! What the pages, the server functions and the REST handlers ask the console for.
//!
//! The server implements these traits with its services and hands them in by context as [`Ports`]. Every call takes the
//! caller and asks for its permission; nothing here speaks HTTP, SQL or an engine's language. Pages never wait for an
//! engine: what is observed comes from memory.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::alert::{AlertRecord, Alerts, HistoryQuery, KnownRule, KnownSilence, LiveAlert, RuleTest};
use model::api::{
    About, Accepted, AppAt, AppCounts, ApprovalLink, AppsQuery, Artifact, AtQuery, AuditEntry, CreateApp,
    CreateToken, CreateUser, CreatedToken, DeploymentCommand, DeploymentsQuery, DoraQuery, EnvironmentInput,
    Hit, LinkedGate, LogLine, LogsQuery, MeasurementsQuery, NewApprovalLink, Page, PageQuery, Plan, Reasoned,
    Restart, Rollback, Scale, Token, UpdateApp, User, Verification,
};
use model::app::{App, AppSummary};
use model::auto_deploy::{AutoDeploy, Rule};
use model::channel::{Channel, ChannelInput, ChannelTest, Delivery};
use model::check::Measurement;
use model::deployment::{Deployment, DeploymentEvent};
use model::diff::Change;
use model::dora::Dora;
use model::environment::{Environment, Node};
use model::id::{
    AlertId, AppKey, ChannelName, DeploymentId, EnvironmentName, InstanceId, ProjectName, RegistryName,
    ReleaseId, RevisionNumber, SilenceId, TokenId, UserId,
};
use model::instance::Instance;
use model::log::{KeptLine, LogContext, LogKeeping, LogPage, LogPosition, LogSearch};
use model::metric::{self, Intake, Labels, Panel, Range, ScrapeTarget, Series, SourceTest};
use model::permission::{Caller, Role};
use model::problem::Problem;
use model::registry::{
    CreatedRegistry, KnownTag, NamesQuery, Registry, RegistryInput, RegistryTest, Repository, Resolution,
    Suggestion,
};
use model::release::{
    KnownRepository, NewPin, NewRelease, Notes, Pin, Place, Promote, Promotion, Release, ReleaseKind,
    ReleasesQuery, RepositoriesQuery,
};
use model::revision::Revision;
use model::scaling::{
    Autoscaler, Calendar, DecisionEntry, Rehearsal, RunningSurge, ScalingStatus, Surge, SurgePlan,
};
use model::schedule::Occurrence;
use model::template::Template;
use model::time::Timestamp;
use model::workload::{Adopt, Adoption, AdoptionPlan, KnownWorkloads, Workload};
use serde_json::Value;

pub type Answer<T> = Result<T, Problem>;

/// All ports, put into the Leptos context of every request.
#[derive(Clone)]
pub struct Ports {
    pub apps: Arc<dyn Apps>,
    pub logs: Arc<dyn Logs>,
    pub deployments: Arc<dyn Deployments>,
    pub releases: Arc<dyn Releases>,
    pub environments: Arc<dyn Environments>,
    pub workloads: Arc<dyn Workloads>,
    pub registries: Arc<dyn Registries>,
    pub channels: Arc<dyn Channels>,
    pub scaling: Arc<dyn Scaling>,
    pub panels: Arc<dyn Panels>,
    pub alerts: Arc<dyn Alerting>,
    pub metrics: Arc<dyn Metrics>,
    pub accounts: Arc<dyn Accounts>,
    pub site: Arc<dyn Site>,
}

#[async_trait]
pub trait Apps: Send + Sync {
    async fn list(&self, caller: &Caller, query: &AppsQuery) -> Answer<Page<AppSummary>>;
    async fn counts(&self, caller: &Caller, environment: Option<&EnvironmentName>) -> Answer<AppCounts>;
    async fn get(&self, caller: &Caller, key: &AppKey) -> Answer<App>;
    async fn create(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        input: CreateApp,
    ) -> Answer<(App, Deployment)>;
    async fn update(&self, caller: &Caller, key: &AppKey, input: UpdateApp) -> Answer<Accepted>;
    /// What [`Apps::update`] would do; for a name that does not exist yet, what [`Apps::create`] would do.
    async fn plan(&self, caller: &Caller, key: &AppKey, input: UpdateApp) -> Answer<Plan>;
    async fn scale(&self, caller: &Caller, key: &AppKey, input: Scale) -> Answer<Accepted>;
    async fn restart(&self, caller: &Caller, key: &AppKey, input: Restart) -> Answer<Accepted>;
    async fn suspend(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<Accepted>;
    async fn resume(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<Accepted>;
    async fn rollback(&self, caller: &Caller, key: &AppKey, input: Rollback) -> Answer<Accepted>;
    /// Brings what is out here to the app of the same name in another environment, which is made where there is none.
    async fn promote(&self, caller: &Caller, key: &AppKey, input: Promote) -> Answer<Accepted>;
    /// What [`Apps::promote`] would do.
    async fn plan_promotion(&self, caller: &Caller, key: &AppKey, to: &EnvironmentName) -> Answer<Promotion>;
    async fn destroy(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<Accepted>;
    /// Ends the waiting of a crash-looping app.
    async fn reset_delay(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<()>;
    async fn revisions(&self, caller: &Caller, key: &AppKey, page: &PageQuery) -> Answer<Page<Revision>>;
    async fn revision(&self, caller: &Caller, key: &AppKey, number: RevisionNumber) -> Answer<Revision>;
    async fn diff(
        &self,
        caller: &Caller,
        key: &AppKey,
        from: RevisionNumber,
        to: RevisionNumber,
    ) -> Answer<Vec<Change>>;
    async fn instances(&self, caller: &Caller, key: &AppKey, page: &PageQuery) -> Answer<Page<Instance>>;
    async fn stop_instance(
        &self,
        caller: &Caller,
        key: &AppKey,
        id: &InstanceId,
        input: Reasoned,
    ) -> Answer<()>;
    /// Newest lines, oldest first.
    async fn logs(&self, caller: &Caller, key: &AppKey, query: &LogsQuery) -> Answer<Vec<LogLine>>;
    async fn follow_logs(
        &self,
        caller: &Caller,
        key: &AppKey,
        query: &LogsQuery,
    ) -> Answer<BoxStream<'static, Answer<LogLine>>>;
}

/// What is kept of the apps' logs.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Newest first; answers with what it has after some seconds, and says so.
    async fn search(&self, caller: &Caller, key: &AppKey, search: &LogSearch) -> Answer<LogPage>;
    /// Up to so many lines before and after one, 1 to 500; with `same` only those of its instance.
    async fn context(
        &self,
        caller: &Caller,
        key: &AppKey,
        at: LogPosition,
        lines: usize,
        same: bool,
    ) -> Answer<LogContext>;
    /// All lines that match, oldest first.
    async fn download(
        &self,
        caller: &Caller,
        key: &AppKey,
        search: &LogSearch,
    ) -> Answer<BoxStream<'static, Answer<KeptLine>>>;
    async fn keeping(&self, caller: &Caller, key: &AppKey) -> Answer<LogKeeping>;
}

/// The app repository.
#[async_trait]
pub trait Releases: Send + Sync {
    /// Newest first.
    async fn list(&self, caller: &Caller, query: &ReleasesQuery) -> Answer<Page<Release>>;
    async fn get(&self, caller: &Caller, id: ReleaseId) -> Answer<Release>;
    /// By name, each with its newest version.
    async fn repositories(&self, caller: &Caller, query: &RepositoriesQuery)
    -> Answer<Page<KnownRepository>>;
    /// The apps that are to run something of a repository.
    async fn apps_of(&self, caller: &Caller, kind: ReleaseKind, repository: &str) -> Answer<Vec<Place>>;
    /// Adds one, or tells more of one that is known; whether it is new.
    async fn create(&self, caller: &Caller, input: NewRelease) -> Answer<(Release, bool)>;
    async fn set_notes(&self, caller: &Caller, id: ReleaseId, input: Notes) -> Answer<Release>;
    /// Needs a reason.
    async fn mark_bad(&self, caller: &Caller, id: ReleaseId, input: Reasoned) -> Answer<Release>;
    async fn mark_good(&self, caller: &Caller, id: ReleaseId, input: Reasoned) -> Answer<Release>;
    /// The version that an app is held at.
    async fn held(&self, caller: &Caller, key: &AppKey) -> Answer<Option<Pin>>;
    async fn hold(&self, caller: &Caller, key: &AppKey, input: NewPin) -> Answer<Pin>;
    async fn let_go(&self, caller: &Caller, key: &AppKey, input: Reasoned) -> Answer<()>;
    /// What an app follows.
    async fn auto_deploy(&self, caller: &Caller, key: &AppKey) -> Answer<Option<AutoDeploy>>;
    async fn follow(&self, caller: &Caller, key: &AppKey, rule: Rule) -> Answer<AutoDeploy>;
    async fn unfollow(&self, caller: &Caller, key: &AppKey) -> Answer<()>;
}

/// Charts that people add to an app's own.
#[async_trait]
pub trait Panels: Send + Sync {
    async fn get(&self, caller: &Caller, key: &AppKey) -> Answer<metric::Panels>;
    /// In place of those there are. PromQL is read, not asked.
    async fn set(&self, caller: &Caller, key: &AppKey, panels: Vec<Panel>) -> Answer<metric::Panels>;
}

/// Scaling without a person.
#[async_trait]
pub trait Scaling: Send + Sync {
    async fn status(&self, caller: &Caller, key: &AppKey) -> Answer<ScalingStatus>;
    async fn autoscaler(&self, caller: &Caller, key: &AppKey) -> Answer<Option<Autoscaler>>;
    async fn set_autoscaler(&self, caller: &Caller, key: &AppKey, policy: Value) -> Answer<Autoscaler>;
    async fn remove_autoscaler(&self, caller: &Caller, key: &AppKey) -> Answer<()>;
    /// What a policy would have done over the last day.
    async fn rehearse(&self, caller: &Caller, key: &AppKey, policy: Value) -> Answer<Rehearsal>;
    async fn calendar(&self, caller: &Caller, key: &AppKey) -> Answer<Calendar>;
    /// `{"schedules": [...]}`: all of them, in place of those there were.
    async fn set_calendar(&self, caller: &Caller, key: &AppKey, schedules: Value) -> Answer<Calendar>;
    /// Those that hold at any time between two moments.
    async fn occurrences(
        &self,
        caller: &Caller,
        key: &AppKey,
        from: Timestamp,
        to: Timestamp,
    ) -> Answer<Vec<Occurrence>>;
    /// Of the autoscaler, newest first.
    async fn decisions(&self, caller: &Caller, key: &AppKey, page: &PageQuery)
    -> Answer<Page<DecisionEntry>>;
    /// Of a project, those that are not over.
    async fn surges(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
    ) -> Answer<Vec<RunningSurge>>;
    /// What one would do; changes nothing.
    async fn plan_surge(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
        input: &Surge,
    ) -> Answer<SurgePlan>;
    /// Scales all apps of a project by a factor for a time.
    async fn begin_surge(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
        input: &Surge,
    ) -> Answer<SurgePlan>;
    /// Puts the counts back.
    async fn end_surge(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        project: &ProjectName,
        name: &str,
    ) -> Answer<()>;
}

/// Alerts, their silences and rules. All may be seen; whoever may change apps may take care of an alert and silence it;
/// rules are administration.
#[async_trait]
pub trait Alerting: Send + Sync {
    /// What fires, what is pending, and what was resolved lately.
    async fn now(&self, caller: &Caller) -> Answer<Alerts>;
    /// How many alerts fire that are not silenced.
    async fn count(&self, caller: &Caller) -> Answer<u32>;
    /// Alerts that fired, newest first.
    async fn history(&self, caller: &Caller, query: &HistoryQuery) -> Answer<Page<AlertRecord>>;
    /// Takes care of an alert that fires.
    async fn acknowledge(&self, caller: &Caller, id: AlertId) -> Answer<LiveAlert>;
    /// Those of every console first, then the others by name.
    async fn rules(&self, caller: &Caller) -> Answer<Vec<KnownRule>>;
    async fn rule(&self, caller: &Caller, name: &str) -> Answer<KnownRule>;
    async fn create_rule(&self, caller: &Caller, rule: &Value) -> Answer<KnownRule>;
    /// Another query, environment, severity or label resolves its alerts first.
    async fn set_rule(&self, caller: &Caller, name: &str, rule: &Value) -> Answer<KnownRule>;
    /// One that every console has is put back to what it was.
    async fn remove_rule(&self, caller: &Caller, name: &str) -> Answer<()>;
    /// What a rule would say now; changes nothing.
    async fn test_rule(&self, caller: &Caller, rule: &Value) -> Answer<RuleTest>;
    /// Those that hold, the one first that ends first.
    async fn silences(&self, caller: &Caller) -> Answer<Vec<KnownSilence>>;
    /// `{"labels": {...}, "for": "2h"}`, or `until` a moment.
    async fn silence(&self, caller: &Caller, silence: &Value) -> Answer<KnownSilence>;
    async fn end_silence(&self, caller: &Caller, id: SilenceId) -> Answer<()>;
}

#[async_trait]
pub trait Deployments: Send + Sync {
    /// Newest first.
    async fn list(&self, caller: &Caller, query: &DeploymentsQuery) -> Answer<Page<Deployment>>;
    async fn get(&self, caller: &Caller, id: DeploymentId) -> Answer<Deployment>;
    /// Every app as it was at a moment.
    async fn at(&self, caller: &Caller, query: &AtQuery) -> Answer<Page<AppAt>>;
    /// How well releasing goes.
    async fn dora(&self, caller: &Caller, query: &DoraQuery) -> Answer<Dora>;
    /// Oldest first.
    async fn events(
        &self,
        caller: &Caller,
        id: DeploymentId,
        page: &PageQuery,
    ) -> Answer<Page<DeploymentEvent>>;
    /// The checks it is asked, what they add up to, and who approved.
    async fn verification(&self, caller: &Caller, id: DeploymentId) -> Answer<Verification>;
    /// Answers to its checks, oldest first.
    async fn measurements(
        &self,
        caller: &Caller,
        id: DeploymentId,
        query: &MeasurementsQuery,
    ) -> Answer<Page<Measurement>>;
    /// Field diff of the two revisions it goes between; empty where only the count changes.
    async fn changes(&self, caller: &Caller, id: DeploymentId) -> Answer<Vec<Change>>;
    /// Field diff of the target definitions of two deployments, of any apps.
    async fn compare(&self, caller: &Caller, a: DeploymentId, b: DeploymentId) -> Answer<Vec<Change>>;
    async fn command(
        &self,
        caller: &Caller,
        id: DeploymentId,
        command: DeploymentCommand,
        input: Reasoned,
    ) -> Answer<Deployment>;
    /// A link by which the gate it waits at can be answered once, by somebody who may.
    async fn approval_link(
        &self,
        caller: &Caller,
        id: DeploymentId,
        input: NewApprovalLink,
    ) -> Answer<ApprovalLink>;
    /// What a link is for, while it can be used.
    async fn linked(&self, caller: &Caller, token: &str) -> Answer<LinkedGate>;
    /// Says yes or no by a link, which ends with it.
    async fn answer_link(
        &self,
        caller: &Caller,
        token: &str,
        yes: bool,
        input: Reasoned,
    ) -> Answer<Deployment>;
}

#[async_trait]
pub trait Environments: Send + Sync {
    async fn list(&self, caller: &Caller) -> Answer<Vec<Environment>>;
    async fn get(&self, caller: &Caller, name: &EnvironmentName) -> Answer<Environment>;
    async fn create(&self, caller: &Caller, input: EnvironmentInput) -> Answer<Environment>;
    async fn update(
        &self,
        caller: &Caller,
        name: &EnvironmentName,
        input: EnvironmentInput,
    ) -> Answer<Environment>;
    async fn delete(&self, caller: &Caller, name: &EnvironmentName) -> Answer<()>;
    /// Asks the source of its measurements now. That it does not answer is an answer, not an error.
    async fn test_metrics(&self, caller: &Caller, name: &EnvironmentName) -> Answer<SourceTest>;
    /// From memory, at most some seconds old.
    async fn nodes(&self, caller: &Caller, name: &EnvironmentName) -> Answer<Vec<Node>>;
    async fn drain(&self, caller: &Caller, name: &EnvironmentName, node: &str, active: bool) -> Answer<()>;
    async fn artifacts(&self, caller: &Caller, page: &PageQuery) -> Answer<Page<Artifact>>;
}

/// What runs in an environment and belongs to no console. Needs the permission to change apps: the variables of what
/// others run were not given to this console.
#[async_trait]
pub trait Workloads: Send + Sync {
    /// By name; asked of the engine.
    async fn list(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<Vec<Workload>>;
    /// By name, as last seen; has them read anew in the background where that was some time ago. `None`: never seen yet.
    async fn known(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<Option<KnownWorkloads>>;
    /// Asked of the engine.
    async fn get(&self, caller: &Caller, environment: &EnvironmentName, id: &str) -> Answer<Workload>;
    /// What [`Workloads::adopt`] would do.
    async fn plan(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        id: &str,
        input: Adopt,
    ) -> Answer<AdoptionPlan>;
    /// Creates an app that takes its place; the old one is stopped and kept.
    async fn adopt(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        id: &str,
        input: Adopt,
    ) -> Answer<(App, Deployment)>;
    /// Whose place an app takes, and how far that is. Anybody may see it.
    async fn adoption(&self, caller: &Caller, key: &AppKey) -> Answer<Option<Adoption>>;
}

/// Channels that people are told by. What lets one in is never shown.
#[async_trait]
pub trait Channels: Send + Sync {
    /// Where people reach this console, for the links in messages; `None` where nobody said.
    fn public_url(&self) -> Option<&str>;
    async fn list(&self, caller: &Caller) -> Answer<Vec<Channel>>;
    async fn get(&self, caller: &Caller, name: &ChannelName) -> Answer<Channel>;
    async fn create(&self, caller: &Caller, input: ChannelInput) -> Answer<Channel>;
    /// An absent address stays as it is with its secret, and so does an absent password.
    async fn update(&self, caller: &Caller, name: &ChannelName, input: ChannelInput) -> Answer<Channel>;
    async fn delete(&self, caller: &Caller, name: &ChannelName) -> Answer<()>;
    /// Sends a message now. That it does not arrive is an answer, not an error.
    async fn test(&self, caller: &Caller, name: &ChannelName) -> Answer<ChannelTest>;
    /// Newest first.
    async fn deliveries(
        &self,
        caller: &Caller,
        name: &ChannelName,
        page: &PageQuery,
    ) -> Answer<Page<Delivery>>;
    /// Sends a message once more, at once.
    async fn retry(&self, caller: &Caller, name: &ChannelName, delivery: i64) -> Answer<Delivery>;
}

/// Registries. What is read comes from the store, however a registry is just then; only [`Registries::test`] and
/// [`Registries::resolve`] ask it, for some seconds at most.
#[async_trait]
pub trait Registries: Send + Sync {
    async fn list(&self, caller: &Caller) -> Answer<Vec<Registry>>;
    async fn get(&self, caller: &Caller, name: &RegistryName) -> Answer<Registry>;
    /// With the secret of its notifications, which is never shown again.
    async fn create(&self, caller: &Caller, input: RegistryInput) -> Answer<CreatedRegistry>;
    /// An absent password stays as it is.
    async fn update(&self, caller: &Caller, name: &RegistryName, input: RegistryInput) -> Answer<Registry>;
    async fn delete(&self, caller: &Caller, name: &RegistryName) -> Answer<()>;
    /// Another secret for its notifications; the present one stops working.
    async fn renew_hook_secret(&self, caller: &Caller, name: &RegistryName) -> Answer<CreatedRegistry>;
    /// Asks it now. That it does not answer is an answer, not an error.
    async fn test(&self, caller: &Caller, name: &RegistryName) -> Answer<RegistryTest>;
    /// Has it read now, in the background.
    async fn sync(&self, caller: &Caller, name: &RegistryName) -> Answer<Registry>;
    /// By name.
    async fn repositories(
        &self,
        caller: &Caller,
        name: &RegistryName,
        query: &NamesQuery,
    ) -> Answer<Page<Repository>>;
    async fn repository(&self, caller: &Caller, name: &RegistryName, repository: &str) -> Answer<Repository>;
    /// By push time, newest first.
    async fn tags(
        &self,
        caller: &Caller,
        name: &RegistryName,
        repository: &str,
        query: &NamesQuery,
    ) -> Answer<Page<KnownTag>>;
    /// The repository that an image is of, where one of the registries has it.
    async fn of_image(&self, caller: &Caller, image: &str) -> Answer<Option<Repository>>;
    /// Repositories and tags that what is typed into the field of an image may become.
    async fn complete(&self, caller: &Caller, text: &str) -> Answer<Vec<Suggestion>>;
    /// The digest that an image stands for now.
    async fn resolve(&self, caller: &Caller, image: &str) -> Answer<Resolution>;
}

/// Measurements. `of` names an environment whose source is asked, in that source's language; without it the console's own
/// store is asked, which has what the console measured itself.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// An expression over a window.
    async fn query_range(
        &self,
        caller: &Caller,
        of: Option<&EnvironmentName>,
        query: &str,
        range: Range,
    ) -> Answer<Vec<Series>>;
    async fn query(
        &self,
        caller: &Caller,
        of: Option<&EnvironmentName>,
        query: &str,
        time: Option<Timestamp>,
    ) -> Answer<Vec<Series>>;
    /// Whether an expression is one number instead of series.
    fn is_scalar(&self, query: &str) -> bool;
    /// The series that any of the selectors matches, or all; with a window, those with a sample in it.
    async fn series(
        &self,
        caller: &Caller,
        of: Option<&EnvironmentName>,
        selectors: &[String],
        window: Option<(Timestamp, Timestamp)>,
    ) -> Answer<Vec<Labels>>;
    /// The instances of an environment that tell their own figures.
    async fn targets(&self, caller: &Caller, environment: &EnvironmentName) -> Answer<Vec<ScrapeTarget>>;
    /// How an app stands to the bounds of what it may send by StatsD; `None` where none is received.
    async fn intake(&self, caller: &Caller, app: &AppKey) -> Answer<Option<Intake>>;
}

#[async_trait]
pub trait Accounts: Send + Sync {
    /// Whether nobody can sign in yet.
    async fn needs_setup(&self) -> Answer<bool>;
    /// Makes the first administrator; `link` is the one-time secret of the set-up link. Returns the session's secret.
    async fn set_up(&self, link: &str, name: &str, password: &str) -> Answer<SignedIn>;
    /// `address` is the peer's, for the rate limit.
    async fn sign_in(&self, name: &str, password: &str, address: &str) -> Answer<SignedIn>;
    async fn sign_out(&self, session: &str) -> Answer<()>;
    async fn users(&self, caller: &Caller) -> Answer<Vec<User>>;
    async fn create_user(&self, caller: &Caller, input: CreateUser) -> Answer<User>;
    async fn set_role(&self, caller: &Caller, user: UserId, role: Role) -> Answer<User>;
    async fn delete_user(&self, caller: &Caller, user: UserId) -> Answer<()>;
    /// Own password; ends all other sessions: all but `session`, the secret of the caller's own.
    async fn change_password(
        &self,
        caller: &Caller,
        session: Option<&str>,
        current: &str,
        new: &str,
    ) -> Answer<()>;
    /// Own tokens; all tokens for an administrator.
    async fn tokens(&self, caller: &Caller) -> Answer<Vec<Token>>;
    async fn create_token(&self, caller: &Caller, input: CreateToken) -> Answer<CreatedToken>;
    async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Answer<()>;
    async fn audit(&self, caller: &Caller, page: &PageQuery) -> Answer<Page<AuditEntry>>;
}

/// The secret of a new session, for the cookie, and who it is.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: String,
    pub caller: Caller,
    pub max_age: std::time::Duration,
}

/// Things about the console itself.
#[async_trait]
pub trait Site: Send + Sync {
    fn now(&self) -> Timestamp;
    /// Clocks of the time zones.
    fn zones(&self) -> &dyn model::window::Zones;
    /// Whether the console can do its work: the database answers. Asks for no permission, as it tells nothing else.
    async fn ready(&self) -> Answer<()>;
    async fn about(&self, caller: &Caller) -> Answer<About>;
    /// Apps and deployments whose name, project or number match.
    async fn find(&self, caller: &Caller, text: &str, limit: u32) -> Answer<Vec<Hit>>;
    /// Ready-made definitions a newcomer can start from; only those that would run here.
    async fn templates(&self, caller: &Caller) -> Answer<Vec<Template>>;
    /// The id after which `/api/v1/events` continues what this answer shows.
    fn live_position(&self) -> String;
}
