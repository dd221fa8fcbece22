//! The pages: everything that is no file and no API is rendered by [`app`].

use app::port::Ports;
use app::request::{
    Assets, ENVIRONMENT_COOKIE, LOCALE_COOKIE, REGIONS_HEADER, Request as PageRequest, THEME_COOKIE, Theme,
};
use app::text::Locale;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header, request};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context};

use super::identity::Known;
use super::request::{Origin, cookie};
use super::{Web, headers};
use crate::auth::Credential;

pub fn router(web: &Web) -> Router<Web> {
    let routes = generate_route_list(app::App);
    let ports = web.ports().clone();
    let assets =
        Assets { css: web.site().css().to_owned(), output_name: web.site().output_name().to_owned() };
    let context = move || provide(&ports, &assets);
    let missing = render_app_async_with_context(context.clone(), app::shell);
    Router::new()
        .leptos_routes_with_context(web, routes, context, app::shell)
        .fallback(move |request: Request| {
            let page = missing(request);
            async move { not_found(page.await) }
        })
        .layer(from_fn(remember))
}

/// A page for an address that has none; a page that redirects keeps its own status.
fn not_found(mut page: Response) -> Response {
    if page.status() == StatusCode::OK {
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    page
}

/// Puts what a page or a server function may know into its context, and the page's policy on its answer.
fn provide(ports: &Ports, assets: &Assets) {
    provide_context(ports.clone());
    provide_context(assets.clone());
    let parts = use_context::<request::Parts>();
    if let Some(page) = parts.and_then(|parts| parts.extensions.get::<PageRequest>().cloned()) {
        provide_context(page);
    }
    let nonce = leptos::nonce::use_nonce();
    if let (Some(nonce), Some(response)) = (nonce, use_context::<ResponseOptions>())
        && let Some(policy) = headers::page_policy(&nonce)
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Reads the request into what pages know of it, and hands it on with it.
async fn remember(mut request: Request, next: Next) -> Response {
    let page = read(&request);
    request.extensions_mut().insert(page);
    next.run(request).await
}

fn read(request: &Request) -> PageRequest {
    let headers = request.headers();
    let known = request.extensions().get::<Known>();
    let origin = request.extensions().get::<Origin>();
    let session = known.and_then(|known| match &known.credential {
        Credential::Session(secret) => Some(secret.clone()),
        Credential::Bearer(_) => None,
    });
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    PageRequest {
        caller: known.map(|known| known.caller().clone()),
        session,
        address: origin.map_or_else(String::new, |origin| origin.address.to_string()),
        secure: origin.is_some_and(|origin| origin.secure),
        locale: locale(headers),
        theme: theme(headers),
        environment: cookie(headers, ENVIRONMENT_COOKIE).map(str::to_owned),
        path: path.to_owned(),
        regions: regions(headers),
    }
}

fn regions(headers: &HeaderMap) -> Vec<String> {
    let named = headers.get(REGIONS_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split_whitespace().map(str::to_owned).collect()
}

pub fn theme(headers: &HeaderMap) -> Theme {
    let chosen = cookie(headers, THEME_COOKIE);
    let known = [Theme::System, Theme::Light, Theme::Dark];
    known.into_iter().find(|theme| chosen == Some(theme.as_str())).unwrap_or_default()
}

/// The cookie's choice, else the first language of the browser that we speak.
pub fn locale(headers: &HeaderMap) -> Locale {
    if let Some(tag) = cookie(headers, LOCALE_COOKIE)
        && let Some(chosen) = Locale::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(tag))
    {
        return chosen;
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut wishes: Vec<(f32, &str)> = accepted
        .unwrap_or_default()
        .split(',')
        .filter_map(|wish| {
            let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
            let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok())?;
            Some((weight, tag.trim()))
        })
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    wishes
        .into_iter()
        .filter(|(weight, _)| *weight > 0.0)
        .find_map(|(_, tag)| Locale::ALL.into_iter().find(|locale| language(locale.tag()) == language(tag)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn with(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_language_is_the_browsers_unless_chosen() {
        let accept = |value| locale(&with(header::ACCEPT_LANGUAGE, value));
        assert_eq!(accept("zh-CN,zh;q=0.9,en;q=0.8"), Locale::Zh);
        assert_eq!(accept("de;q=0.9,en;q=0.5,zh;q=0.4"), Locale::En);
        assert_eq!(accept("fr"), Locale::En);
        assert_eq!(accept("zh;q=0,fr"), Locale::En);
        let mut both = with(header::ACCEPT_LANGUAGE, "zh");
        both.insert(header::COOKIE, HeaderValue::from_static("qd_locale=en"));
        assert_eq!(locale(&both), Locale::En);
    }

    #[test]
    fn an_unknown_theme_is_the_systems() {
        assert_eq!(theme(&with(header::COOKIE, "qd_theme=dark")), Theme::Dark);
        assert_eq!(theme(&with(header::COOKIE, "qd_theme=pink")), Theme::System);
    }
}
