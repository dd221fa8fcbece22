use leptos::prelude::*;
use model::api::Hit;

/// Apps and deployments that match what is typed into the palette.
#[server(prefix = "/api/ui", endpoint = "find")]
pub async fn find(text: String) -> Result<Vec<Hit>, ServerFnError> {
    const HITS: u32 = 12;
    let ports: crate::port::Ports = use_context().ok_or_else(|| ServerFnError::new("no ports"))?;
    let request: crate::request::Request = use_context().ok_or_else(|| ServerFnError::new("no request"))?;
    let caller = request.caller.ok_or_else(|| ServerFnError::new("sign in first"))?;
    ports.site.find(&caller, text.trim(), HITS).await.map_err(|problem| ServerFnError::new(problem.detail))
}
