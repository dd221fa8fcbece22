//! The views of kept lines: what a search found, what is around a line, what was printed in a minute.

use leptos::prelude::*;
use model::id::InstanceId;
use model::log::{KeptLine, LogContext, LogKeeping, LogPage, LogPosition, LogSearch};
use model::problem::{Fault, FieldError, Problem, ProblemCode};
use model::time::Timestamp;

use super::asked::{AROUND, Asked};
use super::form::form;
use super::line::Rows;
use crate::pages::app::Shown;
use crate::pages::local;
use crate::paths;
use crate::text::{fault, kept as t};
use crate::ui::empty::empty;
use crate::ui::icon::{Icon, icon};

const MINUTE_MS: i64 = 60_000;
/// Lines of a minute that are shown at once.
const MINUTE_LINES: &str = "500";
/// Lines before and after a minute.
const BESIDE: usize = 10;

/// The times that a view is about, in milliseconds, and the view.
type Viewed = ((i64, i64), AnyView);

/// The form and what it found.
pub async fn search(shown: &Shown<'_>, asked: &Asked) -> Result<Viewed, Problem> {
    let Shown { visit, caller, key, now, .. } = *shown;
    let locale = visit.locale;
    let here = paths::app_tab(key, "logs");
    let keeping = visit.ports.logs.keeping(caller, key).await?;
    let search = asked.search(now, visit.ports.site.zones());
    let (page, refused) = match visit.ports.logs.search(caller, key, &search).await {
        Ok(page) => (Some(page), None),
        Err(problem) if may_be_said(&problem) => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let times = {
        let oldest = keeping.oldest.unwrap_or(now).as_millis();
        let filter = search.check().unwrap_or_default();
        let millis = |time: Option<Timestamp>, other: i64| time.map_or(other, Timestamp::as_millis);
        (millis(filter.from, oldest), millis(filter.until, now.as_millis()))
    };
    let rows = rows(shown, &here, asked, &keeping, &[]);
    let found = page.map(|page| found(&rows, &search, &keeping, &page));
    let view = view! {
        {form(locale, &here, asked, &keeping, refused.as_ref())}
        {refused.as_ref().map(|problem| said(shown, problem))}
        {found}
        {foot(shown, &keeping)}
    };
    Ok((times, view.into_any()))
}

/// Mistakes of the search are said beside it; so is that there are too many at once.
const fn may_be_said(problem: &Problem) -> bool {
    matches!(problem.code, ProblemCode::Invalid | ProblemCode::RateLimited | ProblemCode::NotFound)
}

fn said(shown: &Shown<'_>, problem: &Problem) -> AnyView {
    let locale = shown.visit.locale;
    shown.visit.status(problem.status);
    // Those of the form's fields stand there.
    let fields = ["/grep", "/field", "/from", "/until"];
    let others = problem.errors.iter().filter(|error| !fields.contains(&error.path.as_str()));
    let others = others.map(|error| view! { <p>{fault::fault(locale, &error.fault)}</p> }).collect_view();
    view! {
        <div class="alert" role="alert">
            {icon(Icon::Alert)}
            <div>{fault::problem(locale, problem)} {others}</div>
        </div>
    }
    .into_any()
}

fn rows<'a>(
    shown: &Shown<'a>,
    here: &'a str,
    asked: &'a Asked,
    keeping: &LogKeeping,
    lines: &[KeptLine],
) -> Rows<'a> {
    let mut instances: Vec<String> = keeping.instances.iter().map(|InstanceId(id)| id.clone()).collect();
    for InstanceId(id) in lines.iter().map(|kept| &kept.line.instance) {
        if !instances.contains(id) {
            instances.push(id.clone());
        }
    }
    Rows { locale: shown.visit.locale, key: shown.key, here, asked, instances }
}

fn found(rows: &Rows, search: &LogSearch, keeping: &LogKeeping, page: &LogPage) -> AnyView {
    let Rows { locale, here, asked, .. } = *rows;
    let lines = if !page.items.is_empty() {
        rows.list(&page.items, t::results(locale), |_| false)
    } else if page.partial || page.next.is_some() {
        ().into_any()
    } else if keeping.oldest.is_none() {
        empty(Icon::Search, t::none_kept(locale), t::none_kept_hint(locale), None)
    } else {
        empty(Icon::Search, t::none_found(locale), t::none_found_hint(locale), None)
    };
    let all = LogSearch { cursor: String::new(), ..search.clone() };
    let older = page.next.map(|next| asked.link(here, &[("cursor", &next.to_string())]));
    view! {
        <div class="row log-found">
            <p class="sub" role="status">{t::looked(locale, page)}</p>
            <span class="grow"></span>
            {(!asked.cursor.is_empty())
                .then(|| view! { <a class="btn small" href=asked.link(here, &[])>{t::newest(locale)}</a> })}
            {(!page.items.is_empty()).then(|| download(rows, &all))}
        </div>
        {page.partial.then(|| view! { <div class="alert warn" role="status">{t::partial(locale)}</div> })}
        {(page.damaged > 0)
            .then(|| view! { <div class="alert warn" role="status">{t::damaged(locale, page.damaged)}</div> })}
        {lines}
        {older.map(|older| view! { <p class="log-more"><a class="btn" href=older rel="next">{t::older(locale)}</a></p> })}
    }
    .into_any()
}

