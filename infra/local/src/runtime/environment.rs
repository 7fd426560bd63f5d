//! The environment a function sees.

use std::collections::BTreeMap;

use crate::{
    caller::ADMINISTRATOR,
    template::{Function, Place},
};

/// Base URLs of the local AWS services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// DynamoDB.
    pub dynamodb: String,
    /// SQS.
    pub sqs: String,
}

impl Endpoints {
    /// What any AWS SDK needs to find the local services, and no more: the same
    /// variables work for `aws` on the command line.
    pub fn sdk_environment(&self, place: &Place) -> BTreeMap<String, String> {
        [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.as_str()),
            ("AWS_ENDPOINT_URL_SQS", self.sqs.as_str()),
            ("AWS_REGION", place.region.as_str()),
            ("AWS_DEFAULT_REGION", place.region.as_str()),
            ("AWS_ACCESS_KEY_ID", ADMINISTRATOR),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }
}

/// Everything Lambda sets for a function, the SDK's variables and the
/// template's; only the address of the runtime API is each instance's own.
pub fn lambda_environment(
    function: &Function,
    place: &Place,
    endpoints: &Endpoints,
) -> BTreeMap<String, String> {
    let mut environment = endpoints.sdk_environment(place);
    let own = [
        // Its services know by it who calls.
        ("AWS_ACCESS_KEY_ID", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("LAMBDA_TASK_ROOT", ".".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment.extend(function.environment.clone());
    environment
}
