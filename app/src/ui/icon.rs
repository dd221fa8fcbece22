//! The icons, drawn on a grid of 16.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Wheel,
    Overview,
    Apps,
    Deployments,
    Images,
    Nodes,
    Bell,
    Settings,
    Check,
    Alert,
    Busy,
    Clock,
    Pause,
    Question,
    Menu,
    Search,
    Plus,
    Box,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Wheel => {
                "M8 3.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 1 1 0-8.4M8 7a1 1 0 1 1 0 2a1 1 0 1 1 0-2M8 1v14M1 8h14M3 3l10 10M13 3 3 13"
            }
            Self::Overview => "M2.5 2.5h4.5v6h-4.5zM9 2.5h4.5v3.5H9zM9 8h4.5v5.5H9zM2.5 10.5h4.5v3h-4.5z",
            Self::Apps => "M8 1.8 13.6 5v6L8 14.2 2.4 11V5zM2.6 5.1 8 8.2l5.4-3.1M8 8.2v5.8",
            Self::Deployments => "M8 13.5V3M4 6.8 8 2.8l4 4M3 13.5h10",
            Self::Images => "M8 1.8 14 5 8 8.2 2 5zM2 8.2l6 3.2 6-3.2M2 11.2l6 3.2 6-3.2",
            Self::Nodes => "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1",
            Self::Bell => {
                "M8 2a4 4 0 0 1 4 4c0 3.5 1.5 4.5 1.5 5.5h-11C2.5 10.5 4 9.5 4 6a4 4 0 0 1 4-4M6.5 13.8h3"
            }
            Self::Settings => {
                "M2 4.5h6M11.5 4.5H14M2 11.5h2.5M8 11.5h6M8 4.5a1.75 1.75 0 1 0 3.5 0a1.75 1.75 0 1 0-3.5 0M4.5 11.5a1.75 1.75 0 1 0 3.5 0a1.75 1.75 0 1 0-3.5 0"
            }
            Self::Check => "m3.5 8.5 3 3 6-7",
            Self::Alert => "M8 2.2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1",
            Self::Busy => "M13.5 8A5.5 5.5 0 1 1 8 2.5",
            Self::Clock => "M8 2a6 6 0 1 1 0 12A6 6 0 1 1 8 2M8 5v3.2l2 1.3",
            Self::Pause => "M5.5 4v8M10.5 4v8",
            Self::Question => "M5.6 6a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.7M8 12.3v.1",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Search => "M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9M10.4 10.4 14 14",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Box => "M2.5 5.5h11v8h-11zM4 2.5h8l1.5 3h-11zM6.5 8h3",
        }
    }
}

/// The icon as decoration: the word beside it says what it means.
pub fn icon(icon: Icon) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=icon.path() />
        </svg>
    }
    .into_any()
}
