//! From a wish to a running container, and from a running one to none.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerUpdateBody, NetworkCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptions, CreateImageOptions, InspectContainerOptions, InspectNetworkOptions,
    RemoveContainerOptions, StartContainerOptions, StopContainerOptions,
};
use futures::StreamExt as _;
use model::definition::{Definition, NetworkMode};
use model::id::{InstanceId, ReplicaSetId};
use model::instance::{InstanceReason, InstanceState, ReasonCode};

use super::connection::{bounded, is_away, refusal};
use super::convert::{self, Plan};
use super::image;
use super::inner::Inner;
use crate::engine::roster::End;
use crate::engine::{EngineError, now};

/// A fetch that brings nothing for this long has failed.
const FETCH_STALLS: Duration = Duration::from_mins(5);
/// Longest a start may take: networks and volumes are made ready in it.
const START: Duration = Duration::from_mins(1);
/// Beyond a program's grace until a stop must be over.
const STOP_BEYOND: Duration = Duration::from_secs(30);

/// Why a launch did not come to its end.
enum Hitch {
    /// The daemon does not answer: later.
    Away(EngineError),
    /// It cannot be.
    Reason(InstanceReason),
    /// Nobody wants it any more.
    Unwanted,
}

impl Hitch {
    fn of(error: EngineError) -> Self {
        if is_away(&error) {
            Self::Away(error)
        } else {
            Self::Reason(image::start_reason(&error.to_string()))
        }
    }
}

struct Order {
    definition: Arc<Definition>,
    place: u32,
    restarts: u32,
    ends: u32,
}

impl Inner {
    /// From its turn to its start.
    pub async fn run_new(self: Arc<Self>, set: ReplicaSetId, id: InstanceId) {
        if !self.wait_turn(&set, &id).await {
            return;
        }
        loop {
            let Some(order) = self.begin(&set, &id) else { return };
            match self.launch(&set, &id, &order).await {
                Ok(()) => return,
                Err(Hitch::Reason(reason)) => {
                    self.finish(&set, &id, End::not_run(reason, now()));
                    return;
                }
                Err(Hitch::Unwanted) => {
                    let ordered = self.lock().managed(&set, &id).and_then(|managed| managed.order.clone());
                    if let Some(order) = ordered {
                        let state = InstanceState::Exited;
                        let end =
                            End { at: now(), state, reason: order.reason, exit_code: None, crashed: false };
                        self.finish(&set, &id, end);
                    }
                    return;
                }
                Err(Hitch::Away(error)) => {
                    tracing::debug!(instance = %id, %error, "a launch waits for the daemon");
                    self.change(&set, &id, |managed| {
                        if managed.order.is_none() {
                            managed.view.state = InstanceState::Pending;
                        }
                    });
                    self.wait_for_daemon().await;
                }
            }
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
            if managed.order.is_none() {
                view.state = InstanceState::Starting;
                view.delayed_until = None;
                view.reason = None;
            }
            Order {
                definition: managed.definition.clone(),
                place: managed.place,
                restarts: view.restarts,
                ends: managed.ends,
            }
        };
        self.changed(set);
        Some(order)
    }

    fn is_wanted(&self, set: &ReplicaSetId, id: &InstanceId) -> Result<(), Hitch> {
        let wanted = self.lock().managed(set, id).is_some_and(|managed| managed.order.is_none());
        if wanted { Ok(()) } else { Err(Hitch::Unwanted) }
    }

    async fn launch(
        self: &Arc<Self>,
        set: &ReplicaSetId,
        id: &InstanceId,
        order: &Order,
    ) -> Result<(), Hitch> {
        let definition = &order.definition;
        if let Some(reference) = &definition.image {
            self.have_image(set, id, &image::exact(reference)).await?;
        }
        // Starting many at once would starve those that have begun.
        let permit = Arc::clone(&self.launches).acquire_owned().await;
        self.is_wanted(set, id)?;
        self.have_network(definition).await?;
        let plan = Plan {
            owner: &self.config.owner,
            set,
            id,
            definition,
            place: order.place,
            restarts: order.restarts,
            ends: order.ends,
            statsd: self.config.statsd.as_deref(),
        };
        let container = self.create(&plan).await?;
        let wanted = {
            let mut state = self.lock();
            match state.managed(set, id) {
                Some(managed) => {
                    managed.hold.container = Some(container.clone());
                    managed.order.is_none()
                }
                None => false,
            }
        };
        let started = if wanted {
            let client = self.connection.client().await.map_err(Hitch::Away)?;
            let start = client.start_container(&container, None::<StartContainerOptions>);
            bounded(START, start).await.map_err(Hitch::of)
        } else {
            Err(Hitch::Unwanted)
        };
        drop(permit);
        match started {
            Ok(()) => {
                self.look_at(&container).await.map_err(Hitch::of)?;
                // It may have been told to stop between two looks.
                self.begin_stops(set);
                Ok(())
            }
            Err(Hitch::Away(error)) => Err(Hitch::Away(error)),
            Err(hitch) => {
                // It has no log to be kept for.
                if let Some(managed) = self.lock().managed(set, id) {
                    managed.hold.container = None;
                }
                Arc::clone(self).remove_containers(vec![container]).await;
                Err(hitch)
            }
        }
    }

