//! Access to AWS as every AWS tool has it: environment, profiles, single sign-on, assumed roles,
//! roles of containers and machines; and what a stack in CloudFormation says of a deployment.

use std::{error::Error, fmt, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};

use crate::{error::CommandError, outputs::Outputs};

/// Of one call: nobody waits longer at a terminal.
const PATIENCE: Duration = Duration::from_secs(10);

/// Region and credentials, found once.
pub struct Session {
    config: SdkConfig,
    region: String,
    credentials: Credentials,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Session {
    /// Of a profile and in a region, if they are given; else as the environment says.
    ///
    /// # Errors
    /// There is no region, or there are no credentials.
    pub async fn open(profile: Option<&str>, region: Option<&str>) -> Result<Self, CommandError> {
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        let missing = |why: String| CommandError::NoSession { why };
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or_else(|| missing("no region: give --region".to_owned()))?;
        let provider = config.credentials_provider();
        let provider = provider.ok_or_else(|| missing("no credentials".to_owned()))?;
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(|error| missing(on_one_line(&error)))?;
        Ok(Self { config, region, credentials })
    }

    /// The variable that the SDKs read, as this session has it.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "AWS_REGION" => Some(self.region.clone()),
            "AWS_ACCESS_KEY_ID" => Some(self.credentials.access_key_id().to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(self.credentials.secret_access_key().to_owned()),
            "AWS_SESSION_TOKEN" => self.credentials.session_token().map(str::to_owned),
            _ => None,
        }
    }

    /// The outputs of a stack.
    ///
    /// # Errors
    /// There is no such stack, or it may not be read.
    pub async fn outputs(&self, stack: &str) -> Result<Outputs, CommandError> {
        let unreadable = |why: String| CommandError::Stack { name: stack.to_owned(), why };
        let client = aws_sdk_cloudformation::Client::new(&self.config);
        let described = client.describe_stacks().stack_name(stack).send().await;
        let described = described.map_err(|error| unreadable(said(&error)))?;
        let [found] = described.stacks() else { return Err(unreadable("not one".to_owned())) };
        Ok(Outputs::of_pairs(found.outputs().iter().filter_map(|output| {
            Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))
        })))
    }

    /// Sets the policy of a stack, and protects it from deletion.
    ///
    /// # Errors
    /// AWS refuses.
    pub async fn protect(&self, stack: &str, policy: &str) -> Result<(), CommandError> {
        let refused = |why: String| CommandError::Stack { name: stack.to_owned(), why };
        let client = aws_sdk_cloudformation::Client::new(&self.config);
        let set = client.set_stack_policy().stack_name(stack).stack_policy_body(policy).send();
        set.await.map_err(|error| refused(said(&error)))?;
        let protect = client.update_termination_protection().stack_name(stack);
        let protected = protect.enable_termination_protection(true).send().await;
        protected.map_err(|error| refused(said(&error)))?;
        Ok(())
    }

    /// Makes a secret; its ARN.
    ///
    /// # Errors
    /// AWS refuses, or there is one of this name.
    pub async fn new_secret(
        &self,
        name: &str,
        description: &str,
        text: &str,
    ) -> Result<String, CommandError> {
        let refused = |why: String| CommandError::NewSecret { name: name.to_owned(), why };
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        // The SDK fills the token by which a repeat is recognised.
        let create = client.create_secret().name(name).description(description);
        let created = create.secret_string(text).send().await;
        let created = created.map_err(|error| refused(said(&error)))?;
        created.arn.ok_or_else(|| refused("it has no ARN".to_owned()))
    }

    /// The text of a secret.
    ///
    /// # Errors
    /// It may not be read, or has none.
    pub async fn secret(&self, arn: &str) -> Result<String, CommandError> {
        let unreadable = |why: String| CommandError::Secret { arn: arn.to_owned(), why };
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        let value = client.get_secret_value().secret_id(arn).send().await;
        let value = value.map_err(|error| unreadable(said(&error)))?;
        value.secret_string.ok_or_else(|| unreadable("it has no text".to_owned()))
    }
}

/// What the service said; where it said nothing, why it was not reached.
fn said(error: &(impl ProvideErrorMetadata + Error + 'static)) -> String {
    match (error.message(), error.code()) {
        (Some(text), _) | (None, Some(text)) => text.to_owned(),
        (None, None) => on_one_line(error),
    }
}

/// The error with its causes, without the types that the SDK adds in brackets.
fn on_one_line(error: &(impl Error + 'static)) -> String {
    let text = DisplayErrorContext(error).to_string();
    let text = text.split(" (").next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
