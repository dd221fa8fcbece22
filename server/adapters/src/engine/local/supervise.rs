//! One task for each instance: waits out its delay, launches it, watches it, writes down its end.

use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use model::id::{InstanceId, ReplicaSetId};
use model::instance::{Health, InstanceReason, InstanceState, ReasonCode};
use model::time::Timestamp;
use nix::sys::signal::Signal;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt as _, Interest};
use tokio::net::unix::pipe;
use tokio::sync::OwnedSemaphorePermit;

use super::adopt;
use super::folder::{Folder, Spec};
use super::inner::Inner;
use super::launch::{self, Launched, Order, reason};
use super::outcome;
use super::process::Process;
use super::shim::now;
use crate::engine::health;
use crate::engine::probe::Target;
use crate::engine::roster::{End, StopOrder};

/// A shim that is still there this long after the program's grace is killed.
const OVERDUE: Duration = Duration::from_secs(15);
/// Pause between two looks for the start of an adopted instance whose shim still begins.
const BEGINNING: Duration = Duration::from_millis(20);
const BEGINNING_LOOKS: u32 = 500;

/// How the start of the program becomes known.
pub enum Start {
    /// Running since then.
    Known(Timestamp),
    /// The shim will say so.
    Told(pipe::Receiver),
    /// The shim was launched by an earlier console and speaks to nobody: its folder will show it.
    Shown,
}

/// A live instance, from its launch or its adoption.
pub struct Live {
    pub set: ReplicaSetId,
    pub spec: Arc<Spec>,
    pub folder: Folder,
    pub shim: Process,
    /// `None` when an earlier console launched it.
    pub child: Option<Child>,
    pub start: Start,
}

impl Inner {
    /// The whole life of a new instance.
    pub async fn run_new(self: Arc<Self>, set: ReplicaSetId, id: InstanceId) {
        if !self.wait_turn(&set, &id).await {
            return;
        }
        // Launching many at once would starve those that have begun.
        let Ok(permit) = Arc::clone(&self.launches).acquire_owned().await else { return };
        let Some(mut order) = self.begin(&set, &id) else { return };
        let launched = match self.resolve(&mut order).await {
            Ok(()) => {
                let inner = Arc::clone(&self);
                let work = move || launch::launch(order, &inner.config, &inner.root, &inner.host);
                let join = tokio::task::spawn_blocking(work).await;
                join.unwrap_or_else(|panic| Err(reason(ReasonCode::Engine, panic.to_string())))
            }
            Err(reason) => Err(reason),
        };
        let launched = launched.map(|launched| {
            let Launched { spec, folder, lease, child, shim, words } = launched;
            let start = pipe::Receiver::from_owned_fd(words).map(Start::Told);
            let start = start.unwrap_or_else(|error| {
                tracing::warn!(instance = %id, %error, "cannot listen to the shim");
                Start::Shown
            });
            let pid = i32::try_from(child.id()).ok();
            let live =
                Live { set: set.clone(), spec: Arc::new(spec), folder, shim, child: Some(child), start };
            (live, lease, pid)
        });
        match launched {
            Ok((live, lease, pid)) => {
                self.change(&set, &id, |managed| {
                    managed.view.ports.clone_from(&live.spec.ports);
                    managed.hold.folder = Some(live.folder.clone());
                    managed.hold.shim = pid;
                    managed.hold.lease = Some(lease);
                });
                self.watch_over(live, Some(permit)).await;
            }
            Err(reason) => self.finish(&set, &id, End::not_run(reason, now())),
        }
    }

    /// Waits until its delay is over. False when it is no longer wanted.
    async fn wait_turn(&self, set: &ReplicaSetId, id: &InstanceId) -> bool {
        // The delay was reckoned by the clock on the wall; waiting is done by the other one.
        let (begin, deadline) = (now(), tokio::time::Instant::now());
        loop {
            let waiting = {
                let mut state = self.lock();
                let Some(managed) = state.managed(set, id) else { return false };
                let left = managed.view.delayed_until.map(|until| until.since(begin));
                left.filter(|left| !left.is_zero()).map(|left| (left, managed.wake.clone()))
            };
            let Some((left, wake)) = waiting else { return true };
            tokio::select! {
                () = tokio::time::sleep_until(deadline + left) => return true,
                () = wake.notified() => {}
            }
        }
    }

    fn begin(&self, set: &ReplicaSetId, id: &InstanceId) -> Option<Order> {
        let order = {
            let mut state = self.lock();
            let managed = state.managed(set, id)?;
            let view = &mut managed.view;
            view.state = InstanceState::Starting;
            view.delayed_until = None;
            view.reason = None;
            Order {
                id: id.clone(),
                set: set.clone(),
                place: managed.place,
                restarts: view.restarts,
                ends: managed.ends,
                definition: managed.definition.clone(),
                artifact: None,
            }
        };
        self.changed(set);
        Some(order)
    }

    async fn resolve(&self, order: &mut Order) -> Result<(), InstanceReason> {
        let Some(reference) = &order.definition.artifact else { return Ok(()) };
        let missing = || reason(ReasonCode::ArtifactMissing, reference.to_string());
        let source = self.config.artifacts.as_ref().ok_or_else(missing)?;
        let digest = source.digest(reference).await.map_err(|words| reason(ReasonCode::Engine, words))?;
        let digest = digest.ok_or_else(missing)?;
        let file = source.path(&digest).ok_or_else(missing)?;
        order.artifact = Some((digest, file));
        Ok(())
    }

