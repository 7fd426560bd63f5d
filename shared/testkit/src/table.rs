//! A table for one test: on dynoxide inside the process, or, when `TEST_DYNAMODB_ENDPOINT` is set,
//! on the emulator at that endpoint (DynamoDB Local), under a unique name.

use std::{collections::HashMap, time::Duration};

use aws::{Service, Settings};
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, timeout::TimeoutConfig},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, Projection, ProjectionType, PutRequest, ScalarAttributeType, StreamSpecification,
        StreamViewType, WriteRequest,
    },
};
use serde_json::Value;
use store::Table;
use tokio::{net::TcpListener, sync::Mutex};

use crate::{proxy::Proxy, stream::TableStream};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A table and the proxy that its calls pass through.
#[derive(Debug)]
pub struct TestTable {
    /// The table.
    pub table: Table,
    /// Records the calls and injects faults.
    pub proxy: Proxy,
    /// A client that bypasses the proxy, to inspect stored items.
    pub direct: Client,
    /// The table's name.
    pub name: String,
    /// Through the proxy.
    client: Client,
    endpoint: String,
    stream: Mutex<Option<TableStream>>,
}

async fn dynoxide() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    // In memory, under a name by which it can be opened once more.
    let path = format!("file:{}?mode=memory&cache=shared", uuid::Uuid::new_v4());
    let database = dynoxide::Database::new(&path).expect("memory is enough");
    index_stream(&path);
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    format!("http://{address}")
}

/// dynoxide looks for the last sequence number of a stream through all its records: every write
/// would make those behind it slower (`infra/decisions/`, 70).
fn index_stream(path: &str) {
    let database = rusqlite::Connection::open(path).expect("the database is there");
    let indexed = database.execute_batch(
        "CREATE INDEX _stream_records_by_number
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    );
    indexed.expect("dynoxide keeps its streams in this table");
}

/// A client with the settings of a deployed one, except for longer time-outs: 64 callers, the proxy
/// and the engine share one thread here, and the machine runs other tests.
fn client(endpoint: &str) -> Client {
    let settings = Settings::emulator(endpoint);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TIMEOUT)
        .read_timeout(TIMEOUT)
        .operation_attempt_timeout(TIMEOUT)
        .operation_timeout(TIMEOUT * 2)
        .build();
    let config = aws_sdk_dynamodb::config::Builder::from(&settings.sdk_config(Service::DynamoDb))
        .retry_partition(settings.retry_partition())
        .timeout_config(timeouts)
        .build();
    Client::from_conf(config)
}

impl TestTable {
    /// A new, empty table.
    pub async fn create() -> Self {
        let endpoint = match std::env::var("TEST_DYNAMODB_ENDPOINT") {
            Ok(endpoint) => endpoint,
            Err(_) => dynoxide().await,
        };
        let name = format!("Orders-{}", uuid::Uuid::new_v4());
        let direct = client(&endpoint);
        create(&direct, &name).await;
        let proxy = Proxy::start(&endpoint).await;
        let client = client(proxy.url());
        let table = Table::with_client(client.clone(), &name);
        Self { table, proxy, direct, name, client, endpoint, stream: Mutex::default() }
    }

    /// The table as a function reaches it: its calls are signed with this access key id.
    pub fn table_of(&self, caller: &str) -> Table {
        let own = Credentials::new(caller, "local", None, None, "test");
        let config = self.client.config().to_builder().credentials_provider(own).build();
        Table::with_client(Client::from_conf(config), &self.name)
    }

    /// The address of the engine, without the proxy: `127.0.0.1:port`.
    pub fn engine(&self) -> &str {
        self.endpoint.trim_start_matches("http://")
    }

