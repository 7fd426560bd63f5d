//! An SM-DP+, simulated: real ES2+ over HTTPS with client certificates (GSMA SGP.22), the profile
//! states of its life cycle, and misbehaviour on demand.
//!
//! ES2+: `POST /gsma/rsp2/es2plus/{downloadOrder, confirmOrder, cancelOrder, releaseProfile}`.
//! It sends `handleDownloadProgressInfo` to the callback address.
//!
//! At the plain admin port:
//! * stock: `POST /profiles` with a [`Delivery`], `GET /profiles`, `GET /profiles/{iccid}`;
//! * a device: `POST /profiles/{iccid}/download` with a [`Walk`];
//! * what was called: `GET /calls`;
//! * misbehaving: `PUT /faults` with a [`Fault`] or a list of them, `GET /faults`,
//!   `DELETE /faults`;
//! * where progress goes: `PUT /callback` with a [`Callback`].

mod admin;
mod certificates;
mod device;
mod es2;
mod faults;
mod life;
mod stock;
mod tls;

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::data::{Change, DataError, Keeper};

pub use certificates::Certificates;
pub use device::{Notified, Walk};
pub use faults::{Fault, FaultMode};
pub use life::{Profile, ProfileState, Refusal};
pub use stock::{Delivery, Stock, iccids};

/// The most calls that are remembered.
const REMEMBERED_CALLS: usize = 100_000;

/// Kinds of what is kept.
const PROFILES: &str = "profile";
const CERTIFICATES: &str = "certificates";

/// How the simulator runs. Ports 0 are free ones.
#[derive(Debug, Clone)]
pub struct SmdpOptions {
    /// Port of ES2+.
    pub port: u16,
    /// Port of the admin interface.
    pub admin_port: u16,
    /// `smdpAddress` of confirmed orders; none leaves it out.
    pub smdp_address: Option<String>,
    /// Where progress is sent; none sends nothing.
    pub callback: Option<Callback>,
    /// Where profiles and certificates are kept. Faults and calls end with the process.
    pub keeper: Keeper,
}

impl Default for SmdpOptions {
    fn default() -> Self {
        let smdp_address = Some("smdp.orderwire.example".to_owned());
        let keeper = Keeper::default();
        Self { port: 0, admin_port: 0, smdp_address, callback: None, keeper }
    }
}

/// Where `handleDownloadProgressInfo` goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// The whole address.
    pub url: String,
    /// The `Authorization` header, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
}

