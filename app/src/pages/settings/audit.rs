//! The audit log, for administrators: newest first.

use leptos::prelude::*;
use model::api::PageQuery;
use model::permission::Permission;
use model::problem::Problem;

use super::frame;
use crate::pages::visit::{Visit, page};
use crate::paths;
use crate::text::deployment::{newest, older};
use crate::text::settings as t;

const ROWS: u32 = 100;

#[component]
pub fn AuditPage() -> impl IntoView {
    page(audit)
}

async fn audit(visit: Visit) -> Result<AnyView, Problem> {
    let caller = visit.caller()?;
    caller.require(Permission::Administer)?;
    let locale = visit.locale;
    let cursor = visit.asked("cursor");
    let later = !cursor.is_empty();
    let query = PageQuery { limit: Some(ROWS), cursor: later.then_some(cursor) };
    let found = visit.ports.accounts.audit(caller, &query).await?;
    let next = found.next.map(|next| format!("{}{}", paths::AUDIT, paths::query(&[("cursor", &next)])));
    let content = view! {
        <div class="card scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th>{t::when(locale)}</th>
                        <th>{t::who(locale)}</th>
                        <th>{t::action(locale)}</th>
                        <th>{t::target(locale)}</th>
                        <th>{t::reason(locale)}</th>
                        <th>{t::detail(locale)}</th>
                    </tr>
                </thead>
                <tbody>
                    {found
                        .items
                        .into_iter()
                        .map(|entry| {
                            let detail = match &entry.detail {
                                serde_json::Value::Null => String::new(),
                                serde_json::Value::Object(map) if map.is_empty() => String::new(),
                                detail => detail.to_string(),
                            };
                            view! {
                                <tr>
                                    <td class="nowrap">{crate::pages::local(entry.time)}</td>
                                    <td class="nowrap">{entry.actor}</td>
                                    <td class="mono nowrap">{entry.action}</td>
                                    <td class="nowrap">{entry.target}</td>
                                    <td>{entry.reason}</td>
                                    <td class="mono">
                                        <span class="clip" title=detail.clone()>
                                            {detail.clone()}
                                        </span>
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        <div class="row history-foot">
            <span class="grow"></span>
            {later.then(|| view! { <a class="btn" href=paths::AUDIT>{newest(locale)}</a> })}
            {next.map(|next| view! { <a class="btn" href=next rel="next">{older(locale)}</a> })}
        </div>
    };
    Ok(frame(&visit, paths::AUDIT, content.into_any()))
}
