//! `/api/docs`: the OpenAPI document as a page to read. Our own style sheet, no script, nothing from elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use app::request::THEME_COOKIE;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::headers::STILL_PAGE;
use super::{Web, request};

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
const STYLE: &str = include_str!("docs.css");

pub fn router(document: OpenApi) -> Router<Web> {
    let document = Arc::new(serde_json::to_value(document).unwrap_or_default());
    Router::new()
        .route("/api/docs", get(move |headers: HeaderMap| async move { page(&headers, &document) }))
        .route(
            "/api/docs.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }),
        )
}

fn page(sent: &HeaderMap, document: &Value) -> Response {
    // Only words that we know reach the page.
    let theme = match request::cookie(sent, THEME_COOKIE) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "system",
    };
    let mut response = Html(render(document, theme)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, STILL_PAGE);
    response
}

/// The whole page.
fn render(document: &Value, theme: &str) -> String {
    let groups = groups(document);
    let mut page = String::with_capacity(64 * 1_024);
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\" data-theme=\"{theme}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>API · Quarterdeck</title>\
         <link rel=\"stylesheet\" href=\"/api/docs.css\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         </head><body>\
         <a class=\"skip\" href=\"#main\">Skip to the operations</a>\
         <header><h1>Quarterdeck API</h1><p>{}</p><p><a href=\"/\">Console</a> \
         <a href=\"/api/v1/openapi.json\">OpenAPI document</a></p></header><nav aria-label=\"Groups\"><ul>",
        prose(text(&document["info"]["description"]))
    );
    for tag in groups.keys() {
        let _ = write!(page, "<li><a href=\"#{0}\">{0}</a></li>", escape(tag));
    }
    page.push_str("<li><a href=\"#schemas\">schemas</a></li></ul></nav><main id=\"main\">");
    for (tag, operations) in &groups {
        let _ = write!(page, "<section id=\"{0}\"><h2>{0}</h2>", escape(tag));
        for (path, method, operation) in operations {
            operation_section(&mut page, path, method, operation);
        }
        page.push_str("</section>");
    }
    page.push_str("<section id=\"schemas\"><h2>schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            page,
            "<details id=\"schema-{0}\"><summary><code>{0}</code></summary><pre tabindex=\"0\">{1}</pre></details>",
            escape(name),
            escape(&json)
        );
    }
    page.push_str("</section></main></body></html>");
    page
}

type Operation<'a> = (&'a str, &'static str, &'a Value);

/// Operations by tag, in the order of their paths.
fn groups(document: &Value) -> BTreeMap<&str, Vec<Operation<'_>>> {
    let mut groups: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let tag = text(&operation["tags"][0]);
                groups.entry(tag).or_default().push((path, method, operation));
            }
        }
    }
    groups
}

fn operation_section(page: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<article><h3><span class=\"method {method}\">{}</span> <code>{}</code></h3><p>{}</p>",
        method.to_uppercase(),
        escape(path),
        escape(text(&operation["summary"]))
    );
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        page.push_str("<dl>");
        for parameter in parameters {
            let needed = if parameter["required"] == true { ", required" } else { "" };
            let _ = write!(
                page,
                "<dt><code>{}</code> <small>{}{needed}</small></dt><dd>{}</dd>",
                escape(text(&parameter["name"])),
                escape(text(&parameter["in"])),
                escape(text(&parameter["description"]))
            );
        }
        page.push_str("</dl>");
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let _ = write!(page, "<p>Body: <code>{}</code> {}</p>", escape(kind), link(&content["schema"]));
    }
    page.push_str("<ul class=\"answers\">");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let content = answer["content"].as_object().and_then(|content| content.iter().next());
        let body = content.map_or_else(String::new, |(_, content)| link(&content["schema"]));
        let words = escape(text(&answer["description"]));
        let _ = write!(page, "<li><b>{}</b> {body} {words}</li>", escape(status));
    }
    page.push_str("</ul></article>");
}

/// The name of a schema as a link to it; nothing for one without a name.
fn link(schema: &Value) -> String {
    let name = text(&schema["$ref"]).rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        return String::new();
    }
    format!("<a href=\"#schema-{0}\"><code>{0}</code></a>", escape(name))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Text in which backticks mark code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(number, part)| match number % 2 {
            0 => escape(part),
            _ => format!("<code>{}</code>", escape(part)),
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_is_markup() {
        let document = json!({
            "info": { "description": "<b> and `<i>`" },
            "paths": { "/apps/{app}": {
                "get": { "tags": ["apps"], "summary": "Read <one>", "parameters": [], "responses": {
                    "200": { "description": "", "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/App" } } } } } },
                "delete": { "tags": ["apps"], "summary": "Remove", "responses": {} } } },
            "components": { "schemas": { "App": { "type": "object" } } }
        });
        let page = render(&document, "dark");
        for part in [
            "GET</span> <code>/apps/{app}",
            "DELETE</span>",
            "Read &lt;one&gt;",
            "#schema-App",
            "&lt;b&gt; and <code>&lt;i&gt;</code>",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert!(!page.contains("<script"));
    }
}