    /// An attribute of an order's item, as text. None: the item does not have it.
    ///
    /// # Panics
    /// There is no such order, or the attribute is neither text nor a number.
    pub async fn attribute(&self, order: &str, name: &str) -> Option<String> {
        let get = self.direct.get_item().table_name(&self.name).consistent_read(true);
        let got = get.set_key(Some(order_key(order))).send().await.expect("the emulator answers");
        match got.item.expect("the order is there").remove(name)? {
            AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// Sets an attribute of an order's item to a number, around all conditions.
    pub async fn set_number(&self, order: &str, name: &str, value: i64) {
        self.set(order, name, AttributeValue::N(value.to_string())).await;
    }

    /// Sets an attribute of an order's item to a text, around all conditions.
    pub async fn set_text(&self, order: &str, name: &str, value: &str) {
        self.set(order, name, AttributeValue::S(value.to_owned())).await;
    }

    /// Makes an order's item unreadable.
    pub async fn corrupt(&self, order: &str) {
        self.set_text(order, "revision", "none").await;
    }

    /// Sets an attribute of any item to a text, around all conditions.
    pub async fn set_text_of(&self, (pk, sk): (&str, &str), name: &str, value: &str) {
        self.set_of(key_of(pk, sk), name, AttributeValue::S(value.to_owned())).await;
    }

    /// Deletes any item.
    pub async fn delete(&self, (pk, sk): (&str, &str)) {
        let delete = self.direct.delete_item().table_name(&self.name);
        delete.set_key(Some(key_of(pk, sk))).send().await.expect("the emulator answers");
    }

    /// Stores copies of an order's item under these ids, with other texts and numbers, around all
    /// conditions: thousands of orders in seconds.
    pub async fn copy_order(
        &self,
        order: &str,
        ids: impl IntoIterator<Item = u64>,
        texts: &[(&str, &str)],
        numbers: &[(&str, i64)],
    ) {
        let get = self.direct.get_item().table_name(&self.name).consistent_read(true);
        let got = get.set_key(Some(order_key(order))).send().await.expect("the emulator answers");
        let mut item = got.item.expect("the order is there");
        let texts =
            texts.iter().map(|(name, value)| (*name, AttributeValue::S((*value).to_owned())));
        let numbers =
            numbers.iter().map(|(name, value)| (*name, AttributeValue::N(value.to_string())));
        item.extend(texts.chain(numbers).map(|(name, value)| (name.to_owned(), value)));
        let copies = ids.into_iter().map(|id| {
            let mut item = item.clone();
            item.extend(order_key(&id.to_string()));
            item
        });
        self.put_all(copies).await;
    }

    /// Stores copies of an item with other texts, around all conditions. Each has another key.
    pub async fn copy_item(
        &self,
        (pk, sk): (&str, &str),
        copies: impl IntoIterator<Item = Vec<(&'static str, String)>>,
    ) {
        let get = self.direct.get_item().table_name(&self.name).consistent_read(true);
        let got = get.set_key(Some(key_of(pk, sk))).send().await.expect("the emulator answers");
        let item = got.item.expect("the item is there");
        let copies = copies.into_iter().map(|texts| {
            let texts = texts.into_iter();
            let mut item = item.clone();
            item.extend(texts.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))));
            item
        });
        self.put_all(copies).await;
    }

    async fn put_all(&self, items: impl Iterator<Item = HashMap<String, AttributeValue>>) {
        let put = |item| {
            let put = PutRequest::builder().set_item(Some(item)).build();
            WriteRequest::builder().put_request(put.expect("the item is given")).build()
        };
        let writes: Vec<WriteRequest> = items.map(put).collect();
        for some in writes.chunks(25) {
            let write = self.direct.batch_write_item().request_items(&self.name, some.to_vec());
            let left = write.send().await.expect("the emulator answers").unprocessed_items;
            assert!(left.is_none_or(|left| left.is_empty()), "the emulator writes all of it");
        }
    }

    async fn set(&self, order: &str, name: &str, value: AttributeValue) {
        self.set_of(order_key(order), name, value).await;
    }

    async fn set_of(
        &self,
        key: HashMap<String, AttributeValue>,
        name: &str,
        value: AttributeValue,
    ) {
        let update = self.direct.update_item().table_name(&self.name);
        let update = update.set_key(Some(key)).update_expression("SET #name = :value");
        let update = update.expression_attribute_names("#name", name);
        let update = update.expression_attribute_values(":value", value);
        update.send().await.expect("the emulator answers");
    }

    /// The records of the table's stream since the last call, as a function receives them. The
    /// first call returns all of them.
    pub async fn changes(&self) -> Vec<Value> {
        let mut stream = self.stream.lock().await;
        if stream.is_none() {
            *stream = Some(TableStream::open(&self.endpoint, &self.name).await);
        }
        match &mut *stream {
            Some(stream) => stream.read().await,
            None => Vec::new(),
        }
    }
}

fn order_key(id: &str) -> HashMap<String, AttributeValue> {
    key_of(&format!("ORDER#{id}"), "ORDER")
}

fn key_of(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    let part = |(name, key): (&str, &str)| (name.to_owned(), AttributeValue::S(key.to_owned()));
    [("pk", pk), ("sk", sk)].map(part).into()
}

fn key(name: &str, key_type: KeyType) -> KeySchemaElement {
    let element = KeySchemaElement::builder().attribute_name(name).key_type(key_type);
    element.build().expect("both parts of a key element are given")
}

fn index(name: &str, hash: &str, range: &str) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key(hash, KeyType::Hash))
        .key_schema(key(range, KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .expect("name and keys of the index are given")
}

/// Creates the table as in `infra/template.yaml`; a contract test compares both.
async fn create(client: &Client, name: &str) {
    let attributes = [
        ("pk", ScalarAttributeType::S),
        ("sk", ScalarAttributeType::S),
        ("dueShard", ScalarAttributeType::S),
        ("dueAt", ScalarAttributeType::N),
        ("ownerKey", ScalarAttributeType::S),
        ("ownerSort", ScalarAttributeType::S),
    ];
    let attributes = attributes.map(|(name, kind)| {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind);
        definition.build().expect("both parts of an attribute are given")
    });
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .expect("the stream is enabled");
    client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(attributes.to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index("byDue", "dueShard", "dueAt"))
        .global_secondary_indexes(index("byOwner", "ownerKey", "ownerSort"))
        .stream_specification(stream)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .expect("the emulator creates the table");
}
