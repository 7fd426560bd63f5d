//! The table's stream, read over the same endpoint as the table.

use serde_json::{Value, json};

/// A reader of a table's stream, from its beginning.
#[derive(Debug)]
pub(crate) struct TableStream {
    http: reqwest::Client,
    endpoint: String,
    shards: Vec<Shard>,
}

#[derive(Debug)]
struct Shard {
    arn: String,
    id: String,
    /// The sequence number of the last record that was read.
    last: Option<String>,
}

impl TableStream {
    /// Opens every shard of the table's stream.
    pub(crate) async fn open(endpoint: &str, table: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("no setting can be wrong");
        let mut stream = Self { http, endpoint: endpoint.to_owned(), shards: Vec::new() };
        let streams = stream.call("ListStreams", json!({ "TableName": table })).await;
        for found in streams["Streams"].as_array().into_iter().flatten() {
            let arn = text(found, "StreamArn");
            let described = stream.call("DescribeStream", json!({ "StreamArn": arn })).await;
            let shards = described["StreamDescription"]["Shards"].as_array();
            for shard in shards.into_iter().flatten() {
                let (arn, id) = (arn.clone(), text(shard, "ShardId"));
                stream.shards.push(Shard { arn, id, last: None });
            }
        }
        assert!(!stream.shards.is_empty(), "table {table} has a stream: {streams}");
        stream
    }

    /// The records since the last call, in order.
    pub(crate) async fn read(&mut self) -> Vec<Value> {
        let mut records = Vec::new();
        for index in 0..self.shards.len() {
            let Shard { arn, id, last } = &self.shards[index];
            let mut request = json!({ "StreamArn": arn, "ShardId": id });
            request["ShardIteratorType"] = match last {
                None => "TRIM_HORIZON".into(),
                Some(last) => {
                    request["SequenceNumber"] = last.clone().into();
                    "AFTER_SEQUENCE_NUMBER".into()
                }
            };
            let mut answer = self.call("GetShardIterator", request).await;
            while let Some(iterator) = answer["NextShardIterator"]
                .as_str()
                .or_else(|| answer["ShardIterator"].as_str())
                .map(ToOwned::to_owned)
            {
                answer = self.call("GetRecords", json!({ "ShardIterator": iterator })).await;
                let found = answer["Records"].as_array().cloned().unwrap_or_default();
                let Some(newest) = found.last() else { break };
                let number = &newest["dynamodb"]["SequenceNumber"];
                self.shards[index].last = number.as_str().map(ToOwned::to_owned);
                records.extend(found);
            }
        }
        records
    }

    async fn call(&self, operation: &str, request: Value) -> Value {
        let credential = "AWS4-HMAC-SHA256 Credential=local/20261121/eu-west-1/dynamodb/aws4_request, \
            SignedHeaders=host, Signature=0";
        let answer = self
            .http
            .post(&self.endpoint)
            .header("x-amz-target", format!("DynamoDBStreams_20120810.{operation}"))
            .header("x-amz-date", "20261121T120000Z")
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", credential)
            .body(request.to_string());
        let answer = answer.send().await.expect("the emulator answers");
        let (status, body) = (answer.status(), answer.bytes().await.unwrap_or_default());
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert!(status.is_success(), "{operation}: {status} {body}");
        body
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
