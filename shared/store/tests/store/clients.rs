use domain::identity::{Client, ClientDirectory, Role, SecretHash};
use store::{ClientAdministration, DynamoClients, DynamoParties};
use testkit::TestTable;

fn client(id: &str) -> Client {
    Client {
        id: id.parse().unwrap(),
        tenant: "acme".parse().unwrap(),
        roles: [Role::Ecc].into(),
        parties: ["Acme Carrier".to_owned()].into(),
        secrets: vec![SecretHash("hash".to_owned())],
        disabled: false,
    }
}

#[tokio::test]
async fn a_client_is_found_as_it_was_registered_and_once() {
    let db = TestTable::create().await;
    let administration = ClientAdministration::new(db.table.clone());
    assert!(administration.add(&client("one")).await.unwrap());
    assert!(!administration.add(&client("one")).await.unwrap());
    let directory = DynamoClients::new(db.table.clone());
    assert_eq!(directory.client(&client("one").id).await.unwrap(), Some(client("one")));
    assert_eq!(directory.client(&client("two").id).await.unwrap(), None);
    administration.add(&client("two")).await.unwrap();
    assert_eq!(administration.all().await.unwrap(), [client("one"), client("two")]);
}

#[tokio::test]
async fn of_two_changes_of_one_client_one_is_kept() {
    let db = TestTable::create().await;
    let administration = ClientAdministration::new(db.table.clone());
    let id = client("one").id;
    assert_eq!(administration.change(&id, |_| {}).await.unwrap(), None);
    administration.add(&client("one")).await.unwrap();
    // The first is held between its read and its write until the second is done.
    let gate = db.proxy.hold_next("TransactWriteItems");
    let first = administration.change(&id, |client| client.disabled = true);
    let second = async {
        gate.reached().await;
        let second = administration.change(&id, |client| client.parties.clear()).await;
        gate.open();
        second
    };
    let (first, second) = futures::future::join(first, second).await;
    assert_eq!((first.unwrap(), second.unwrap()), (Some(false), Some(true)));
}

#[tokio::test]
async fn a_link_from_a_party_ends_with_its_last_enabled_client() {
    let db = TestTable::create().await;
    let administration = ClientAdministration::new(db.table.clone());
    let parties = DynamoParties::new(db.table.clone());
    let party = "Acme Carrier".parse().unwrap();
    let tenants = async || {
        let tenants = parties.tenants(&party).await.unwrap();
        tenants.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let disable = async |id: &str, disabled| {
        let id = id.parse().unwrap();
        let changed = administration.change(&id, |client| client.disabled = disabled).await;
        assert_eq!(changed.unwrap(), Some(true));
    };
    for (id, tenant) in [("one", "acme"), ("two", "acme"), ("three", "other")] {
        let client = Client { tenant: tenant.parse().unwrap(), ..client(id) };
        assert!(administration.add(&client).await.unwrap());
    }
    assert_eq!(tenants().await, ["acme", "other"]);
    // An id in use: neither a client nor a link.
    let stranger = Client { tenant: "stranger".parse().unwrap(), ..client("one") };
    assert!(!administration.add(&stranger).await.unwrap());
    assert_eq!(tenants().await, ["acme", "other"]);
    disable("one", true).await;
    assert_eq!(tenants().await, ["acme", "other"], "its second client is enabled");
    disable("two", true).await;
    assert_eq!(tenants().await, ["other"]);
    disable("two", true).await;
    disable("one", false).await;
    assert_eq!(tenants().await, ["acme", "other"]);
    let cleared = administration.change(&"one".parse().unwrap(), |one| one.parties.clear()).await;
    assert_eq!((cleared.unwrap(), tenants().await), (Some(true), vec!["other".to_owned()]));
    // A client that is added disabled has no link.
    let disabled = Client { disabled: true, ..client("four") };
    assert!(administration.add(&disabled).await.unwrap());
    assert_eq!(tenants().await, ["other"]);
}
