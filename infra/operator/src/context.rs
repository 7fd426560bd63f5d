//! What the commands work on, made when a command asks for it.

mod queues;

use std::{net::TcpStream, path::PathBuf, sync::Arc};

use api::identity::SecretHasher;
use aws::{QueueError, Settings};
use clap::Args;
use domain::clock::Clock;
use lambda::{
    config::{Environment, check_peppers},
    system::SystemClock,
};
use store::{StoreError, Table};
use time::{Duration, OffsetDateTime};

use crate::{error::CommandError, outputs::Outputs, ready::Ready, session::Session};

pub use queues::{ConfiguredQueues, QueuePair, QueueUrls, queue_names};

/// Where the deployment is: a flag goes before ready file, stack or outputs, which go before the
/// environment.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Deployment")]
pub struct Deployment {
    /// The orders table [env: ORDERS_TABLE_NAME]
    #[arg(long, global = true, value_name = "NAME")]
    pub table: Option<String>,
    /// Where the queues are.
    #[command(flatten)]
    pub queues: QueueUrls,
    /// Take table, queues and pepper from this stack in AWS
    #[arg(long, global = true, value_name = "NAME", conflicts_with_all = ["ready_file", "outputs"])]
    pub stack: Option<String>,
    /// The profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "ready_file")]
    pub profile: Option<String>,
    /// The region of AWS [env: AWS_REGION]
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "ready_file")]
    pub region: Option<String>,
    /// Take table, queues, endpoints and pepper from the ready file of a local cloud
    #[arg(long, global = true, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Take table and queues from the outputs of a stack, as `sam list stack-outputs --output json`
    /// prints them; `-` is standard input
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "ready_file")]
    pub outputs: Option<PathBuf>,
}

/// Makes what a command asks for out of flags, ready file or outputs, and environment.
pub struct Context {
    deployment: Deployment,
    ready: Option<Ready>,
    outputs: Option<Outputs>,
    session: Option<Session>,
    environment: Environment,
    clock: Arc<dyn Clock>,
}

impl Context {
    /// With the variables of this process, the session in AWS and the stack that are asked for.
    ///
    /// # Errors
    /// Ready file, outputs or stack cannot be read, or there is no access to AWS.
    pub async fn of_process(deployment: Deployment) -> Result<Self, CommandError> {
        let mut context = Self::new(deployment, Environment::of_process())?;
        if context.wants_session() {
            let Deployment { stack, profile, region, .. } = &context.deployment;
            let session = Session::open(profile.as_deref(), region.as_deref()).await?;
            if let Some(stack) = stack {
                context.outputs = Some(session.outputs(stack).await?);
            }
            context.session = Some(session);
        }
        Ok(context)
    }

    /// Whether credentials are looked for: they are asked for, or a table in AWS is named without
    /// them. Looking where there are none takes seconds.
    fn wants_session(&self) -> bool {
        let Deployment { stack, profile, region, .. } = &self.deployment;
        let asked = [stack, profile, region].into_iter().any(Option::is_some);
        let variable = |name| self.environment.optional(name).is_some();
        let unsigned = self.table_name().is_ok() && !variable("AWS_ACCESS_KEY_ID");
        asked || self.ready.is_none() && unsigned
    }

