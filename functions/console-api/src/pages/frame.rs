use maud::{DOCTYPE, Markup, html};

use super::token;
use crate::{
    assets::{HTMX, ICON, STYLE},
    session::Visit,
};

/// htmx, without what the policy of the pages forbids: styles and code that are made at run time.
const SETTINGS: &str =
    r#"{"includeIndicatorStyles":false,"allowEval":false,"historyEnabled":false}"#;

/// The entries of the navigation.
const ENTRIES: [(&str, &str); 3] =
    [("/console", "Overview"), ("/console/tenants", "Tenants"), ("/console/registry", "Registry")];

/// The frame of every page; what needs a session is there with one only.
pub(crate) fn frame(title: &str, visit: Option<&Visit>, here: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=(SETTINGS);
                title { (title) " · Orderwire console" }
                link rel="icon" href=(ICON.path());
                link rel="stylesheet" href=(STYLE.path());
                script src=(HTMX.path()) defer {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    a.brand href="/console" { "Orderwire console" }
                    @if let Some(visit) = visit { (tools(visit, here)) }
                }
                main id="content" { (body) }
            }
        }
    }
}

fn tools(visit: &Visit, here: &str) -> Markup {
    html! {
        nav aria-label="Console" {
            ul { @for (path, name) in ENTRIES {
                li { a href=(path) aria-current=[(path == here).then_some("page")] { (name) } }
            } }
        }
        form.search role="search" method="post" action="/console/search" {
            (token(visit))
            label for="search" { "Order, number, SIM or PON" }
            input id="search" name="text" type="search" autocomplete="off" required maxlength="128";
            button { "Search" }
        }
        form.out method="post" action="/console/sign-out" {
            (token(visit))
            span { (visit.operator) }
            button { "Sign out" }
        }
    }
}
