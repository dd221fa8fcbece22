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
                    <Route path=path!("/apps/surge") view=pages::surge::SurgePage ssr=SsrMode::Async />
                    <Route
                        path=path!("/environments/:environment/apps/:app")
                        view=pages::app::AppPage
                        ssr=SsrMode::Async
                    />
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
                        path=path!("/environments/:environment/apps/:app/promote")
                        view=pages::promote::PromotePage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/environments/:environment/apps/:app/:tab")
                        view=pages::app::AppPage
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
                    <Route path=path!("/deployments/at") view=pages::at::AtPage ssr=SsrMode::Async />
                    <Route
                        path=path!("/deployments/:id")
                        view=pages::deployment::DeploymentPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/approve/:token") view=pages::approve::ApprovePage ssr=SsrMode::Async />
                    <Route path=path!("/images") view=pages::images::ImagesPage ssr=SsrMode::Async />
                    <Route path=path!("/nodes") view=pages::nodes::Nodes ssr=SsrMode::Async />
                    <Route
                        path=path!("/nodes/:environment/workloads")
                        view=pages::workloads::WorkloadsPage
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/nodes/:environment/workloads/:workload/adopt")
                        view=pages::editor::AdoptPage
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/alerts") view=pages::alerts::AlertsPage ssr=SsrMode::Async />
                    <Route path=path!("/alerts/history") view=pages::alerts::history::HistoryPage ssr=SsrMode::Async />
                    <Route path=path!("/alerts/rules") view=pages::alerts::rules::RulesPage ssr=SsrMode::Async />
                    <Route path=path!("/alerts/rules/:rule") view=pages::alerts::rule::RulePage ssr=SsrMode::Async />
                    <Route path=path!("/alerts/silences") view=pages::alerts::silences::SilencesPage ssr=SsrMode::Async />
                    <Route path=path!("/settings") view=pages::settings::environments::EnvironmentsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/environments") view=pages::settings::environments::EnvironmentsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/environments/:environment") view=pages::settings::environments::EnvironmentPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/registries") view=pages::settings::registries::RegistriesPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/registries/:registry") view=pages::settings::registry::RegistryPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/channels") view=pages::settings::channels::ChannelsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/channels/:channel") view=pages::settings::channel::ChannelPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/tokens") view=pages::settings::tokens::TokensPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/users") view=pages::settings::users::UsersPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/audit") view=pages::settings::audit::AuditPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/about") view=pages::settings::about::AboutPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/account") view=pages::settings::account::AccountPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=pages::sign_in::SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-out") view=pages::sign_in::SignOutPage ssr=SsrMode::Async />
                    <Route path=path!("/set-up") view=pages::set_up::SetUpPage ssr=SsrMode::Async />
                </Routes>
            </Frame>
        </Router>
    }
}
