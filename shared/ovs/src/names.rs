//! Names in the switch.

use domain::carrier::{OrderId, PartyId, ServiceId};

/// Guards of orders: orders share them, see [`guard`].
const GUARDS: u64 = 64;

/// The value of `external_ids:orderwire-uni` and `orderwire-enni`.
pub fn service_key(seller: &PartyId, service: &ServiceId) -> String {
    format!("{seller}#{service}")
}

/// The value of `external_ids:orderwire-ovc`.
pub fn ovc_key(seller: &PartyId, buyer: &PartyId, ovc: &ServiceId) -> String {
    format!("{seller}#{buyer}#{ovc}")
}

/// The name of the port that is added for a UNI: 15 characters, as many as Linux allows.
pub fn port_of_uni(key: &str) -> String {
    format!("uni{}", digest(key))
}

/// The name of the port that is added for an ENNI.
pub fn port_of_enni(key: &str) -> String {
    format!("nni{}", digest(key))
}

/// The key of the bridge's `external_ids` that holds the stamp of the order's last write. Orders share
/// it with others, which costs a read now and then; one for each order would never be removed.
pub(crate) fn guard(order: &OrderId) -> String {
    format!("orderwire-fence-{:02}", hash(order.as_str()) % GUARDS)
}

fn digest(key: &str) -> String {
    format!("{:012x}", hash(key) >> 16)
}

/// FNV-1a: stable over releases, which the standard library's hasher does not promise.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_has_a_name_that_linux_allows() {
        let key = service_key(&"Seller 1".parse().unwrap(), &"UNI-1".parse().unwrap());
        assert_eq!(key, "Seller 1#UNI-1");
        assert_eq!(port_of_uni(&key).len(), 15);
        assert_ne!(port_of_uni(&key)[3..], port_of_uni("Seller 1#UNI-2")[3..]);
        assert_eq!(port_of_enni(&key)[3..], port_of_uni(&key)[3..]);
    }

    #[test]
    fn an_order_always_has_the_same_guard() {
        let order = "ORD-01HX000000000000000000000A".parse().unwrap();
        assert_eq!(guard(&order), guard(&order));
        assert!(guard(&order).starts_with("orderwire-fence-"));
    }
}
