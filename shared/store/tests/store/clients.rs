use domain::identity::{Client, ClientDirectory, Role, SecretHash};
use store::{ClientAdministration, DynamoClients};
use testkit::{Fault, TestTable};

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
    db.proxy.fail_next("TransactWriteItems", Fault::Delay(std::time::Duration::from_millis(300)));
    let first = administration.change(&id, |client| client.disabled = true);
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        administration.change(&id, |client| client.parties.clear()).await
    };
    let (first, second) = futures::future::join(first, second).await;
    assert_eq!((first.unwrap(), second.unwrap()), (Some(false), Some(true)));
}