/// Why the simulator does not come up.
#[derive(Debug, Error)]
pub enum SmdpError {
    /// A port.
    #[error("port of the SM-DP+")]
    Port(#[from] io::Error),
    /// The certificates.
    #[error("certificates of the SM-DP+")]
    Certificates(#[from] rcgen::Error),
    /// TLS with these certificates.
    #[error("TLS of the SM-DP+")]
    Tls(#[from] tls::TlsSetupError),
    /// What was kept.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The client that sends progress.
    #[error("callback of the SM-DP+")]
    Callback(#[from] reqwest::Error),
}

/// A running simulator; dropping it ends it.
#[derive(Debug)]
pub struct RunningSmdp {
    /// `https://localhost:<port>`.
    pub base_url: String,
    /// `http://127.0.0.1:<port>`.
    pub admin_url: String,
    /// Key and certificate for a client, PEM.
    pub client_identity_pem: String,
    /// The authority that signed the simulator's certificate, PEM.
    pub ca_pem: String,
    /// Its state, for tests in the same process.
    pub smdp: Smdp,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for RunningSmdp {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// One call that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The last part of the path.
    pub function: String,
    /// `functionRequesterIdentifier`.
    pub requester: String,
    /// `functionCallIdentifier`.
    pub call: String,
    /// The profile that was named.
    pub iccid: Option<String>,
    /// `Executed-Success` or `Failed 8.2.1/3.9`; none when nothing was done.
    pub outcome: Option<String>,
    /// The fault it met.
    pub fault: Option<String>,
}

/// The simulator's state. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Smdp {
    state: Arc<Mutex<Known>>,
    keeper: Keeper,
    http: reqwest::Client,
}

#[derive(Debug)]
struct Known {
    stock: Stock,
    calls: VecDeque<Call>,
    faults: Vec<Fault>,
    callback: Option<Callback>,
    smdp_address: Option<String>,
}

impl Smdp {
    fn new(options: &SmdpOptions) -> Result<Self, SmdpError> {
        let mut stock = Stock::default();
        for (_, profile) in options.keeper.all::<Profile>(PROFILES)? {
            stock.restore(profile);
        }
        let known = Known {
            stock,
            calls: VecDeque::new(),
            faults: Vec::new(),
            callback: options.callback.clone(),
            smdp_address: options.smdp_address.clone(),
        };
        let timeout = std::time::Duration::from_secs(10);
        let http = reqwest::Client::builder().no_proxy().timeout(timeout).build()?;
        let keeper = options.keeper.clone();
        Ok(Self { state: Arc::new(Mutex::new(known)), keeper, http })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts profiles into stock; their ICCIDs.
    pub fn deliver(&self, delivery: &Delivery) -> Vec<String> {
        let mut state = self.lock();
        let iccids = state.stock.deliver(delivery);
        self.keep(&mut state);
        iccids
    }

    /// Keeps the profiles that have changed.
    fn keep(&self, state: &mut Known) {
        let changed = state.stock.take_changed();
        if self.keeper.keeps() {
            let profiles = changed.iter().filter_map(|iccid| state.stock.get(iccid));
            self.keeper.write(profiles.map(|p| Change::put(PROFILES, &p.iccid, p)));
        }
    }

    /// A profile.
    pub fn profile(&self, iccid: &str) -> Option<Profile> {
        self.lock().stock.get(iccid).cloned()
    }

    /// Every call so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.iter().cloned().collect()
    }

    /// Replaces the faults.
    pub fn misbehave(&self, faults: Vec<Fault>) {
        self.lock().faults = faults;
    }

    /// Sends progress there from now on.
    pub fn call_back(&self, callback: Option<Callback>) {
        self.lock().callback = callback;
    }
}

impl Known {
    fn remember(&mut self, call: Call) {
        if self.calls.len() == REMEMBERED_CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    /// The first fault for this call, counted down.
    fn take_fault(&mut self, function: &str, iccid: &str) -> Option<FaultMode> {
        let place = self.faults.iter().position(|fault| fault.concerns(function, iccid))?;
        let fault = &mut self.faults[place];
        let mode = fault.mode.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.faults.remove(place);
            }
        }
        Some(mode)
    }
}

/// Those of the run before, or new ones.
fn certificates(keeper: &Keeper) -> Result<Certificates, SmdpError> {
    if let Some((_, kept)) = keeper.all(CERTIFICATES)?.into_iter().next() {
        return Ok(kept);
    }
    let made = Certificates::make()?;
    keeper.write([Change::put(CERTIFICATES, "", &made)]);
    Ok(made)
}

/// Brings a simulator up, with certificates of its own.
///
/// # Errors
/// A port is taken, or no certificate can be made.
pub async fn start(options: SmdpOptions) -> Result<RunningSmdp, SmdpError> {
    let certificates = certificates(&options.keeper)?;
    let smdp = Smdp::new(&options)?;
    let secure = TcpListener::bind(("127.0.0.1", options.port)).await?;
    let admin = TcpListener::bind(("127.0.0.1", options.admin_port)).await?;
    let base_url = format!("https://localhost:{}", secure.local_addr()?.port());
    let admin_url = format!("http://{}", admin.local_addr()?);
    let secure = tls::TlsListener::start(secure, &certificates)?;
    let es2 = es2::router(smdp.clone());
    let administration = admin::router(smdp.clone());
    // Neither ends by itself: a failed connection is that connection's matter.
    let tasks = vec![
        tokio::spawn(async move { drop(axum::serve(secure, es2).await) }),
        tokio::spawn(async move { drop(axum::serve(admin, administration).await) }),
    ];
    let Certificates { client_identity_pem, ca_pem, .. } = certificates;
    Ok(RunningSmdp { base_url, admin_url, client_identity_pem, ca_pem, smdp, tasks })
}
