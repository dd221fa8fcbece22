//! How the app of an adoption stands, and what is to be done with the old one. No I/O.

use model::deployment::{Deployment, DeploymentKind, DeploymentState};
use model::workload::{AdoptionState, Stops};

use crate::store::apps::AppRow;

/// What the app is, as far as the old one cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A deployment is to bring it out.
    Coming,
    /// It was out.
    Held,
    /// It is on its way to nothing.
    Leaving,
    /// Its deployment failed, and the engine goes on trying.
    Failing,
    /// Nothing of it runs, and nothing will.
    Gone,
    Destroyed,
}

/// `runs`: whether instances of it were seen; `None` when nobody could look.
pub fn standing(app: &AppRow, destroyed: bool, last: Option<&Deployment>, runs: Option<bool>) -> Standing {
    let active = last.filter(|deployment| deployment.state.is_active());
    let leaves = |deployment: &Deployment| {
        deployment.kind == DeploymentKind::Destroy
            || deployment.state == DeploymentState::RollingBack
            || app.wanted == 0
    };
    if destroyed {
        Standing::Destroyed
    } else if active.is_some_and(leaves) {
        Standing::Leaving
    } else if app.stable.is_some() && app.stable_wanted > 0 {
        Standing::Held
    } else if active.is_some() {
        Standing::Coming
    } else if app.wanted > 0 {
        Standing::Failing
    } else if runs == Some(false) {
        Standing::Gone
    } else {
        Standing::Leaving
    }
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Stay,
    /// Write down how it is kept running, and that it is to stop.
    Stop,
    /// Have the engine stop it.
    Release,
    /// Nothing is left to do.
    Finish,
    /// End what is in its place and does not run, so that it can be put back.
    Clear,
    /// Write down that it is to be put back.
    Restore,
    /// Have the engine put it back.
    PutBack,
    /// The app is gone and the old one as it was.
    End,
}

pub const fn next(stops: Stops, state: AdoptionState, standing: Standing) -> Move {
    match (state, standing) {
        (AdoptionState::Waiting, Standing::Held) => Move::Stop,
        (AdoptionState::Waiting, Standing::Coming) if matches!(stops, Stops::First) => Move::Stop,
        (AdoptionState::Waiting, Standing::Destroyed) => Move::End,
        (AdoptionState::Stopping | AdoptionState::Stopped, Standing::Gone | Standing::Destroyed) => {
            Move::Restore
        }
        (AdoptionState::Stopping | AdoptionState::Stopped, Standing::Failing) => Move::Clear,
        (AdoptionState::Stopping, _) => Move::Release,
        (AdoptionState::Stopped, Standing::Held) => Move::Finish,
        (AdoptionState::Restoring, _) => Move::PutBack,
        (
            AdoptionState::Waiting | AdoptionState::Stopped | AdoptionState::TakenOver | AdoptionState::Ended,
            _,
        ) => Move::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDINGS: [Standing; 6] = [
        Standing::Coming,
        Standing::Held,
        Standing::Leaving,
        Standing::Failing,
        Standing::Gone,
        Standing::Destroyed,
    ];

    #[test]
    fn the_old_one_runs_on_until_the_new_is_out_unless_both_need_the_same() {
        let waiting = |stops, standing| next(stops, AdoptionState::Waiting, standing);
        assert_eq!(waiting(Stops::After, Standing::Coming), Move::Stay);
        assert_eq!(waiting(Stops::First, Standing::Coming), Move::Stop);
        for stops in [Stops::First, Stops::After] {
            assert_eq!(waiting(stops, Standing::Held), Move::Stop);
            for standing in [Standing::Leaving, Standing::Failing, Standing::Gone] {
                assert_eq!(waiting(stops, standing), Move::Stay, "{standing:?}");
            }
        }
    }

    #[test]
    fn what_was_stopped_for_nothing_is_put_back_once_nothing_is_in_its_place() {
        for state in [AdoptionState::Stopping, AdoptionState::Stopped] {
            assert_eq!(next(Stops::First, state, Standing::Failing), Move::Clear);
            assert_eq!(next(Stops::First, state, Standing::Gone), Move::Restore);
            assert_eq!(next(Stops::First, state, Standing::Destroyed), Move::Restore);
        }
        assert_eq!(next(Stops::First, AdoptionState::Stopped, Standing::Leaving), Move::Stay);
    }

    #[test]
    fn an_end_is_an_end() {
        for standing in STANDINGS {
            for state in AdoptionState::ALL {
                let stays = next(Stops::First, state, standing) == Move::Stay;
                assert!(stays || state.is_open(), "{state:?} {standing:?}");
            }
            assert_eq!(next(Stops::After, AdoptionState::Restoring, standing), Move::PutBack);
        }
    }
}
