use domain::scenario::Sandbox;
use lambda::config::{ConfigError, Environment, WorkLimits};

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `CARRIER_WORK_QUEUE_URL`.
    pub queue: String,
    /// `SANDBOX`: whether reserved values are accepted.
    pub sandbox: Sandbox,
    /// `WORK_LEASE_SECONDS`, `WORK_MAX_RECEIVES` and `ORDER_WATCHDOG_SECONDS`.
    pub limits: WorkLimits,
    /// `ETHERNET_SWITCH`: host and port of the OVSDB server of the Sellers' switch; empty for none.
    pub switch: Option<String>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut env = Environment::of_process();
        let switch = env.optional("ETHERNET_SWITCH");
        if switch.as_deref().is_some_and(|address| !is_address(address)) {
            env.fault("ETHERNET_SWITCH", "no host and port");
        }
        let config = Self {
            table: env.text("ORDERS_TABLE_NAME"),
            queue: env.url("CARRIER_WORK_QUEUE_URL"),
            sandbox: env.parsed_or_default("SANDBOX"),
            limits: env.work_limits(),
            switch,
        };
        env.finish(config)
    }
}

/// Whether a text is a host, a colon and a port.
fn is_address(text: &str) -> bool {
    let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    text.rsplit_once(':').is_some_and(|(host, number)| !host.is_empty() && port(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_has_a_host_and_a_port() {
        for address in ["10.0.1.7:6640", "switch.example.com:6640", "[::1]:6640"] {
            assert!(is_address(address), "{address}");
        }
        for other in ["", "10.0.1.7", ":6640", "10.0.1.7:0", "10.0.1.7:port", "a:65536"] {
            assert!(!is_address(other), "{other}");
        }
    }
}
