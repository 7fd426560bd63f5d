//! Starts the template's event source mappings.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::CloudError;
use crate::{
    data::DataFolder,
    mapping::{QueueLoop, StreamLoop, TableStream},
    queues::FailureQueues,
    runtime::Invoker,
    table::{TableError, TableService},
    template::{Place, Plan, TemplateError},
};

const FIRST_BACKOFF: Duration = Duration::from_millis(100);

pub(super) fn start(
    data: Option<&DataFolder>,
    plan: &Plan,
    place: &Place,
    sqs: &aws_sdk_sqs::Client,
    tables: &TableService,
    invoker: &Arc<dyn Invoker>,
) -> Result<Vec<JoinHandle<()>>, CloudError> {
    let mut tasks = Vec::new();
    for mapping in &plan.queue_mappings {
        let queue = plan
            .queue_by_arn(&mapping.queue_arn)
            .ok_or_else(|| TemplateError::UnknownReference(mapping.queue_arn.clone()))?;
        let mapping = QueueLoop {
            mapping: mapping.clone(),
            queue: queue.clone(),
            region: place.region.clone(),
            sqs: sqs.clone(),
            invoker: invoker.clone(),
        };
        tasks.push(tokio::spawn(mapping.run()));
    }
    let failures = Arc::new(FailureQueues { sqs: sqs.clone(), queues: plan.queues.clone() });
    for mapping in &plan.stream_mappings {
        let checkpoint = data.map(|data| data.positions(&mapping.function));
        let shards = TableStream::open(
            &tables.database,
            &mapping.table,
            mapping.starting_position,
            checkpoint.as_deref(),
        );
        let function_arn = plan.function(&mapping.function).map(|f| f.arn.clone());
        for source in shards.map_err(TableError::from)? {
            let shard = StreamLoop {
                mapping: mapping.clone(),
                function_arn: function_arn.clone().unwrap_or_default(),
                source,
                invoker: invoker.clone(),
                failures: failures.clone(),
                backoff: FIRST_BACKOFF,
            };
            tasks.push(tokio::spawn(shard.run()));
        }
    }
    Ok(tasks)
}