    /// Fetches an image unless the host has it: what was built on the host is in no registry.
    async fn have_image(&self, set: &ReplicaSetId, id: &InstanceId, reference: &str) -> Result<(), Hitch> {
        if self.is_there(reference).await? {
            return Ok(());
        }
        self.change(set, id, |managed| {
            if managed.order.is_none() {
                managed.view.state = InstanceState::Pulling;
            }
        });
        let turn = {
            let mut fetches = self.fetches.lock().unwrap_or_else(PoisonError::into_inner);
            fetches.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(fetches.entry(reference.to_owned()).or_default())
        };
        let _turn = turn.lock().await;
        self.is_wanted(set, id)?;
        if !self.is_there(reference).await? {
            self.fetch(reference).await?;
            // Only to look at what came.
            self.is_there(reference).await?;
        }
        self.change(set, id, |managed| {
            if managed.order.is_none() {
                managed.view.state = InstanceState::Starting;
            }
        });
        Ok(())
    }

    async fn is_there(&self, reference: &str) -> Result<bool, Hitch> {
        let answer =
            self.connection.call(|client| async move { client.inspect_image(reference).await }).await;
        let found = match answer {
            Ok(found) => found,
            Err(EngineError::NotFound(_)) => return Ok(false),
            Err(error) => return Err(Hitch::of(error)),
        };
        let host = self.host().architecture;
        match found.architecture.filter(|image| !image.is_empty() && !host.is_empty() && *image != host) {
            Some(image) => Err(Hitch::Reason(InstanceReason {
                code: ReasonCode::WrongArchitecture,
                detail: format!("{reference} is for {image}, the host is {host}"),
            })),
            None => Ok(true),
        }
    }

