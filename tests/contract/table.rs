use harness::template::plan;
use serde_json::{Value, json};
use testkit::TestTable;

fn sorted(list: &Value, key: &str) -> Value {
    let mut list = list.as_array().cloned().unwrap_or_default();
    list.sort_by_key(|entry| entry[key].to_string());
    Value::Array(list)
}

fn keys(schema: &[(String, String)]) -> Value {
    schema.iter().map(|(name, kind)| json!({ "AttributeName": name, "KeyType": kind })).collect()
}

#[tokio::test]
async fn the_test_table_equals_the_table_of_the_template() {
    let plan = plan();
    let [table] = plan.tables.as_slice() else { panic!("one table") };
    let wanted = &table.create_request;
    let test = TestTable::create().await;
    let found = test.direct.describe_table().table_name(&test.name).send().await.unwrap();
    let found = found.table().unwrap();

    let attributes: Value = found
        .attribute_definitions()
        .iter()
        .map(|attribute| {
            json!({
                "AttributeName": attribute.attribute_name(),
                "AttributeType": attribute.attribute_type().as_str(),
            })
        })
        .collect();
    let name = "AttributeName";
    assert_eq!(sorted(&attributes, name), sorted(&wanted["AttributeDefinitions"], name));

    let schema = |elements: &[_]| -> Value {
        keys(
            &elements
                .iter()
                .map(|(name, kind)| (String::clone(name), String::clone(kind)))
                .collect::<Vec<_>>(),
        )
    };
    let table_keys: Vec<_> = found
        .key_schema()
        .iter()
        .map(|e| (e.attribute_name().to_owned(), e.key_type().as_str().to_owned()))
        .collect();
    assert_eq!(schema(&table_keys), wanted["KeySchema"]);

    let indexes: Value = found
        .global_secondary_indexes()
        .iter()
        .map(|index| {
            let elements: Vec<_> = index
                .key_schema()
                .iter()
                .map(|e| (e.attribute_name().to_owned(), e.key_type().as_str().to_owned()))
                .collect();
            let projection = index.projection().and_then(|p| p.projection_type());
            json!({
                "IndexName": index.index_name(),
                "KeySchema": schema(&elements),
                "Projection": { "ProjectionType": projection.unwrap().as_str() },
            })
        })
        .collect();
    let name = "IndexName";
    assert_eq!(sorted(&indexes, name), sorted(&wanted["GlobalSecondaryIndexes"], name));
    let view = found.stream_specification().and_then(|stream| stream.stream_view_type());
    assert_eq!(view.unwrap().as_str(), wanted["StreamSpecification"]["StreamViewType"]);
}
