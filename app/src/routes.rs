//! The route table: every page, rendered whole before its first byte.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::frame::Frame;
use crate::pages;

/// The app: the frame and the page that the path names.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Frame>
                <Routes fallback=pages::not_found::NotFound>
                    <Route path=path!("/") view=pages::overview::Overview ssr=SsrMode::Async />
                    <Route path=path!("/apps") view=pages::apps::Apps ssr=SsrMode::Async />
                    <Route path=path!("/apps/new") view=pages::editor::NewApp ssr=SsrMode::Async />
                    <Route
                        path=path!("/environments/:environment/apps/:app/edit")
                        view=pages::editor::EditApp
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/environments/:environment/apps/:app/rollback")
                        view=pages::rollback::RollbackPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/deployments")
                        view=pages::deployments::DeploymentsPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/deployments/compare")
                        view=pages::compare::ComparePage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/deployments/:id")
                        view=pages::deployment::DeploymentPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/nodes") view=pages::nodes::Nodes ssr=SsrMode::Async />
                </Routes>
            </Frame>
        </Router>
    }
}
