//! The queues, and where their URLs may stand.

use aws::{Settings, WorkQueue};
use clap::Args;

use super::Context;
use crate::{error::CommandError, letters::DeadLetterQueue};

/// URLs of the queues.
#[derive(Debug, Clone, Default, Args)]
pub struct QueueUrls {
    /// [env: SUBSCRIPTION_WORK_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub subscription_work_queue_url: Option<String>,
    /// [env: SUBSCRIPTION_WORK_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub subscription_work_dead_letter_queue_url: Option<String>,
    /// [env: CARRIER_WORK_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub carrier_work_queue_url: Option<String>,
    /// [env: CARRIER_WORK_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub carrier_work_dead_letter_queue_url: Option<String>,
    /// [env: ESIM_WORK_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub esim_work_queue_url: Option<String>,
    /// [env: ESIM_WORK_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub esim_work_dead_letter_queue_url: Option<String>,
    /// [env: SERVICE_WORK_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub service_work_queue_url: Option<String>,
    /// [env: SERVICE_WORK_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub service_work_dead_letter_queue_url: Option<String>,
    /// [env: EVENTS_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub events_queue_url: Option<String>,
    /// [env: EVENTS_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub events_dead_letter_queue_url: Option<String>,
    /// [env: DELIVERIES_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub deliveries_queue_url: Option<String>,
    /// [env: DELIVERIES_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub deliveries_dead_letter_queue_url: Option<String>,
    /// [env: BATCHES_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub batches_queue_url: Option<String>,
    /// [env: BATCHES_DEAD_LETTER_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub batches_dead_letter_queue_url: Option<String>,
    /// [env: RELAY_FAILURES_QUEUE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub relay_failures_queue_url: Option<String>,
}

/// A work queue and the queue of its dead letters.
#[derive(Debug)]
pub struct QueuePair {
    /// What the dead letters are of.
    pub name: &'static str,
    /// The work queue; none where there is nothing to send again to.
    pub work: Option<WorkQueue>,
    /// Its dead letters.
    pub dead: DeadLetterQueue,
    /// Whether each letter is of one order.
    pub of_orders: bool,
}

/// The queues that are configured.
#[derive(Debug)]
pub struct ConfiguredQueues {
    /// Those that are.
    pub pairs: Vec<QueuePair>,
    /// The variables of those that are not.
    pub missing: Vec<&'static str>,
}

/// Where the URL of a queue may stand.
struct Setting {
    /// The flag's value.
    given: fn(&QueueUrls) -> Option<&String>,
    /// The queue in the ready file.
    name: &'static str,
    /// The variable.
    variable: &'static str,
    /// The flag.
    option: &'static str,
}

struct Kind {
    name: &'static str,
    of_orders: bool,
    work: Option<Setting>,
    dead: Setting,
}

macro_rules! setting {
    ($field:ident, $name:literal, $variable:literal, $option:literal) => {
        Setting {
            given: |urls| urls.$field.as_ref(),
            name: $name,
            variable: $variable,
            option: $option,
        }
    };
}

