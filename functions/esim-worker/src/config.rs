use domain::{esim::SmdpHost, scenario::Sandbox};
use es2plus::Es2Settings;
use lambda::config::{ConfigError, Environment, WorkLimits};

/// The shortest PEM there is of anything.
const SHORTEST_PEM: usize = 64;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `ESIM_WORK_QUEUE_URL`.
    pub queue: String,
    /// `SUBSCRIPTION_NETWORK_URL`: base of the operator's provisioning system.
    pub network: String,
    /// `SMDP_URL`, `SMDP_REQUESTER_ID`, `SMDP_IDENTITY_PEM` and `SMDP_CA_PEM`.
    pub smdp: Es2Settings,
    /// By what rules orders are carried out.
    pub terms: WorkTerms,
}

/// By what rules orders are carried out.
#[derive(Debug, Clone)]
pub struct WorkTerms {
    /// `SMDP_HOST`: where profiles wait when the SM-DP+ names no other host.
    pub host: SmdpHost,
    /// `SANDBOX`: whether scenarios take the place of the outside.
    pub sandbox: Sandbox,
    /// `WORK_LEASE_SECONDS`, `WORK_MAX_RECEIVES` and `ORDER_WATCHDOG_SECONDS`.
    pub limits: WorkLimits,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut env = Environment::of_process();
        let identity = env.secret("SMDP_IDENTITY_PEM", SHORTEST_PEM);
        let host: Option<SmdpHost> = env.parsed("SMDP_HOST");
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            env.url("ESIM_WORK_QUEUE_URL"),
            env.url("SUBSCRIPTION_NETWORK_URL"),
            Es2Settings::new(
                env.url("SMDP_URL"),
                env.text("SMDP_REQUESTER_ID"),
                unfolded(identity.expose()),
                unfolded(&env.text("SMDP_CA_PEM")),
            ),
            host,
            env.parsed_or_default("SANDBOX"),
            env.work_limits(),
        );
        let (table, queue, network, smdp, host, sandbox, limits) = env.finish(config)?;
        let host = host.expect("a host that is missing is a fault, and faults are errors");
        let terms = WorkTerms { host, sandbox, limits };
        Ok(Self { table, queue, network, smdp, terms })
    }
}

/// A PEM whose line ends were written as `\n`, as they are where a value must stand in one line.
fn unfolded(pem: &str) -> String {
    pem.replace("\\n", "\n")
}