    async fn fetch(&self, reference: &str) -> Result<(), Hitch> {
        let credentials = image::credentials(&*self.config.credentials, reference).await;
        let client = self.connection.client().await.map_err(Hitch::Away)?;
        let from =
            CreateImageOptions { from_image: Some(reference.to_owned()), ..CreateImageOptions::default() };
        let mut progress = std::pin::pin!(client.create_image(Some(from), None, credentials));
        let refused = |said: &str| Hitch::Reason(image::reason(reference, said));
        loop {
            match tokio::time::timeout(FETCH_STALLS, progress.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(news))) => {
                    if let Some(said) = news.error_detail.and_then(|detail| detail.message) {
                        return Err(refused(&said));
                    }
                }
                Ok(Some(Err(Error::DockerResponseServerError { message, .. }))) => {
                    return Err(refused(&message));
                }
                Ok(Some(Err(error))) => {
                    let error = refusal(&error);
                    return Err(if is_away(&error) {
                        Hitch::Away(error)
                    } else {
                        refused(&error.to_string())
                    });
                }
                Err(_) => return Err(refused("the fetch stands still")),
            }
        }
    }

    /// Makes the network that a definition names, unless there is one of the name, whosever it is.
    async fn have_network(&self, definition: &Definition) -> Result<(), Hitch> {
        let (NetworkMode::Bridge, Some(name)) = (definition.network.mode, &definition.network.name) else {
            return Ok(());
        };
        let there = self
            .connection
            .call(|client| async move { client.inspect_network(name, None::<InspectNetworkOptions>).await })
            .await;
        match there {
            Ok(_) => return Ok(()),
            Err(EngineError::NotFound(_)) => {}
            Err(error) => return Err(Hitch::of(error)),
        }
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("bridge".to_owned()),
            labels: Some(self.config.owner.own()),
            ..NetworkCreateRequest::default()
        };
        match self.connection.call(|client| async move { client.create_network(request).await }).await {
            // Another instance's launch was first.
            Ok(_) | Err(EngineError::Conflict(_)) => Ok(()),
            Err(error) => Err(Hitch::of(error)),
        }
    }

    async fn create(&self, plan: &Plan<'_>) -> Result<String, Hitch> {
        let name = &plan.id.0;
        let options =
            CreateContainerOptions { name: Some(name.clone()), ..CreateContainerOptions::default() };
        let body = convert::container(plan);
        let client = self.connection.client().await.map_err(Hitch::Away)?;
        match bounded(START, client.create_container(Some(options), body)).await {
            Ok(made) => Ok(made.id),
            Err(EngineError::Conflict(said)) => {
                // An answer may have been lost: then it is ours.
                let answer = self
                    .connection
                    .call(|client| async move {
                        client.inspect_container(name, None::<InspectContainerOptions>).await
                    })
                    .await
                    .map_err(Hitch::of)?;
                let ours = convert::seen(&self.config.owner, answer).filter(|seen| seen.id == *plan.id);
                ours.map(|seen| seen.container).ok_or_else(|| {
                    Hitch::Reason(InstanceReason {
                        code: ReasonCode::Engine,
                        detail: format!(
                            "a container named {name} is on the host and not Quarterdeck's; it was left alone ({said})"
                        ),
                    })
                })
            }
            Err(error) => Err(Hitch::of(error)),
        }
    }

    /// Asks the daemon for one container and takes what it says.
    pub async fn look_at(self: &Arc<Self>, container: &str) -> Result<(), EngineError> {
        let answer = self
            .connection
            .call(|client| async move {
                client.inspect_container(container, None::<InspectContainerOptions>).await
            })
            .await;
        match answer {
            Ok(answer) => {
                if let Some(seen) = convert::seen(&self.config.owner, answer) {
                    self.apply(seen);
                }
                Ok(())
            }
            Err(EngineError::NotFound(_)) => {
                self.gone(container);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Stops a container, however often the daemon has to be told.
    pub async fn stop(
        self: Arc<Self>,
        set: ReplicaSetId,
        id: InstanceId,
        container: String,
        grace: Duration,
    ) {
        // Whole seconds, and none only where none is wanted.
        let seconds = i32::try_from(grace.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
        loop {
            let options = StopContainerOptions { signal: None, t: Some(seconds) };
            let told = match self.connection.client().await {
                Ok(client) => {
                    let stop = client.stop_container(&container, Some(options));
                    bounded(grace + STOP_BEYOND, stop).await
                }
                Err(error) => Err(error),
            };
            let seen = match told {
                Ok(()) | Err(EngineError::NotFound(_)) => self.look_at(&container).await,
                Err(error) => Err(error),
            };
            let active = self.lock().managed(&set, &id).is_some_and(|managed| managed.view.state.is_active());
            if !active {
                return;
            }
            match seen {
                Ok(()) => {}
                Err(error) => tracing::warn!(instance = %id, %error, "a container does not stop; told again"),
            }
            self.wait_for_daemon().await;
        }
    }

    pub async fn remove_containers(self: Arc<Self>, containers: Vec<String>) {
        for container in containers {
            let options = RemoveContainerOptions { v: true, force: true, link: false };
            let name = container.as_str();
            let removed = self
                .connection
                .call(|client| async move { client.remove_container(name, Some(options)).await })
                .await;
            match removed {
                // Somebody else removes it already.
                Ok(()) | Err(EngineError::NotFound(_) | EngineError::Conflict(_)) => {}
                Err(error) => tracing::warn!(container, %error, "an ended container stays"),
            }
        }
    }

    /// Tells the daemon whether it shall start a container again by itself.
    pub async fn set_proven(
        self: Arc<Self>,
        set: ReplicaSetId,
        id: InstanceId,
        container: String,
        proven: bool,
    ) {
        let update = ContainerUpdateBody {
            restart_policy: Some(convert::restart_policy(proven)),
            ..ContainerUpdateBody::default()
        };
        let name = container.as_str();
        let told =
            self.connection.call(|client| async move { client.update_container(name, update).await }).await;
        match told {
            Ok(()) => {
                if let Some(managed) = self.lock().managed(&set, &id) {
                    managed.hold.proven = proven;
                }
            }
            Err(error) => tracing::debug!(instance = %id, %error, "a restart policy stays as it was"),
        }
    }
}