/// All lines of a search, as a file.
fn download(rows: &Rows, search: &LogSearch) -> AnyView {
    let LogSearch { grep, field, instance, revision, stream, from, until, .. } = search;
    let pairs = [
        ("grep", grep.as_str()),
        ("field", field),
        ("instance", instance),
        ("revision", revision),
        ("stream", stream),
        ("from", from),
        ("until", until),
    ];
    let href = format!("{}{}", paths::api_kept_logs(rows.key, "download"), paths::query(&pairs));
    let name = format!("{}-{}.log.ndjson", rows.key.environment, rows.key.app);
    view! { <a class="btn small" href=href download=name>{t::download(rows.locale)}</a> }.into_any()
}

/// How the keeping stands, and what went wrong with it.
fn foot(shown: &Shown<'_>, keeping: &LogKeeping) -> AnyView {
    let locale = shown.visit.locale;
    let warn = |text: String| view! { <div class="alert warn">{icon(Icon::Alert)} <div>{text}</div></div> };
    view! {
        <div class="log-keeping">
            {keeping.trouble.as_deref().map(|why| warn(t::trouble(locale, why)))}
            {(keeping.damaged > 0).then(|| warn(t::damaged(locale, keeping.damaged)))}
            {(keeping.dropped > 0).then(|| warn(t::dropped(locale, keeping)))}
            <p class="sub">{t::keeping(locale, keeping)} {keeping.oldest.map(|oldest| view! { " " {t::since(locale)} " " {local(oldest)} })}</p>
        </div>
    }
    .into_any()
}

/// The lines around one.
pub async fn around(shown: &Shown<'_>, asked: &Asked, position: &str) -> Result<Viewed, Problem> {
    let Shown { visit, caller, key, now, .. } = *shown;
    let locale = visit.locale;
    let here = paths::app_tab(key, "logs");
    let keeping = visit.ports.logs.keeping(caller, key).await?;
    let at = position.parse::<LogPosition>().map_err(|_| Problem::not_found("log line", position));
    let context = match at {
        Ok(at) => visit.ports.logs.context(caller, key, at, asked.lines, asked.same).await,
        Err(problem) => Err(problem),
    };
    let back = asked.link(&here, &[]);
    let head = |more: Option<AnyView>| {
        view! {
            <div class="row log-found">
                <h2>{t::around_title(locale)}</h2>
                <span class="grow"></span>
                {more}
                <a class="btn small" href=back.clone()>{t::back(locale)}</a>
            </div>
        }
    };
    let context = match context {
        Ok(context) => context,
        Err(problem) if may_be_said(&problem) => {
            let view = view! { {head(None)} {said(shown, &problem)} };
            return Ok(((now.as_millis(), now.as_millis()), view.into_any()));
        }
        Err(problem) => return Err(problem),
    };
    let is_here = |kept: &KeptLine| kept.position.to_string() == position;
    let time = context.items.iter().find(|kept| is_here(kept)).map_or(now, |kept| kept.line.time).as_millis();
    let link = |lines: usize, same: bool| {
        let lines = lines.to_string();
        let pairs =
            [("around", position), ("lines", lines.as_str()), ("same", if same { "yes" } else { "" })];
        format!("{}#here", asked.link(&here, &pairs))
    };
    let choices = AROUND.map(|lines| {
        let current = (lines == asked.lines).then_some("page");
        view! { <a class="chip" href=link(lines, asked.same) aria-current=current>{lines}</a> }
    });
    let (other, word) =
        if asked.same { (false, t::all_instances(locale)) } else { (true, t::this_instance(locale)) };
    let more = view! {
        <span class="sub" id="around-lines">{t::around_lines(locale)}</span>
        <nav class="ranges" aria-labelledby="around-lines">{choices.collect_view()}</nav>
        <a class="btn small" href=link(asked.lines, other)>{word}</a>
    };
    let LogContext { items, .. } = &context;
    let rows = rows(shown, &here, asked, &keeping, items);
    let view = view! {
        {head(Some(more.into_any()))}
        {rows.list(items, t::around_title(locale), is_here)}
    };
    Ok(((time - MINUTE_MS, time + MINUTE_MS), view.into_any()))
}

