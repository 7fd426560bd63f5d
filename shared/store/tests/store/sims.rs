use domain::sim::{Sim, SimAlgorithm, SimIdentity, SimKeys};
use store::{DynamoSimData, DynamoSims, ImportedSim};
use testkit::{Fault, TestTable, numbers};

fn sim(n: u64) -> Sim {
    let identity = SimIdentity {
        iccid: numbers::iccid(n),
        imsi: numbers::imsi(n),
        algorithm: SimAlgorithm::Milenage,
    };
    let key = |base: u64| format!("{:032x}", base + n).parse().unwrap();
    Sim { identity, keys: SimKeys { k: key(1_000), opc: key(2_000) } }
}

#[tokio::test]
async fn a_sim_is_stored_once_and_an_import_that_is_repeated_finds_it() {
    let db = TestTable::create().await;
    let data = DynamoSimData::new(db.table.clone());
    let all: Vec<Sim> = (0..DynamoSimData::MOST as u64).map(sim).collect();
    assert!(data.import(&all).await.unwrap().iter().all(|one| *one == ImportedSim::New));
    assert!(data.import(&all).await.unwrap().iter().all(|one| *one == ImportedSim::Known));
    assert_eq!(data.get(&all[7].identity.iccid).await.unwrap().as_ref(), Some(&all[7]));
    let shown = DynamoSims::new(db.table.clone()).get(&all[7].identity.iccid).await.unwrap();
    assert_eq!(shown.as_ref(), Some(&all[7].identity));
    assert_eq!(data.get(&numbers::iccid(999)).await.unwrap(), None);
}

#[tokio::test]
async fn other_data_of_a_sim_and_an_imsi_of_another_change_nothing() {
    let db = TestTable::create().await;
    let data = DynamoSimData::new(db.table.clone());
    data.import(&[sim(1), sim(2)]).await.unwrap();
    let other_keys = Sim { keys: sim(3).keys, ..sim(1) };
    let other_imsi = Sim {
        identity: SimIdentity { imsi: numbers::imsi(9), ..sim(2).identity },
        keys: sim(2).keys,
    };
    let same_imsi = Sim {
        identity: SimIdentity { imsi: numbers::imsi(2), ..sim(4).identity },
        keys: sim(4).keys,
    };
    let imported = data.import(&[other_keys, other_imsi, same_imsi, sim(5)]).await.unwrap();
    use ImportedSim::{Differs, ImsiTaken, New};
    assert_eq!(imported, [Differs, Differs, ImsiTaken, New]);
    for n in [1, 2, 5] {
        assert_eq!(data.get(&numbers::iccid(n)).await.unwrap(), Some(sim(n)));
    }
    assert_eq!(data.get(&numbers::iccid(4)).await.unwrap(), None);
    // Nothing of the refused ones stayed: their IMSI is free.
    let free = Sim {
        identity: SimIdentity { imsi: numbers::imsi(9), ..sim(6).identity },
        keys: sim(6).keys,
    };
    assert_eq!(data.import(&[free]).await.unwrap(), [New]);
}

#[tokio::test]
async fn an_import_whose_response_is_lost_is_new() {
    let db = TestTable::create().await;
    db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    let imported = DynamoSimData::new(db.table.clone()).import(&[sim(1)]).await.unwrap();
    assert_eq!(imported, [ImportedSim::New]);
}
