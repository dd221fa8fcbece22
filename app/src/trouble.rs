//! The page in place of one that could not even be begun: the database is away, the form came from another site.

use leptos::prelude::*;
use model::problem::Problem;

use crate::request::Theme;
use crate::text::Locale;
use crate::text::fault as t;

/// A whole document without a script. `again` is where to try once more.
pub fn trouble(locale: Locale, theme: Theme, css: &str, again: &str, problem: &Problem) -> String {
    let title = t::title(locale, problem.code);
    let document = || {
        view! {
            <!DOCTYPE html>
            <html lang=locale.tag() data-theme=theme.as_str()>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <title>{format!("{title} · Quarterdeck")}</title>
                    <link rel="stylesheet" href=format!("/pkg/{css}") />
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                </head>
                <body>
                    <main class="door">
                        <div class="card pad door-card stack">
                            <h1>{title}</h1>
                            <p class="alert" role="alert">
                                {t::problem(locale, problem)}
                            </p>
                            <a class="btn" href=again.to_owned()>
                                {t::try_again(locale)}
                            </a>
                        </div>
                    </main>
                </body>
            </html>
        }
        .to_html()
    };
    Owner::new().with(document)
}