    /// Watches over a live instance until it has ended, then writes that down.
    pub async fn watch_over(self: Arc<Self>, live: Live, mut permit: Option<OwnedSemaphorePermit>) {
        let Live { set, spec, folder, shim, mut child, start } = live;
        let id = spec.id.clone();
        #[expect(unsafe_code, reason = "a Process owns its descriptor and keeps it until it is dropped")]
        let registered = unsafe { AsyncFd::register_with_interest(shim, Interest::READABLE) };
        let descriptor = match registered {
            Ok(descriptor) => descriptor,
            Err(error) => {
                // Cannot be watched, so it must not go on unwatched as if it were.
                tracing::error!(instance = %id, %error, "an instance's shim cannot be watched");
                return;
            }
        };
        let known_start = match start {
            Start::Known(at) => Some(at),
            Start::Told(_) | Start::Shown => None,
        };
        let starting = wait_start(start, folder.clone());
        let mut starting = std::pin::pin!(starting);
        let target = Arc::new(Target {
            address: None,
            ports: spec.ports.clone(),
            variables: spec.launch.env.iter().cloned().collect(),
            folder: folder.work(),
        });
        let latency = self.lock().latency(&set, &id);
        let checking = async {
            let since = known_start.map(|at| now().since(at)).unwrap_or_default();
            let report = |health| self.set_health(&set, &id, health);
            let definition = &spec.definition;
            health::watch(definition, &definition.health_checks, target, since, &latency, report).await
        };
        let mut checking = std::pin::pin!(checking);
        let mut running = known_start.is_some();
        let wake = {
            let mut state = self.lock();
            let Some(managed) = state.managed(&set, &id) else { return };
            managed.wake.clone()
        };
        let mut told = false;
        let overdue = tokio::time::sleep(Duration::MAX);
        let mut overdue = std::pin::pin!(overdue);
        loop {
            if !told && let Some(order) = self.order(&set, &id) {
                told = true;
                tell_stop(&folder, descriptor.get_ref(), &order);
                let latest = spec.definition.stop.grace.duration() + OVERDUE;
                overdue.as_mut().reset(tokio::time::Instant::now() + latest);
            }
            tokio::select! {
                _ = descriptor.readable() => break,
                () = wake.notified() => {}
                () = &mut starting, if !running => {
                    running = true;
                    permit = None;
                    self.set_running(&set, &id, now());
                }
                answer = &mut checking, if running && !told => {
                    self.give_up(&set, &id, answer);
                }
                () = &mut overdue, if told => {
                    tracing::warn!(instance = %id, "the shim does not end; killed");
                    let _ = descriptor.get_ref().signal(Signal::SIGKILL);
                    overdue.as_mut().reset(tokio::time::Instant::now() + OVERDUE);
                }
            }
        }
        drop(permit);
        if let Some(child) = &mut child {
            // Ended already: this only takes it off the kernel's table.
            let _ = child.wait();
        }
        let read = {
            let (folder, spec) = (folder.clone(), Arc::clone(&spec));
            tokio::task::spawn_blocking(move || (adopt::exit(&folder, &spec), folder.started()))
        };
        let (exit, started) = match read.await {
            Ok((exit, started)) => (exit, started.unwrap_or_default()),
            Err(_) => (outcome::vanished(now()), None),
        };
        let started_at = known_start.or(started.map(|started| started.at));
        self.change(&set, &id, |managed| {
            managed.view.started_at = managed.view.started_at.or(started_at);
        });
        let order = self.order(&set, &id);
        self.finish(&set, &id, outcome::end(&spec, &exit, order.as_ref()));
    }

    fn order(&self, set: &ReplicaSetId, id: &InstanceId) -> Option<StopOrder> {
        self.lock().managed(set, id)?.order.clone()
    }

    fn set_running(&self, set: &ReplicaSetId, id: &InstanceId, at: Timestamp) {
        self.change(set, id, |managed| {
            if managed.view.state == InstanceState::Starting {
                managed.view.state = InstanceState::Running;
            }
            managed.view.started_at = Some(at);
        });
    }

    fn set_health(&self, set: &ReplicaSetId, id: &InstanceId, health: Health) {
        self.change(set, id, |managed| {
            if managed.view.state == InstanceState::Running {
                managed.view.health = health;
                managed.ready_at = (health == Health::Healthy).then(now);
            }
        });
    }

    fn give_up(&self, set: &ReplicaSetId, id: &InstanceId, answer: String) {
        self.change(set, id, |managed| {
            let reason = reason(ReasonCode::Unhealthy, answer);
            managed.view.health = Health::Unhealthy;
            managed.view.reason = Some(reason.clone());
            managed.stop(StopOrder { reason, retire: false });
        });
        // What is being stopped no longer counts, so its place is to be filled once it has ended.
    }
}

fn tell_stop(folder: &Folder, shim: &Process, order: &StopOrder) {
    // Written before the signal: a console that takes over in between knows why it ended.
    if let Err(error) = folder.write_stop_order(order) {
        tracing::warn!(folder = %folder.path().display(), %error, "a stop could not be recorded");
    }
    if let Err(error) = shim.signal(Signal::SIGTERM) {
        tracing::warn!(folder = %folder.path().display(), %error, "a shim could not be told to stop");
    }
}

/// Done once the program runs; never when it does not come to that.
async fn wait_start(start: Start, folder: Folder) {
    match start {
        Start::Known(_) => {}
        Start::Told(mut words) => {
            let mut byte = [0];
            if !matches!(words.read(&mut byte).await, Ok(count) if count > 0) {
                std::future::pending::<()>().await;
            }
        }
        Start::Shown => {
            for _ in 0..BEGINNING_LOOKS {
                if matches!(folder.started(), Ok(Some(_))) {
                    return;
                }
                tokio::time::sleep(BEGINNING).await;
            }
            // The shim lives and its program has not ended, so it runs: a full disk kept it from being recorded.
        }
    }
}
