//! An authority for one run, and what it signs.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use serde::{Deserialize, Serialize};

/// The certificates of one run, or of one data folder. Nobody outside of it trusts them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Certificates {
    /// The authority, PEM.
    pub ca_pem: String,
    /// Key and certificate of the client, PEM.
    pub client_identity_pem: String,
    pub(super) ca_der: Vec<u8>,
    pub(super) server_der: Vec<u8>,
    pub(super) server_key_der: Vec<u8>,
}

impl Certificates {
    /// Makes an authority, a server for `localhost` and a client.
    ///
    /// # Errors
    /// No key can be made.
    pub fn make() -> Result<Self, rcgen::Error> {
        let mut params = named("Orderwire local SM-DP+ authority", Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = named("Orderwire local SM-DP+", names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let server_key = KeyPair::generate()?;
        let server = params.signed_by(&server_key, &authority)?;

        let mut params = named("Orderwire", Vec::new())?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client_key = KeyPair::generate()?;
        let client = params.signed_by(&client_key, &authority)?;

        Ok(Self {
            ca_pem: authority.pem(),
            client_identity_pem: format!("{}{}", client_key.serialize_pem(), client.pem()),
            ca_der: authority.der().to_vec(),
            server_der: server.der().to_vec(),
            server_key_der: server_key.serialize_der(),
        })
    }
}

fn named(name: &str, alternatives: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(alternatives)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
