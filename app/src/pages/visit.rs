//! What a page knows of the request it answers, and what it can say besides its content: a status, a redirect, a cookie.

use http::StatusCode;
use http::header::{HeaderValue, SET_COOKIE};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};

use crate::paths;
use crate::port::Ports;
use crate::posted::{Form, posted};
use crate::request::Request;
use crate::text::Locale;

/// One request for one page. Taken before the first await: afterwards the context is another's.
#[derive(Clone)]
pub struct Visit {
    pub ports: Ports,
    pub request: Request,
    pub locale: Locale,
    pub params: ParamsMap,
    pub query: ParamsMap,
    pub form: Option<Form>,
    response: ResponseOptions,
}

impl Visit {
    /// `None` while the routes are listed, when there is no request.
    pub fn take() -> Option<Self> {
        let request: Request = use_context()?;
        Some(Self {
            ports: use_context()?,
            locale: request.locale,
            request,
            // The frame stands outside the routes and has no parameters; `use_params_map` would panic there.
            params: use_context::<ArcMemo<ParamsMap>>().map(|map| map.get_untracked()).unwrap_or_default(),
            query: use_query_map().get_untracked(),
            form: posted(),
            response: use_context()?,
        })
    }

    /// Who asks; a page that needs somebody answers with this problem otherwise.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        let nobody = || Problem::new(ProblemCode::Unauthenticated, "Sign in first.");
        self.request.caller.as_ref().ok_or_else(nobody)
    }

    /// A part of the path or of the query as its type; what does not read as it does not exist.
    pub fn param<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        let text = self.params.get(name).unwrap_or_default();
        text.parse().map_err(|_| Problem::not_found("page", text))
    }

    /// One value of the query; empty when absent.
    pub fn asked(&self, name: &str) -> String {
        self.query.get(name).unwrap_or_default().trim().to_owned()
    }

    /// Whether a part of the page is asked for: what only it shows need not be read otherwise.
    pub fn wants(&self, region: &str) -> bool {
        let regions = &self.request.regions;
        regions.is_empty() || regions.iter().any(|one| one.split(':').next() == Some(region))
    }

    /// The children of a part that are asked for, when not all are.
    pub fn wanted_of(&self, region: &str) -> Option<Vec<&str>> {
        let keys = |one| str::strip_prefix(one, region)?.strip_prefix(':');
        let keys: Vec<&str> = self.request.regions.iter().filter_map(|one| keys(one.as_str())).collect();
        (!keys.is_empty()).then_some(keys)
    }

    pub fn status(&self, status: u16) {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.response.set_status(status);
        }
    }

    /// Sends the browser to a path of ours with GET.
    pub fn redirect(&self, to: &str) {
        self.response.set_status(StatusCode::SEE_OTHER);
        if let Ok(to) = HeaderValue::from_str(to) {
            self.response.insert_header(http::header::LOCATION, to);
        }
    }

    pub fn set_cookie(&self, cookie: &str) {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            self.response.append_header(SET_COOKIE, cookie);
        }
    }
}

/// Renders a page whose content must be awaited. A problem becomes the error page with its status; a stranger is sent to
/// sign in.
pub fn page<F, C>(content: C) -> AnyView
where
    C: FnOnce(Visit) -> F + Send + 'static,
    F: Future<Output = Result<AnyView, Problem>> + Send + 'static,
{
    let Some(visit) = Visit::take() else { return ().into_any() };
    view! {
        <Suspense>
            // Not in a closure: `Suspense` would call it more than once, and what is posted must be done once.
            {Suspend::new(async move {
                match content(visit.clone()).await {
                    Ok(view) => view,
                    Err(problem) if problem.code == ProblemCode::Unauthenticated => {
                        visit.redirect(&paths::sign_in_to(&visit.request.path));
                        ().into_any()
                    }
                    Err(problem) => refused(&visit, &problem),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn refused(visit: &Visit, problem: &Problem) -> AnyView {
    visit.status(problem.status);
    view! {
        {super::title(crate::text::fault::title(visit.locale, problem.code))}
        <div data-refused>
        <div class="head">
            <h1>{crate::text::fault::title(visit.locale, problem.code)}</h1>
        </div>
        <div class="card pad">
            <p>{crate::text::fault::problem(visit.locale, problem)}</p>
            <p>
                <a class="btn" href=paths::APPS>
                    {crate::text::fault::to_apps(visit.locale)}
                </a>
            </p>
        </div>
        </div>
    }
    .into_any()
}
