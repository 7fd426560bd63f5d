//! Why a command did not do what was asked, in one line for a person.

use std::path::PathBuf;

use aws::{QueueError, SettingsError};
use domain::{
    carrier::PartyId,
    esim::ProfileType,
    identity::{ClientId, Tenant},
};
use interventions::ResolveError;
use store::StoreError;
use thiserror::Error;

use crate::output::counted;

/// Why a command did not do what was asked.
#[derive(Debug, Error)]
pub enum CommandError {
    /// A setting is missing.
    #[error("{variable} is not set: give --stack or --ready-file, or {option}")]
    NotConfigured {
        /// The variable.
        variable: &'static str,
        /// The flag that does the same.
        option: &'static str,
    },
    /// The pepper of client secrets is missing.
    #[error("CREDENTIAL_PEPPER is not set: give --stack or --ready-file")]
    NoPepper,
    /// Not the pepper of a deployment.
    #[error("CREDENTIAL_PEPPER is no pepper, {0}: the functions would refuse it")]
    WrongPepper(&'static str),
    /// Two are in use already.
    #[error(
        "the pepper is being replaced already: end the previous one first (pepper end-previous)"
    )]
    TwoPeppers,
    /// Clients whose secrets would be void.
    #[error(
        "secrets of {0} are not under the current pepper: give them new ones first (client rotate-secret)"
    )]
    PepperInUse(String),
    /// The ready file cannot be used.
    #[error("cannot read the ready file {}: {why}", .file.display())]
    ReadyFile {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The outputs of a stack cannot be used.
    #[error("cannot read the outputs in {}: {why}", .file.display())]
    OutputsFile {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// AWS cannot be reached.
    #[error("no access to AWS: {why}")]
    NoSession {
        /// What is missing.
        why: String,
    },
    /// A command on a stack, and none was named.
    #[error("no stack is given: --stack NAME")]
    NoStack,
    /// The stack cannot be read.
    #[error("cannot read the stack {name}: {why}")]
    Stack {
        /// Its name.
        name: String,
        /// What AWS says.
        why: String,
    },
    /// A secret cannot be read.
    #[error("cannot read the secret {arn}: {why}")]
    Secret {
        /// Its ARN.
        arn: String,
        /// What AWS says.
        why: String,
    },
    /// A secret cannot be made.
    #[error("cannot make the secret {name}: {why}")]
    NewSecret {
        /// Its name.
        name: String,
        /// What AWS says.
        why: String,
    },
    /// A person did not say yes.
    #[error("nothing was done")]
    NotConfirmed,
    /// The SDK's variables.
    #[error("{0} (or give --stack, --profile or --region)")]
    Settings(#[from] SettingsError),
    /// The table.
    #[error("{}", in_plain_words(.0))]
    Store(#[from] StoreError),
    /// A queue.
    #[error("{}", of_queue(.0))]
    Queue(#[from] QueueError),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
    /// The id is taken.
    #[error("there is a client {0} already: nothing was changed")]
    ClientExists(ClientId),
    /// No such client.
    #[error("there is no client {0}")]
    NoClient(ClientId),
    /// Two changed one client.
    #[error("client {0} was changed by somebody else at the same moment: try again")]
    ClientChanged(ClientId),
    /// The file is no party.
    #[error("cannot read the party in {}: {why}", .file.display())]
    PartyFile {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// What is given of a party does not fit together.
    #[error("{0}")]
    PartyRefused(&'static str),
    /// No such party.
    #[error("there is no party {0}")]
    NoParty(PartyId),
    /// Two changed one party.
    #[error("party {0} was changed by somebody else at the same moment: look at it again")]
    PartyChanged(PartyId),
    /// The file to import cannot be used.
    #[error("cannot read {}: {why}", .file.display())]
    ImportFile {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Two changed one catalogue.
    #[error("somebody else changed the catalogue at the same moment: import it again")]
    CatalogueChanged,
    /// Lines of the file were wrong.
    #[error("{}", wrong_lines(*.0))]
    LinesRefused(usize),
    /// Profiles are in the pool under another type.
    #[error("{} in the pool under another type: remove and import them again if that one is wrong", are(*.0, "profile"))]
    ProfilesDiffer(usize),
    /// SIMs of the file are stored with other data, or with an IMSI of another SIM.
    #[error("{} stored otherwise: what is stored stays", are(*.0, "SIM"))]
    SimsDiffer(usize),
    /// A type of profile that neither the pool nor a catalogue has had.
    #[error("no profile and no product has had the type {name} (known: {known})")]
    NoProfileType {
        /// What was asked for.
        name: ProfileType,
        /// The types there are.
        known: String,
    },
    /// Neither a client nor a catalogue belongs to the tenant.
    #[error("there is no tenant {0}: no client and no catalogue has it")]
    NoTenant(Tenant),
    /// No such SIM.
    #[error("there is no data of this SIM")]
    NoSim,
    /// No finding of this SIM or IMSI.
    #[error("there is no difference with this id")]
    NoFinding,
    /// No order can repair it.
    #[error(
        "no order can repair it: there is no SIM data, or the SIM has ended. Delete the subscriber in the network"
    )]
    NotRepairable,
    /// A foreign subscriber, and whose order deletes it is not said.
    #[error(
        "no subscription has the SIM: name the tenant of the order that deletes the subscriber (--tenant)"
    )]
    TenantMissing,
    /// The tenant of a subscription is known.
    #[error(
        "the SIM is in a subscription: its tenant is the tenant of the order (leave --tenant out)"
    )]
    TenantKnown,
    /// It changed, or is gone.
    #[error("the finding changed meanwhile: look at it again")]
    FindingChanged,
    /// Somebody has the profiles that were to be removed.
    #[error("{} not free: only free ones are removed", are(*.0, "profile"))]
    ProfilesNotFree(usize),
    /// None of the profiles is in the pool.
    #[error("none of them is in the pool: nothing was removed")]
    NotInPool,
    /// No letter with this id.
    #[error("there is no dead letter {0}")]
    NoSuchLetter(String),
    /// A client that could do nothing, or more than it should.
    #[error("{0}")]
    ClientRefused(String),
    /// No such customer.
    #[error("the tenant has no customer with this e-mail address")]
    NoCustomer,
    /// It has orders that have not ended.
    #[error("the customer has orders under way, {0}: nothing was erased")]
    CustomerHasOrders(String),
    /// Calls that began before the customer was marked may still place an order.
    #[error("calls under way may still order for the customer: run it again after {0}")]
    CallsUnderWay(String),
    /// Orders of it, or the customer itself.
    #[error("the customer or an order of it changed meanwhile: run it again")]
    CustomerChanged,
    /// Whose orders they are is unknown.
    #[error("{} due and cannot be read, and may be the customer's: nothing was erased", are(*.0, "order"))]
    OrdersUnreadable(usize),
    /// Two rotated the keys.
    #[error("somebody else rotated the keys at the same moment: this did nothing")]
    KeysNotRotated,
    /// No such order.
    #[error("there is no order {0}")]
    NoOrder(String),
    /// The order was not resolved.
    #[error(transparent)]
    Resolve(ResolveError),
    /// Another profile, or one that was put back meanwhile. Never says which: an ICCID is personal.
    #[error("this profile is not in quarantine")]
    NotQuarantined,
    /// No letter of that order.
    #[error("there is no dead letter of order {0}")]
    NoDeadLetter(String),
    /// The work queue did not take some messages.
    #[error("{}", not_taken(*.0))]
    NotTaken(usize),
}

impl From<ResolveError> for CommandError {
    /// A failure of the table is explained as that of any other command.
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Store(error) => Self::Store(error),
            other => Self::Resolve(other),
        }
    }
}

