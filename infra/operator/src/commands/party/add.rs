use std::{net::IpAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use domain::{
    carrier::{
        FulfilmentPolicy, Hosting, Party, PartyCredentials, PartyId, ProductKind,
        ProductSpecification, Quirk, Tolerance,
    },
    webhook::Secret,
};
use lambda::system::SystemRandom;

use serde_json::Value;

use crate::{error::CommandError, input};

/// The longest a message can wait in a queue.
const LONGEST_PACE: i64 = 900;

/// A party to register: all of it in a file, or by flags.
#[derive(Debug, Args)]
pub struct AddParty {
    /// The party as JSON, as `party show --json` prints it; `-` is standard input
    #[arg(
        value_name = "FILE",
        required_unless_present = "id",
        conflicts_with_all = ["id", "hosting", "fulfilment", "callback_base", "lead_days"],
        conflicts_with_all = ["pace_seconds", "products", "refused_quirks"],
    )]
    pub file: Option<PathBuf>,
    /// Its id: `buyerId` or `sellerId` in orders, at most 25 characters
    #[arg(long, requires_all = ["hosting", "fulfilment"])]
    pub id: Option<PartyId>,
    /// local: its orders are kept here; remote: somebody else's
    #[arg(long, value_enum)]
    pub hosting: Option<HostingArgument>,
    /// automatic: we carry a local Seller's orders out; manual: its own systems do
    #[arg(long, value_enum)]
    pub fulfilment: Option<FulfilmentArgument>,
    /// Where a remote party wants to be called
    #[arg(long, value_name = "URL", value_parser = base_url)]
    pub callback_base: Option<String>,
    /// Whom we are to a remote party: the user of HTTP Basic
    #[arg(long, value_name = "ID", requires = "client_secret_file")]
    pub client_id: Option<String>,
    /// A file with the password of that user; /dev/stdin reads it from a pipe. What we push is
    /// signed with a new secret from then on: it is printed, this once
    #[arg(long, value_name = "FILE", requires = "client_id")]
    pub client_secret_file: Option<PathBuf>,
    /// How many days a local Seller needs at least
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub lead_days: u16,
    /// How many seconds the automation lets pass between two steps of an order
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=LONGEST_PACE))]
    pub pace_seconds: Option<u32>,
    /// A product a Seller offers (UNI or ACCESS_EPL); may be repeated, none: any is taken
    #[arg(long = "product", value_name = "KIND:CODE[:NAME[:ID]]", value_parser = product)]
    pub products: Vec<ProductSpecification>,
    /// A remote Buyer that nobody calls: it reads its orders by itself, and cannot be a Seller
    #[arg(long, conflicts_with_all = ["callback_base", "client_id"])]
    pub not_called: bool,
    /// A deviation this partner is not forgiven; may be repeated
    #[arg(long = "refuse-quirk", value_name = "WORD", value_parser = quirk)]
    pub refused_quirks: Vec<Quirk>,
}

/// On which side of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HostingArgument {
    /// Its orders are kept here.
    Local,
    /// Somebody else's.
    Remote,
}

/// Who carries orders out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FulfilmentArgument {
    /// We do.
    Automatic,
    /// The Seller's own systems.
    Manual,
}

impl AddParty {
    /// What we show the party, as far as it is given; signed with a new secret.
    pub(super) fn credentials(&self) -> Result<Option<PartyCredentials>, CommandError> {
        let given = self.client_id.as_ref().zip(self.client_secret_file.as_ref());
        let Some((client_id, file)) = given else { return Ok(None) };
        let unreadable = |why: String| CommandError::PartyFile { file: file.clone(), why };
        let secret =
            std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        let secret = secret.trim();
        if secret.is_empty() || secret.contains(char::is_control) {
            return Err(unreadable("must hold one line, the secret".to_owned()));
        }
        if client_id.is_empty() || client_id.contains([':', '\r', '\n']) {
            return Err(CommandError::PartyRefused("a client id is one line without a colon"));
        }
        Ok(Some(PartyCredentials {
            client_id: client_id.clone(),
            client_secret: secret.to_owned(),
            signing: Secret::new(&SystemRandom),
        }))
    }

    pub(super) fn into_party(self) -> Result<Party, CommandError> {
        let not_called = self.not_called;
        let party = self.given()?;
        workable(&party, not_called)?;
        Ok(party)
    }

