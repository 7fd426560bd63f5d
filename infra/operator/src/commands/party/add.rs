use std::path::PathBuf;

use clap::{Args, ValueEnum};
use domain::carrier::{
    FulfilmentPolicy, Hosting, Party, PartyId, ProductKind, ProductSpecification, Quirk, Tolerance,
};

use crate::error::CommandError;

/// The longest a message can wait in a queue.
const LONGEST_PACE: i64 = 900;

/// A party to register: all of it in a file, or by flags.
#[derive(Debug, Args)]
pub struct AddParty {
    /// The party as JSON, as `party show --json` prints it
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
    /// How many days a local Seller needs at least
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub lead_days: u16,
    /// How many seconds the automation lets pass between two steps of an order
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=LONGEST_PACE))]
    pub pace_seconds: Option<u32>,
    /// A product a Seller offers (UNI or ACCESS_EPL); may be repeated, none: any is taken
    #[arg(long = "product", value_name = "KIND:CODE[:NAME[:ID]]", value_parser = product)]
    pub products: Vec<ProductSpecification>,
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
    pub(super) fn into_party(self) -> Result<Party, CommandError> {
        if let Some(file) = self.file {
            return read(file);
        }
        let (Some(id), Some(hosting), Some(fulfilment)) = (self.id, self.hosting, self.fulfilment)
        else {
            return Err(CommandError::PartyRefused("give a file, or id, hosting and fulfilment"));
        };
        if hosting == HostingArgument::Local && self.callback_base.is_some() {
            return Err(CommandError::PartyRefused("a local party is not called back"));
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

fn read(file: PathBuf) -> Result<Party, CommandError> {
    let unreadable = |file: PathBuf, why: String| CommandError::PartyFile { file, why };
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) => return Err(unreadable(file, error.to_string())),
    };
    let party: Party = match serde_json::from_slice(&text) {
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
