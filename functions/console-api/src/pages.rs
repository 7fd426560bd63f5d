//! The markup. Every text goes through maud, which escapes it.

mod frame;
mod order;
mod overview;
mod picture;
mod registry;
mod search;
mod tenants;

use domain::clock::rfc3339;
use maud::{Markup, html};
use time::OffsetDateTime;

pub(crate) use frame::frame;
pub(crate) use order::{actions, order};
pub(crate) use overview::{Overview, overview};
pub(crate) use registry::{Registry, registry};
pub(crate) use search::nothing_found;
pub(crate) use tenants::{TenantRow, TenantView, endpoint, tenant, tenants};

use crate::session::Visit;

/// What was just done, in the query of the page that follows.
pub(crate) const DONE: [&str; 4] = ["resolved", "retried", "enabled", "replayed"];

/// What is said of it.
fn done(word: Option<&str>) -> Markup {
    let text = match word {
        Some("resolved") => "The order has ended as you decided.",
        Some("retried") => "The order's worker is called again. It stays marked until it goes on.",
        Some("enabled") => "Messages go to the endpoint again.",
        Some("replayed") => "The delivery is made once more, with its whole schedule.",
        _ => return Markup::default(),
    };
    html! { p.done role="status" { (text) } }
}

/// A time.
fn at(time: OffsetDateTime) -> Markup {
    let text = rfc3339(time);
    html! { time datetime=(text) { (text) } }
}

/// The token of the session, in a form.
fn token(visit: &Visit) -> Markup {
    html! { input type="hidden" name="token" value=(visit.token); }
}

/// A table that scrolls by itself, also by the keyboard: the page does not.
fn table(name: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(name) {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// The page of a link: what it opens needs a click.
pub(crate) fn link(code: &str) -> Markup {
    html! {
        h1 { "Open the console" }
        p { "The link opens one session of twelve hours, in this browser." }
        form method="post" action="/console/sessions" {
            input type="hidden" name="code" value=(code);
            button { "Open the console" }
        }
    }
}

/// A link that opens nothing.
pub(crate) fn used_link() -> Markup {
    html! {
        h1 { "The link is used up" }
        p {
            "A link opens one session, within ten minutes. Make another one: "
            code { "orderwire console" }
        }
    }
}

/// After signing out.
pub(crate) fn signed_out() -> Markup {
    html! {
        h1 { "Signed out" }
        p { "The session is over. " code { "orderwire console" } " makes a link for another." }
    }
}

/// A problem.
pub(crate) fn problem(title: &str, info: &str) -> Markup {
    html! { h1 { (title) } p { (info) "." } }
}
