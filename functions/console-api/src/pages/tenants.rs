use std::collections::BTreeSet;

use domain::{
    esim::{Currency, Product},
    identity::{Client, Tenant},
    webhook::Endpoint,
};
use maud::{Markup, html};
use store::StoredDelivery;

use super::{at, done, table, token};
use crate::{
    order_view::{result, state},
    session::Visit,
};

/// A tenant in the list of all.
#[derive(Debug)]
pub(crate) struct TenantRow {
    pub(crate) tenant: Tenant,
    pub(crate) clients: usize,
    pub(crate) endpoints: usize,
    pub(crate) in_trouble: usize,
}

/// A tenant.
#[derive(Debug)]
pub(crate) struct TenantView {
    pub(crate) tenant: Tenant,
    pub(crate) clients: Vec<Client>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) products: Vec<Product>,
    pub(crate) currencies: BTreeSet<Currency>,
}

/// `/console/tenants`
pub(crate) fn tenants(rows: &[TenantRow], more: bool) -> Markup {
    let markup = html! { @for row in rows { tr {
        td { a href=(format!("/console/tenants/{}", row.tenant)) { (row.tenant) } }
        td.number { (row.clients) }
        td.number { (row.endpoints) }
        td.number { (row.in_trouble) }
    } } };
    let heads = ["Tenant", "Clients", "Endpoints", "In trouble"];
    html! {
        h1 { "Tenants" }
        @if rows.is_empty() { p { "There is no client." } }
        @else { (table("Tenants", &heads, &markup)) }
        @if more { p.quiet { "There are more tenants. Open one by its path: /console/tenants/NAME." } }
    }
}

/// How an endpoint is, in words.
fn health(endpoint: &Endpoint) -> Markup {
    let health = &endpoint.health;
    html! {
        @if let Some(disabled) = &health.disabled {
            "disabled since " (at(disabled.at)) ": " (disabled.why.as_str())
        } @else if let Some(since) = health.failing_since {
            "fails since " (at(since))
        } @else if let Some(since) = health.slow_since {
            "slow since " (at(since))
        } @else {
            "well"
        }
    }
}

/// Where an endpoint is, without what its URL may keep secret: a path, a query.
fn origin(endpoint: &Endpoint) -> &str {
    let url = endpoint.url.as_str();
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?']).map_or(url.len(), |at| host + at);
    &url[..end]
}

/// `/console/tenants/{tenant}`
pub(crate) fn tenant(view: &TenantView) -> Markup {
    let clients = html! { @for client in &view.clients { tr {
        td { (client.id) }
        td { (listed(&client.roles)) }
        td { (listed(&client.parties)) }
        td { @if client.disabled { "disabled" } @else { "enabled" } }
    } } };
    let endpoints = html! { @for one in &view.endpoints { tr {
        td { a href=(format!("/console/tenants/{}/endpoints/{}", view.tenant, one.id)) { (one.id) } }
        td { (origin(one)) }
        td { (health(one)) }
    } } };
    html! {
        h1 { "Tenant " (view.tenant) }
        h2 { "Clients" }
        (table("Clients", &["Client", "Roles", "Parties", "State"], &clients))
        h2 { "Webhook endpoints" }
        @if view.endpoints.is_empty() { p { "None." } }
        @else { (table("Webhook endpoints", &["Endpoint", "At", "State"], &endpoints)) }
        @if !view.products.is_empty() { (catalogue(view)) }
    }
}

fn catalogue(view: &TenantView) -> Markup {
    let rows = html! { @for product in &view.products { tr {
        td { (product.id) } td { (product.profile_type) }
    } } };
    html! {
        h2 { "Catalogue" }
        p { "Currencies: " (listed(&view.currencies)) }
        (table("Catalogue", &["Product", "Type of profile"], &rows))
    }
}

fn listed<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| one.to_string()).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// `/console/tenants/{tenant}/endpoints/{endpoint}`
pub(crate) fn endpoint(
    endpoint: &Endpoint,
    (deliveries, more): (&[StoredDelivery], bool),
    visit: &Visit,
    word: Option<&str>,
) -> Markup {
    let path = format!("/console/tenants/{}/endpoints/{}", endpoint.tenant, endpoint.id);
    let enabled = !endpoint.health.is_disabled();
    html! {
        h1 { "Endpoint " (endpoint.id) }
        (done(word))
        p { "Of " a href=(format!("/console/tenants/{}", endpoint.tenant)) { (endpoint.tenant) }
            ", at " (origin(endpoint)) ": " (health(endpoint)) "." }
        @if !enabled {
            form method="post" action=(format!("{path}/enable")) {
                (token(visit))
                button { "Enable" }
            }
        }
        h2 { "Deliveries" }
        @if deliveries.is_empty() { p { "None in the last 30 days." } }
        @else { (listed_deliveries(&path, deliveries, visit.token.as_str(), enabled)) }
        @if more { p.quiet { "These are the newest; the others are in the API's log." } }
    }
}

fn listed_deliveries(path: &str, all: &[StoredDelivery], token: &str, enabled: bool) -> Markup {
    let rows = html! { @for stored in all { tr {
        td { (at(stored.created_at)) }
        td { (stored.event.as_str()) }
        td { @if let Some(order) = stored.delivery.message.order() {
            a href=(format!("/console/orders/{order}")) { (order) }
        } }
        td { (state(stored.delivery.state)) }
        td.number { (stored.attempts.len()) }
        td { (stored.attempts.last().map(|last| result(last.result)).unwrap_or_default()) }
        td { @if enabled {
            form method="post" action=(format!("{path}/deliveries/{}/replay", stored.delivery.message)) {
                input type="hidden" name="token" value=(token);
                button aria-label=(format!("Replay {}", stored.delivery.message)) { "Replay" }
            }
        } }
    } } };
    let heads = ["Planned", "Event", "Order", "State", "Attempts", "Last attempt", "Action"];
    table("Deliveries", &heads, &rows)
}