/// The lines of a minute, with some before and after.
pub async fn minute(shown: &Shown<'_>, asked: &Asked, at: &str) -> Result<Viewed, Problem> {
    let Shown { visit, caller, key, .. } = *shown;
    let locale = visit.locale;
    let here = paths::app_tab(key, "logs");
    let keeping = visit.ports.logs.keeping(caller, key).await?;
    let Some(start) = start_of(at) else {
        let problem = Problem::invalid(vec![FieldError::new("/at", Fault::NotMoment)]);
        let now = shown.now.as_millis();
        return Ok(((now - MINUTE_MS, now), said(shown, &problem)));
    };
    let end = start + MINUTE_MS - 1;
    let search = LogSearch {
        from: start.to_string(),
        until: end.to_string(),
        limit: MINUTE_LINES.to_owned(),
        cursor: asked.cursor.clone(),
        ..LogSearch::default()
    };
    let page = match visit.ports.logs.search(caller, key, &search).await {
        Err(problem) if may_be_said(&problem) => return Ok(((start, end), said(shown, &problem))),
        page => page?,
    };
    let lines = with_neighbours(shown, &page, start).await?;
    let is_here = |kept: &KeptLine| (start..=end).contains(&kept.line.time.as_millis());
    let rows = rows(shown, &here, asked, &keeping, &lines);
    let none = match (page.items.is_empty(), lines.is_empty()) {
        (false, _) => None,
        (true, false) => Some(t::minute_none(locale)),
        (true, true) => Some(t::minute_none_at_all(locale)),
    };
    let at = start.to_string();
    let earlier = page.next.map(|next| next.to_string());
    let earlier = earlier.map(|next| format!("{here}{}", paths::query(&[("at", &at), ("cursor", &next)])));
    let all = LogSearch { limit: String::new(), cursor: String::new(), ..search };
    let view = view! {
        <div class="row log-found">
            <h2>{t::minute(locale)} " " {local(Timestamp::from_millis(start))}</h2>
            <span class="grow"></span>
            <a class="btn small" href=paths::logs_at(key, start - MINUTE_MS) rel="prev">{t::minute_before(locale)}</a>
            <a class="btn small" href=paths::logs_at(key, start + MINUTE_MS) rel="next">{t::minute_after(locale)}</a>
            {(!page.items.is_empty()).then(|| download(&rows, &all))}
        </div>
        {page.partial.then(|| view! { <div class="alert warn" role="status">{t::partial(locale)}</div> })}
        {none.map(|none| view! { <div class="alert busy" role="status">{none}</div> })}
        {earlier.map(|href| view! { <p class="log-more"><a class="btn small" href=href>{t::minute_more(locale)}</a></p> })}
        {(!lines.is_empty()).then(|| rows.list(&lines, t::minute(locale), is_here))}
        {foot(shown, &keeping)}
    };
    Ok(((start, end), view.into_any()))
}

/// Milliseconds since 1970 at which the minute of a time began.
fn start_of(at: &str) -> Option<i64> {
    let at: i64 = at.parse().ok()?;
    // A year of four digits: what was ever kept.
    let fits = (0..=253_402_300_799_999).contains(&at);
    fits.then(|| at - at.rem_euclid(MINUTE_MS))
}

/// The lines of a page, oldest first, and those beside them; the last ones before it where it has none.
async fn with_neighbours(shown: &Shown<'_>, page: &LogPage, start: i64) -> Result<Vec<KeptLine>, Problem> {
    let Shown { visit, caller, key, .. } = *shown;
    let logs = &visit.ports.logs;
    let mut lines = page.items.clone();
    lines.sort_by_key(|kept| kept.position);
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        if start == 0 {
            return Ok(lines);
        }
        let before =
            LogSearch { until: (start - 1).to_string(), limit: BESIDE.to_string(), ..LogSearch::default() };
        let mut lines = logs.search(caller, key, &before).await?.items;
        lines.reverse();
        return Ok(lines);
    };
    let (first, last) = (first.position, last.position);
    let before = logs.context(caller, key, first, BESIDE, false).await?.items;
    let after = logs.context(caller, key, last, BESIDE, false).await?.items;
    let mut all: Vec<KeptLine> = before.into_iter().filter(|kept| kept.position < first).collect();
    all.append(&mut lines);
    all.extend(after.into_iter().filter(|kept| kept.position > last));
    // Lines of several instances do not come in the order of their times.
    all.sort_by_key(|kept| (kept.line.time, kept.position));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::start_of;

    #[test]
    fn a_time_leads_to_its_minute() {
        assert_eq!(start_of("1769860859999"), Some(1_769_860_800_000));
        assert_eq!(start_of("0"), Some(0));
        for wrong in ["", "-1", "noon", "999999999999999999"] {
            assert_eq!(start_of(wrong), None, "{wrong}");
        }
    }
}
