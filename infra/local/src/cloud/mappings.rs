//! Starts the template's event source mappings. Each does what it does under the role of its
//! function, and is refused when that role does not allow it, as at AWS.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{CloudError, Services};
use crate::{
    data::DataFolder,
    mapping::{QueueLoop, StreamLoop, TableStream},
    permissions::{Denied, Request},
    queues::{self, FailureQueues},
    runtime::Invoker,
    table::TableError,
    template::{QueueMapping, StreamMapping, TemplateError},
};

const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// What Lambda needs to poll a queue.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const OF_A_QUEUE: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/// What it needs to read a stream.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>
const OF_A_STREAM: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

pub(super) fn start(
    data: Option<&DataFolder>,
    services: &Services,
    invoker: &Arc<dyn Invoker>,
) -> Result<Vec<JoinHandle<()>>, CloudError> {
    let mut tasks = Vec::new();
    for mapping in &services.plan.queue_mappings {
        let mapping = queue_loop(services, mapping, invoker)?;
        tasks.push(tokio::spawn(mapping.run()));
    }
    for mapping in &services.plan.stream_mappings {
        for shard in stream_loops(data, services, mapping, invoker)? {
            tasks.push(tokio::spawn(shard.run()));
        }
    }
    Ok(tasks)
}

impl Services {
    /// Whether the role of a function lets its mapping do this.
    fn admit(&self, function: &str, actions: &[&str], resource: &str) -> Result<(), Denied> {
        let judge = &self.guard.judge;
        let mut requests = actions.iter().map(|action| Request::new(*action, resource));
        requests.try_for_each(|request| judge.judge(function, &request))
    }
}

fn queue_loop(
    services: &Services,
    mapping: &QueueMapping,
    invoker: &Arc<dyn Invoker>,
) -> Result<QueueLoop, CloudError> {
    let queue = services.plan.queue_by_arn(&mapping.queue_arn);
    let queue = queue.ok_or_else(|| TemplateError::UnknownReference(mapping.queue_arn.clone()))?;
    services.admit(&mapping.function, &OF_A_QUEUE, &mapping.queue_arn)?;
    Ok(QueueLoop {
        mapping: mapping.clone(),
        queue: queue.clone(),
        region: services.place.region.clone(),
        sqs: queues::as_function(&services.sqs, &mapping.function),
        invoker: invoker.clone(),
    })
}

fn stream_loops(
    data: Option<&DataFolder>,
    services: &Services,
    mapping: &StreamMapping,
    invoker: &Arc<dyn Invoker>,
) -> Result<Vec<StreamLoop<TableStream>>, CloudError> {
    let Services { plan, place, .. } = services;
    let table = format!("arn:aws:dynamodb:{}:{}:table", place.region, place.account);
    let stream = format!("{table}/{}/stream/local", mapping.table);
    services.admit(&mapping.function, &OF_A_STREAM, &stream)?;
    if let Some(queue) = &mapping.on_failure_arn {
        services.admit(&mapping.function, &["sqs:SendMessage"], queue)?;
    }
    let failures = Arc::new(FailureQueues {
        sqs: queues::as_function(&services.sqs, &mapping.function),
        queues: plan.queues.clone(),
    });
    let checkpoint = data.map(|data| data.positions(&mapping.function));
    let shards = TableStream::open(
        &services.tables.database,
        &mapping.table,
        mapping.starting_position,
        checkpoint.as_deref(),
    );
    let function_arn = plan.function(&mapping.function).map(|f| f.arn.clone());
    let shards = shards.map_err(TableError::from)?.into_iter().map(|source| StreamLoop {
        mapping: mapping.clone(),
        function_arn: function_arn.clone().unwrap_or_default(),
        source,
        invoker: invoker.clone(),
        failures: failures.clone(),
        backoff: FIRST_BACKOFF,
    });
    Ok(shards.collect())
}