/// Every queue that has dead letters. Another is one entry here.
const KINDS: [Kind; 8] = [
    Kind {
        name: "subscription-work",
        of_orders: true,
        work: Some(setting!(
            subscription_work_queue_url,
            "SubscriptionWorkQueue",
            "SUBSCRIPTION_WORK_QUEUE_URL",
            "--subscription-work-queue-url"
        )),
        dead: setting!(
            subscription_work_dead_letter_queue_url,
            "SubscriptionWorkDeadLetterQueue",
            "SUBSCRIPTION_WORK_DEAD_LETTER_QUEUE_URL",
            "--subscription-work-dead-letter-queue-url"
        ),
    },
    Kind {
        name: "carrier-work",
        of_orders: true,
        work: Some(setting!(
            carrier_work_queue_url,
            "CarrierWorkQueue",
            "CARRIER_WORK_QUEUE_URL",
            "--carrier-work-queue-url"
        )),
        dead: setting!(
            carrier_work_dead_letter_queue_url,
            "CarrierWorkDeadLetterQueue",
            "CARRIER_WORK_DEAD_LETTER_QUEUE_URL",
            "--carrier-work-dead-letter-queue-url"
        ),
    },
    Kind {
        name: "esim-work",
        of_orders: true,
        work: Some(setting!(
            esim_work_queue_url,
            "EsimWorkQueue",
            "ESIM_WORK_QUEUE_URL",
            "--esim-work-queue-url"
        )),
        dead: setting!(
            esim_work_dead_letter_queue_url,
            "EsimWorkDeadLetterQueue",
            "ESIM_WORK_DEAD_LETTER_QUEUE_URL",
            "--esim-work-dead-letter-queue-url"
        ),
    },
    Kind {
        name: "service-work",
        of_orders: true,
        work: Some(setting!(
            service_work_queue_url,
            "ServiceWorkQueue",
            "SERVICE_WORK_QUEUE_URL",
            "--service-work-queue-url"
        )),
        dead: setting!(
            service_work_dead_letter_queue_url,
            "ServiceWorkDeadLetterQueue",
            "SERVICE_WORK_DEAD_LETTER_QUEUE_URL",
            "--service-work-dead-letter-queue-url"
        ),
    },
    Kind {
        name: "events",
        of_orders: false,
        work: Some(setting!(
            events_queue_url,
            "EventsQueue",
            "EVENTS_QUEUE_URL",
            "--events-queue-url"
        )),
        dead: setting!(
            events_dead_letter_queue_url,
            "EventsDeadLetterQueue",
            "EVENTS_DEAD_LETTER_QUEUE_URL",
            "--events-dead-letter-queue-url"
        ),
    },
    Kind {
        name: "deliveries",
        of_orders: false,
        work: Some(setting!(
            deliveries_queue_url,
            "DeliveriesQueue",
            "DELIVERIES_QUEUE_URL",
            "--deliveries-queue-url"
        )),
        dead: setting!(
            deliveries_dead_letter_queue_url,
            "DeliveriesDeadLetterQueue",
            "DELIVERIES_DEAD_LETTER_QUEUE_URL",
            "--deliveries-dead-letter-queue-url"
        ),
    },
    Kind {
        name: "batches",
        of_orders: false,
        work: Some(setting!(
            batches_queue_url,
            "BatchesQueue",
            "BATCHES_QUEUE_URL",
            "--batches-queue-url"
        )),
        dead: setting!(
            batches_dead_letter_queue_url,
            "BatchesDeadLetterQueue",
            "BATCHES_DEAD_LETTER_QUEUE_URL",
            "--batches-dead-letter-queue-url"
        ),
    },
    Kind {
        // What the relay gave up of the stream: the sweeper drives those orders.
        name: "relay-failures",
        of_orders: false,
        work: None,
        dead: setting!(
            relay_failures_queue_url,
            "RelayFailuresQueue",
            "RELAY_FAILURES_QUEUE_URL",
            "--relay-failures-queue-url"
        ),
    },
];

/// The names of the queues, as the commands take and print them.
pub fn queue_names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

impl Context {
    /// Every queue with dead letters that is configured, or the one of this name.
    ///
    /// # Errors
    /// None is, or the one that is asked for is not; or the SDK's variables are missing.
    pub fn queues(&self, only: Option<&str>) -> Result<ConfiguredQueues, CommandError> {
        let settings = self.settings()?.for_long_polls();
        let mut found = ConfiguredQueues { pairs: Vec::new(), missing: Vec::new() };
        let mut reason = None;
        for kind in KINDS.iter().filter(|kind| only.is_none_or(|only| only == kind.name)) {
            match self.pair(&settings, kind) {
                Ok(pair) => found.pairs.push(pair),
                Err(CommandError::NotConfigured { variable, option }) => {
                    found.missing.push(variable);
                    reason = reason.or(Some(CommandError::NotConfigured { variable, option }));
                }
                Err(error) => return Err(error),
            }
        }
        match reason {
            Some(reason) if found.pairs.is_empty() => Err(reason),
            _ => Ok(found),
        }
    }

    fn pair(&self, settings: &Settings, kind: &Kind) -> Result<QueuePair, CommandError> {
        let url = |setting: &Setting| {
            let Setting { given, name, variable, option } = setting;
            let ready = self.ready.as_ref().and_then(|ready| ready.queues.get(*name));
            let flag = given(&self.deployment.queues).map(String::as_str);
            self.setting(flag, ready.map(String::as_str), variable, option)
        };
        let work = kind.work.as_ref().map(url).transpose()?;
        Ok(QueuePair {
            name: kind.name,
            of_orders: kind.of_orders,
            work: work.map(|work| WorkQueue::new(settings, work)),
            dead: DeadLetterQueue::new(settings, url(&kind.dead)?),
        })
    }
}