impl CommandError {
    /// The error as `--json` shows it.
    pub fn to_json(&self, text: &str) -> String {
        serde_json::json!({ "error": text }).to_string()
    }
}

fn are(count: usize, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "is" } else { "are" })
}

fn wrong_lines(count: usize) -> String {
    match count {
        1 => "1 line was wrong and left out: correct it and import the file again".to_owned(),
        _ => {
            format!("{count} lines were wrong and left out: correct them and import the file again")
        }
    }
}

fn not_taken(count: usize) -> String {
    match count {
        1 => "1 dead letter was not taken by the work queue: it is where it was".to_owned(),
        _ => format!(
            "{count} dead letters were not taken by the work queue: they are where they were"
        ),
    }
}

fn in_plain_words(error: &StoreError) -> String {
    match error {
        StoreError::Throttled(_) => "the table is too busy: try again".to_owned(),
        StoreError::Unavailable(code) => match refused(code) {
            Some(words) => words.to_owned(),
            None if code == "ResourceNotFoundException" => {
                "there is no table of that name in this region".to_owned()
            }
            None => format!("the table does not answer as it should: {code}"),
        },
        StoreError::OverRate { retry_after_seconds } => {
            format!("too many orders: try again in {retry_after_seconds} s")
        }
        StoreError::Refused(code) => format!("the table refuses the call: {code}"),
        StoreError::TooLarge { bytes } => format!("too large to be stored: {bytes} bytes"),
        StoreError::Corrupt(what) => format!("the table holds something unreadable: {what}"),
    }
}

fn of_queue(error: &QueueError) -> String {
    match error {
        QueueError::Throttled => "the queue is too busy: try again".to_owned(),
        QueueError::Unavailable => "the queue does not answer".to_owned(),
        QueueError::Refused { code } => match refused(code) {
            Some(words) => words.to_owned(),
            None if code.ends_with("QueueDoesNotExist") || code.ends_with("NonExistentQueue") => {
                "there is no queue at that URL".to_owned()
            }
            None => format!("the queue refuses the call: {code}"),
        },
    }
}

/// What AWS says about the caller rather than about the call.
fn refused(code: &str) -> Option<&'static str> {
    match code {
        "AccessDenied" | "AccessDeniedException" => Some("AWS does not permit you this call"),
        "ExpiredToken" | "ExpiredTokenException" => Some("your AWS credentials have expired"),
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch" => Some("AWS does not know your credentials"),
        _ => None,
    }
}
