//! What the commands work on, made when a command asks for it.

use std::{path::PathBuf, sync::Arc};

use api::identity::SecretHasher;
use aws::{Settings, WorkQueue};
use clap::Args;
use domain::clock::Clock;
use lambda::{config::Environment, system::SystemClock};
use store::Table;
use time::OffsetDateTime;

use crate::{error::CommandError, letters::DeadLetterQueue, ready::Ready};

/// The shortest pepper the functions accept, in bytes.
const SHORTEST_PEPPER: usize = 32;

/// Where the deployment is: a flag goes before the ready file, which goes before the environment.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Deployment")]
pub struct Deployment {
    /// The orders table [env: ORDERS_TABLE_NAME]
    #[arg(long, global = true, value_name = "NAME")]
    pub table: Option<String>,
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
    /// Take table, queues, endpoints and pepper from the ready file of a local cloud
    #[arg(long, global = true, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
}

/// A work queue and the queue of its dead letters.
#[derive(Debug)]
pub struct QueuePair {
    /// What the dead letters are of.
    pub name: &'static str,
    /// The work queue.
    pub work: WorkQueue,
    /// Its dead letters.
    pub dead: DeadLetterQueue,
}

/// Where the URL of a queue may stand.
#[derive(Clone, Copy)]
struct QueueSetting<'a> {
    /// The flag's value.
    flag: Option<&'a str>,
    /// The queue in the ready file.
    name: &'static str,
    /// The variable.
    variable: &'static str,
    /// The flag.
    option: &'static str,
}

/// Makes what a command asks for out of flags, ready file and environment.
pub struct Context {
    deployment: Deployment,
    ready: Option<Ready>,
    environment: Environment,
    clock: Arc<dyn Clock>,
}

impl Context {
    /// With the variables of this process.
    ///
    /// # Errors
    /// The ready file cannot be read.
    pub fn of_process(deployment: Deployment) -> Result<Self, CommandError> {
        Self::new(deployment, Environment::of_process())
    }

    /// With these variables.
    ///
    /// # Errors
    /// The ready file cannot be read.
    pub fn new(deployment: Deployment, environment: Environment) -> Result<Self, CommandError> {
        let ready = deployment.ready_file.as_deref().map(Ready::read).transpose()?;
        Ok(Self { deployment, ready, environment, clock: Arc::new(SystemClock) })
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The present moment.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// The orders table.
    ///
    /// # Errors
    /// Its name or the SDK's variables are missing.
    pub fn table(&self) -> Result<Table, CommandError> {
        let name = self.table_name()?;
        Ok(Table::connect(&self.settings()?, &name))
    }

    /// The orders table, for many large writes at once: a slow one is waited for, not repeated.
    ///
    /// # Errors
    /// Its name or the SDK's variables are missing.
    pub fn patient_table(&self) -> Result<Table, CommandError> {
        let name = self.table_name()?;
        Ok(Table::connect(&self.settings()?.for_long_polls(), &name))
    }

    fn table_name(&self) -> Result<String, CommandError> {
        let ready = self.ready.as_ref().map(|ready| ready.table_name.as_str());
        let flag = self.deployment.table.as_deref();
        self.setting(flag, ready, "ORDERS_TABLE_NAME", "--table")
    }

    /// Every work queue that has dead letters. Another is one entry here.
    ///
    /// # Errors
    /// A URL or the SDK's variables are missing.
    pub fn queues(&self) -> Result<Vec<QueuePair>, CommandError> {
        let settings = self.settings()?.for_long_polls();
        let given = &self.deployment;
        let subscription = self.pair(
            &settings,
            "subscription-work",
            &QueueSetting {
                flag: given.subscription_work_queue_url.as_deref(),
                name: "SubscriptionWorkQueue",
                variable: "SUBSCRIPTION_WORK_QUEUE_URL",
                option: "--subscription-work-queue-url",
            },
            &QueueSetting {
                flag: given.subscription_work_dead_letter_queue_url.as_deref(),
                name: "SubscriptionWorkDeadLetterQueue",
                variable: "SUBSCRIPTION_WORK_DEAD_LETTER_QUEUE_URL",
                option: "--subscription-work-dead-letter-queue-url",
            },
        )?;
        let carrier = self.pair(
            &settings,
            "carrier-work",
            &QueueSetting {
                flag: given.carrier_work_queue_url.as_deref(),
                name: "CarrierWorkQueue",
                variable: "CARRIER_WORK_QUEUE_URL",
                option: "--carrier-work-queue-url",
            },
            &QueueSetting {
                flag: given.carrier_work_dead_letter_queue_url.as_deref(),
                name: "CarrierWorkDeadLetterQueue",
                variable: "CARRIER_WORK_DEAD_LETTER_QUEUE_URL",
                option: "--carrier-work-dead-letter-queue-url",
            },
        )?;
        let esim = self.pair(
            &settings,
            "esim-work",
            &QueueSetting {
                flag: given.esim_work_queue_url.as_deref(),
                name: "EsimWorkQueue",
                variable: "ESIM_WORK_QUEUE_URL",
                option: "--esim-work-queue-url",
            },
            &QueueSetting {
                flag: given.esim_work_dead_letter_queue_url.as_deref(),
                name: "EsimWorkDeadLetterQueue",
                variable: "ESIM_WORK_DEAD_LETTER_QUEUE_URL",
                option: "--esim-work-dead-letter-queue-url",
            },
        )?;
        Ok(vec![subscription, carrier, esim])
    }

    fn pair(
        &self,
        settings: &Settings,
        name: &'static str,
        work: &QueueSetting<'_>,
        dead: &QueueSetting<'_>,
    ) -> Result<QueuePair, CommandError> {
        let url = |setting: &QueueSetting<'_>| {
            let QueueSetting { flag, name, variable, option } = *setting;
            let ready = self.ready.as_ref().and_then(|ready| ready.queues.get(name));
            self.setting(flag, ready.map(String::as_str), variable, option)
        };
        Ok(QueuePair {
            name,
            work: WorkQueue::new(settings, url(work)?),
            dead: DeadLetterQueue::new(settings, url(dead)?),
        })
    }

    /// Hashes client secrets as the functions do. The pepper is no flag: others would see it in
    /// the list of processes.
    ///
    /// # Errors
    /// The pepper is missing or too short.
    pub fn hasher(&self) -> Result<SecretHasher, CommandError> {
        let ready = self.ready.as_ref().and_then(|ready| ready.credential_pepper.as_deref());
        let pepper = ready.map(str::to_owned);
        let pepper = pepper.or_else(|| self.environment.optional("CREDENTIAL_PEPPER"));
        match pepper.ok_or(CommandError::NoPepper)? {
            pepper if pepper.len() < SHORTEST_PEPPER => Err(CommandError::ShortPepper),
            pepper => Ok(SecretHasher::new(pepper)),
        }
    }

    fn settings(&self) -> Result<Settings, CommandError> {
        Ok(Settings::from_lookup(|name| match &self.ready {
            Some(ready) => ready.variable(name),
            None => self.environment.optional(name),
        })?)
    }

    fn setting(
        &self,
        flag: Option<&str>,
        ready: Option<&str>,
        variable: &'static str,
        option: &'static str,
    ) -> Result<String, CommandError> {
        flag.or(ready)
            .map(str::to_owned)
            .or_else(|| self.environment.optional(variable))
            .ok_or(CommandError::NotConfigured { variable, option })
    }
}