    /// With these variables.
    ///
    /// # Errors
    /// The ready file or the outputs cannot be read.
    pub fn new(deployment: Deployment, environment: Environment) -> Result<Self, CommandError> {
        let ready = deployment.ready_file.as_deref().map(Ready::read).transpose()?;
        let outputs = deployment.outputs.as_deref().map(Outputs::read).transpose()?;
        let (session, clock) = (None, Arc::new(SystemClock));
        Ok(Self { deployment, ready, outputs, session, environment, clock })
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The session in AWS and the name of the stack.
    ///
    /// # Errors
    /// No stack is given.
    pub fn stack(&self) -> Result<(&Session, &str), CommandError> {
        let given = self.session.as_ref().zip(self.deployment.stack.as_deref());
        given.ok_or(CommandError::NoStack)
    }

    /// What went wrong, in words that say where: a local cloud that has ended answers nothing.
    pub fn explain(&self, error: &CommandError) -> String {
        let Some((ready, file)) = self.ready.as_ref().zip(self.deployment.ready_file.as_ref())
        else {
            return error.to_string();
        };
        let endpoint = match error {
            CommandError::Store(StoreError::Unavailable(_)) => &ready.dynamodb_endpoint,
            CommandError::Queue(QueueError::Unavailable) => &ready.sqs_endpoint,
            _ => return error.to_string(),
        };
        match is_answered(endpoint) {
            true => error.to_string(),
            false => format!(
                "nothing answers at {endpoint}: is the local cloud of {} running?",
                file.display()
            ),
        }
    }

    /// The present moment.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// The base URL of the API, without a slash at its end.
    ///
    /// # Errors
    /// Nothing says it.
    pub fn base_url(&self, flag: Option<&str>) -> Result<String, CommandError> {
        let ready = self.ready.as_ref().and_then(|ready| ready.base_url.as_deref());
        let url = self.setting(flag, ready, "API_URL", "--url")?;
        Ok(url.trim_end_matches('/').to_owned())
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

    /// Hashes client secrets as the functions do. The pepper is no flag: others would see it in
    /// the list of processes. Of a stack it is read only when it is needed.
    ///
    /// # Errors
    /// The pepper is missing, is none, or may not be read.
    pub async fn hasher(&self) -> Result<SecretHasher, CommandError> {
        Ok(SecretHasher::new(self.peppers().await?))
    }

    /// The peppers that the functions have: the current one, and the previous one in a line of its
    /// own.
    ///
    /// # Errors
    /// As [`Self::hasher`].
    pub(crate) async fn peppers(&self) -> Result<String, CommandError> {
        let ready = self.ready.as_ref().and_then(|ready| ready.credential_pepper.as_deref());
        let mut pepper = ready.map(str::to_owned);
        let arn = self.outputs.as_ref().and_then(|outputs| outputs.of("CREDENTIAL_PEPPER_ARN"));
        if let (Some(session), Some(arn)) = (&self.session, arn) {
            pepper = Some(session.secret(arn).await?);
        }
        let pepper = pepper.or_else(|| self.environment.optional("CREDENTIAL_PEPPER"));
        let pepper = pepper.ok_or(CommandError::NoPepper)?;
        check_peppers(&pepper).map_err(CommandError::WrongPepper)?;
        Ok(pepper)
    }

    /// `ORDER_WATCHDOG_SECONDS`, as the functions have it, else five minutes: how long the fan-out has
    /// to publish an end before the sweeper sends it again.
    pub fn watchdog(&self) -> Duration {
        let seconds = self.environment.optional("ORDER_WATCHDOG_SECONDS");
        let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(300);
        Duration::seconds(seconds)
    }

    fn settings(&self) -> Result<Settings, CommandError> {
        let session = |name| self.session.as_ref().and_then(|session| session.variable(name));
        Ok(Settings::from_lookup(|name| match &self.ready {
            Some(ready) => ready.variable(name),
            None => session(name).or_else(|| self.environment.optional(name)),
        })?)
    }

    fn setting(
        &self,
        flag: Option<&str>,
        ready: Option<&str>,
        variable: &'static str,
        option: &'static str,
    ) -> Result<String, CommandError> {
        let output = self.outputs.as_ref().and_then(|outputs| outputs.of(variable));
        flag.or(ready)
            .or(output)
            .map(str::to_owned)
            .or_else(|| self.environment.optional(variable))
            .ok_or(CommandError::NotConfigured { variable, option })
    }
}

/// Whether somebody listens at `http://address`.
fn is_answered(endpoint: &str) -> bool {
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(2);
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/');
    // What is no address of this machine is not looked at.
    let Ok(address) = address.parse() else { return true };
    TcpStream::connect_timeout(&address, LIMIT).is_ok()
}
