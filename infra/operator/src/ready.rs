//! The ready file of the local cloud.

use std::{collections::BTreeMap, io::ErrorKind, path::Path};

use serde::Deserialize;

use crate::error::CommandError;

/// What the commands need of the local cloud's ready file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The orders table.
    pub table_name: String,
    /// The API; a ready file of before has none.
    #[serde(default)]
    pub base_url: Option<String>,
    /// DynamoDB.
    pub dynamodb_endpoint: String,
    /// SQS.
    pub sqs_endpoint: String,
    /// Queue URLs by queue name.
    pub queues: BTreeMap<String, String>,
    /// The pepper of client secrets.
    #[serde(default)]
    pub credential_pepper: Option<String>,
}

impl Ready {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or is no ready file.
    pub fn read(file: &Path) -> Result<Self, CommandError> {
        let unreadable = |why: String| CommandError::ReadyFile { file: file.to_owned(), why };
        let text = std::fs::read(file).map_err(|error| match error.kind() {
            ErrorKind::NotFound => unreadable(
                "there is none; a local cloud writes it when it is ready, and removes it when it ends"
                    .to_owned(),
            ),
            _ => unreadable(error.to_string()),
        })?;
        serde_json::from_slice(&text)
            .map_err(|_| unreadable("this is no ready file of a local cloud".to_owned()))
    }

    /// The SDK's variables for the local cloud: never the credentials of a real deployment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(self.dynamodb_endpoint.clone()),
            "AWS_ENDPOINT_URL_SQS" => Some(self.sqs_endpoint.clone()),
            // The region the local cloud makes its queues in.
            "AWS_REGION" => Some("us-east-1".to_owned()),
            // By it the local cloud judges these calls by the template's role of the operator.
            "AWS_ACCESS_KEY_ID" => Some("operator".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
            _ => None,
        }
    }
}
