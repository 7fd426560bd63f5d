//! The exchanges of the contract of provisioning networks, played against the simulator.

use orderwire_local::network::{Network, router};
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;

const PAGE: &str = include_str!("../../../docs/contracts/network.md");

struct Exchange<'a> {
    method: &'a str,
    path: &'a str,
    key: &'a str,
    body: &'a str,
    status: u16,
    response: &'a str,
}

/// The rows of the page's table.
fn exchanges() -> Vec<Exchange<'static>> {
    let (_, section) = PAGE.split_once("## Exchanges\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let exchange = |row: &'static str| {
        let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, request, key, body, status, response, _] = cells[..] else { panic!("{row}") };
        let (method, path) = request.split_once(' ').unwrap();
        Exchange { method, path, key, body, status: status.parse().unwrap(), response }
    };
    rows.map(exchange).collect()
}

#[tokio::test]
async fn the_simulator_follows_the_contract_of_provisioning_networks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, router(Network::default())).await.unwrap();
    });
    let (client, all) = (Client::new(), exchanges());
    assert!(all.len() > 10);
    for Exchange { method, path, key, body, status, response } in all {
        let mut request = client.request(method.parse().unwrap(), format!("{base}{path}"));
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        if !body.is_empty() {
            request = request.json(&serde_json::from_str::<Value>(body).unwrap());
        }
        let got = request.send().await.unwrap();
        assert_eq!(got.status().as_u16(), status, "{method} {path} {key}");
        if !response.is_empty() {
            let expected: Value = serde_json::from_str(response).unwrap();
            assert_eq!(got.json::<Value>().await.unwrap(), expected, "{method} {path} {key}");
        }
    }
}