    fn given(self) -> Result<Party, CommandError> {
        if let Some(file) = self.file {
            return read(file);
        }
        let (Some(id), Some(hosting), Some(fulfilment)) = (self.id, self.hosting, self.fulfilment)
        else {
            return Err(CommandError::PartyRefused("give a file, or id, hosting and fulfilment"));
        };
        let called = self.callback_base.is_some() || self.client_id.is_some();
        if hosting == HostingArgument::Local && called {
            return Err(CommandError::PartyRefused("a local party is not called"));
        }
        Ok(Party {
            id,
            hosting: match hosting {
                HostingArgument::Local => Hosting::Local,
                HostingArgument::Remote => Hosting::Remote,
            },
            callback_base: self.callback_base,
            products: self.products,
            fulfilment: match fulfilment {
                FulfilmentArgument::Automatic => FulfilmentPolicy::Automatic,
                FulfilmentArgument::Manual => FulfilmentPolicy::Manual,
            },
            lead_days: self.lead_days,
            pace_seconds: self.pace_seconds,
            tolerance: Tolerance::refusing(self.refused_quirks),
        })
    }
}

/// Refuses a party whose orders could not be carried out.
fn workable(party: &Party, not_called: bool) -> Result<(), CommandError> {
    let refused = |why| Err(CommandError::PartyRefused(why));
    let remote = party.hosting == Hosting::Remote;
    if !remote && party.callback_base.is_some() {
        return refused("a local party is not called");
    }
    if !remote && not_called {
        return refused("--not-called is for remote parties: a local one is never called");
    }
    if remote && party.fulfilment == FulfilmentPolicy::Automatic {
        return refused("a remote party carries its orders out itself: its fulfilment is manual");
    }
    if remote && party.callback_base.is_none() && !not_called {
        return refused(
            "a remote party needs a callback base: without, orders for it would be rejected \
             (--not-called for a Buyer that reads its orders by itself)",
        );
    }
    match &party.callback_base {
        Some(base) if !is_private(base) => refused(
            "the callback base must begin with https://: credentials go there (http:// to this \
             machine only)",
        ),
        _ => Ok(()),
    }
}

/// Whether nobody on the way can read what goes there.
fn is_private(base: &str) -> bool {
    let Some(rest) = base.strip_prefix("http://") else { return true };
    let authority = rest.split('/').next().unwrap_or_default();
    // A user name in front of it could look like a host.
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || host.eq_ignore_ascii_case("localhost")
}

/// Members of a party and of its products, as `party show --json` prints them.
const MEMBERS: [&str; 8] = [
    "id",
    "hosting",
    "callbackBase",
    "products",
    "fulfilment",
    "leadDays",
    "paceSeconds",
    "tolerance",
];
const PRODUCT_MEMBERS: [&str; 4] = ["kind", "code", "name", "id"];

/// The first member that a party does not have: a typo would be a setting that is not set.
fn unknown_member(party: &Value) -> Option<String> {
    let unknown = |object: &Value, known: &[&str]| {
        let members = object.as_object().into_iter().flat_map(|object| object.keys());
        members.into_iter().find(|name| !known.contains(&name.as_str())).cloned()
    };
    let products = party.get("products").and_then(Value::as_array).into_iter().flatten();
    unknown(party, &MEMBERS).or_else(|| {
        let mut products = products.filter_map(|product| unknown(product, &PRODUCT_MEMBERS));
        products.next().map(|name| format!("products: {name}"))
    })
}

fn read(file: PathBuf) -> Result<Party, CommandError> {
    let unreadable = |file: PathBuf, why: String| CommandError::PartyFile { file, why };
    let text = match input::text(&file) {
        Ok(text) => text,
        Err(error) => return Err(unreadable(file, error.to_string())),
    };
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return Err(unreadable(file, error.to_string())),
    };
    if let Some(name) = unknown_member(&value) {
        let known = MEMBERS.join(", ");
        return Err(unreadable(file, format!("unknown member {name}; a party has {known}")));
    }
    let party: Party = match serde_json::from_value(value) {
        Ok(party) => party,
        Err(error) => return Err(unreadable(file, error.to_string())),
    };
    if party.pace_seconds.is_some_and(|pace| i64::from(pace) > LONGEST_PACE) {
        return Err(unreadable(file, format!("paceSeconds: at most {LONGEST_PACE}")));
    }
    match party.callback_base.as_deref().map(base_url).transpose() {
        Ok(callback_base) => Ok(Party { callback_base, ..party }),
        Err(why) => Err(unreadable(file, format!("callbackBase: {why}"))),
    }
}

/// Without a slash at the end.
fn base_url(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let valid = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    if !valid || text.contains(['?', '#', ' ']) {
        return Err("write an http or https URL without query or fragment");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn product(text: &str) -> Result<ProductSpecification, String> {
    let mut parts = text.splitn(4, ':');
    let (kind, code) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let kinds = || ProductKind::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let kind = ProductKind::read(kind).ok_or_else(|| format!("the kinds are {}", kinds()))?;
    let mut further = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    match code {
        "" => Err("write KIND:CODE".to_owned()),
        code => {
            Ok(ProductSpecification { kind, code: code.to_owned(), name: further(), id: further() })
        }
    }
}

fn quirk(text: &str) -> Result<Quirk, String> {
    let words = || Quirk::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    Quirk::read(text).ok_or_else(|| format!("the words are {}", words()))
}
