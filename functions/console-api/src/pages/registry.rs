use domain::{carrier::Party, esim::ProfileType};
use maud::{Markup, html};

use super::table;

/// What orders refer to.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) parties: Vec<Party>,
    /// Free profiles of each type.
    pub(crate) pool: Vec<(ProfileType, u64)>,
    pub(crate) quarantined: usize,
}

/// `/console/registry`
pub(crate) fn registry(registry: &Registry) -> Markup {
    let parties = html! { @for party in &registry.parties { tr {
        td { (party.id) }
        td { (party.hosting.as_str()) }
        td { (party.fulfilment.as_str()) }
        td.number { (party.products.len()) }
    } } };
    let pool = html! { @for (profile_type, free) in &registry.pool { tr {
        td { (profile_type) } td.number { (free) }
    } } };
    html! {
        h1 { "Registry" }
        h2 { "Parties" }
        @if registry.parties.is_empty() { p { "None." } }
        @else { (table("Parties", &["Party", "Hosting", "Fulfilment", "Products"], &parties)) }
        h2 { "Pool of profiles" }
        @if registry.pool.is_empty() { p { "Empty, and no catalogue has a product." } }
        @else { (table("Pool of profiles", &["Type", "Free"], &pool)) }
        p { (registry.quarantined) " in quarantine." }
    }
}
