//! On which side of an order a caller stands.

use domain::{
    carrier::{OrderHeader, PartyId, Side},
    identity::{Identity, Role},
};

/// The sides of an order that the caller may act for. None: the order does not exist for it.
pub(crate) fn roles(identity: &Identity, header: &OrderHeader) -> Vec<Side> {
    let acts_for = |role: Role, party: &PartyId| {
        identity.roles.contains(&role) && identity.parties.contains(party.as_str())
    };
    let buyer = acts_for(Role::Buyer, &header.buyer).then_some(Side::Buyer);
    let seller = acts_for(Role::Seller, &header.seller).then_some(Side::Seller);
    buyer.into_iter().chain(seller).collect()
}

/// The parties that the caller acts for, each with the side it is on. A name no party can have
/// is nobody's.
pub(crate) fn parties(identity: &Identity) -> Vec<(PartyId, Side)> {
    let roles = [(Role::Buyer, Side::Buyer), (Role::Seller, Side::Seller)];
    let parties: Vec<PartyId> =
        identity.parties.iter().filter_map(|party| party.parse().ok()).collect();
    roles
        .into_iter()
        .filter(|(role, _)| identity.roles.contains(role))
        .flat_map(|(_, side)| parties.iter().map(move |party| (party.clone(), side)))
        .collect()
}
