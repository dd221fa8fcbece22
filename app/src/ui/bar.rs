//! The bar of an app's instances: one segment each, up to what fits.

use leptos::prelude::*;
use model::app::InstanceCounts;

use crate::text::{Locale, apps};

/// Segments drawn at most; more instances share segments in proportion.
const SEGMENTS: u32 = 40;

/// Class of each segment: healthy, starting, unhealthy, missing.
fn segments(counts: InstanceCounts) -> Vec<&'static str> {
    let known = counts.healthy + counts.starting + counts.unhealthy;
    let missing = counts.wanted.saturating_sub(known);
    let all = known + missing;
    if all == 0 {
        return vec!["m"];
    }
    let share = |count: u32| {
        if all <= SEGMENTS {
            count
        } else {
            // What exists is seen, however few of many it is.
            u64::from(count).saturating_mul(u64::from(SEGMENTS)).div_ceil(u64::from(all)) as u32
        }
    };
    [(counts.healthy, "h"), (counts.starting, "s"), (counts.unhealthy, "u"), (missing, "m")]
        .into_iter()
        .flat_map(|(count, class)| std::iter::repeat_n(class, share(count) as usize))
        .collect()
}

pub fn bar(locale: Locale, counts: InstanceCounts, class: &'static str) -> AnyView {
    view! {
        <div class=class role="img" aria-label=apps::counts(locale, counts) title=apps::counts(locale, counts)>
            {segments(counts).into_iter().map(|class| view! { <i class=class></i> }).collect_view()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_seen_however_few() {
        let counts = InstanceCounts { wanted: 1_000, running: 999, healthy: 998, unhealthy: 1, starting: 0 };
        let drawn = segments(counts);
        assert!(drawn.len() <= SEGMENTS as usize + 3);
        assert_eq!(drawn.iter().filter(|class| **class == "u").count(), 1);
        assert_eq!(drawn.iter().filter(|class| **class == "m").count(), 1);
        assert_eq!(segments(InstanceCounts::default()), ["m"]);
    }
}
