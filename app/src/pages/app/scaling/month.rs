//! The coming five weeks, a day a field, by the clocks of the first entry's zone.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use leptos::prelude::*;
use model::scaling::{ScalingStatus, Upcoming};
use model::window::{UTC, Zone};

use super::Shown;
use crate::text::scaling as t;

const WEEKS: u64 = 5;
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};
/// Entries of one day that are written out.
const SHOWN: usize = 3;

pub fn grid(shown: &Shown<'_>, status: &ScalingStatus) -> Option<AnyView> {
    let locale = shown.visit.locale;
    let name = status.calendar.schedules.first().map_or(UTC, |entry| entry.time_zone.as_str()).to_owned();
    let zone = shown.visit.ports.site.zones().get(&name)?;
    let today = zone.local(shown.now).date();
    let monday = today - Days::new(today.weekday().num_days_from_monday().into());
    let day = |date: NaiveDate| {
        let held: Vec<&Upcoming> =
            status.upcoming.iter().filter(|coming| touches(&*zone, coming, date)).collect();
        let more = held.len().saturating_sub(SHOWN);
        let chip = |coming: &&Upcoming| {
            let text = t::chip(&coming.occurrence);
            view! {
                <span class=if coming.capacity.fits { "chip" } else { "chip short" } title=text.clone()>
                    {text.clone()}
                </span>
            }
        };
        view! {
            <td aria-current=(date == today).then_some("date") class=(date < today).then_some("past")>
                <span class="day">{date.day()}</span>
                {held.iter().take(SHOWN).map(chip).collect_view()}
                {(more > 0).then(|| view! { <span class="sub">{format!("+{more}")}</span> })}
            </td>
        }
    };
    let week = |number: u64| {
        let days = (0..7).map(|of_week| day(monday + Days::new(number * 7 + of_week)));
        view! { <tr>{days.collect_view()}</tr> }
    };
    Some(
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label=t::next_days(locale)>
                <table class="month">
                    <caption>{t::next_days(locale)} ", " {t::in_zone(locale, &name)}</caption>
                    <thead>
                        <tr>{t::weekdays(locale).map(|day| view! { <th>{day}</th> })}</tr>
                    </thead>
                    <tbody>{(0..WEEKS).map(week).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}

/// Whether an entry belongs to a day: it begins on it, or holds at its noon. The morning after a night does not.
fn touches(zone: &dyn Zone, coming: &Upcoming, date: NaiveDate) -> bool {
    let (begins, ends) = (zone.local(coming.occurrence.begins), zone.local(coming.occurrence.to));
    let noon = date.and_time(NOON);
    begins.date() == date || (begins <= noon && noon < ends)
}
