//! Requests of batches: the same changes, named by method and resource, and fewer of them.

use api::json::parse_object;
use domain::{
    subscription::{Change, ChangeRequest, SubscriptionRef},
    violation::Violations,
};

use crate::{Command, read};

/// The base of the API, which a resource may begin with.
const BASE: &str = "/ecc/v1";

/// The command of a request in a batch: creating, blocking and unblocking, state, services and
/// tags; nothing that changes a number or a SIM, or ends a subscription.
///
/// # Errors
/// Everything that is wrong with it.
pub fn command(method: &str, resource: &str, body: &str) -> Result<Command, Violations> {
    let path = resource.strip_prefix(BASE).unwrap_or(resource);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (method, segments.as_slice()) {
        ("POST", ["subscriptions"]) => {
            Ok(Command::Create(read::creation(&parse_object(body.as_bytes())?)?))
        }
        ("PATCH", ["subscriptions", of]) => {
            let change = read::values(&parse_object(body.as_bytes())?)?;
            only_what_a_batch_may(&change)?;
            Ok(Command::Change(subscription(of)?, ChangeRequest::Values(Box::new(change))))
        }
        ("POST", ["subscriptions", of, "services"]) => {
            let services = read::services(&parse_object(body.as_bytes())?)?;
            Ok(Command::Change(subscription(of)?, ChangeRequest::AddServices(services)))
        }
        ("PATCH", ["subscriptions", of, "services", id]) => {
            let settings = read::settings(&parse_object(body.as_bytes())?)?;
            let change = ChangeRequest::AdjustService(part("service", id)?, settings);
            Ok(Command::Change(subscription(of)?, change))
        }
        ("DELETE", ["subscriptions", of, "services", id, rest @ ..]) if rest.len() < 2 => {
            let instance = match rest.first() {
                None => None,
                Some(text) => match text.parse() {
                    Ok(number @ 1..) => Some(number),
                    _ => return Err(Violations::one("/resource", "instance: a number from 1")),
                },
            };
            let change = ChangeRequest::RemoveService(part("service", id)?, instance);
            Ok(Command::Change(subscription(of)?, change))
        }
        ("POST", ["subscriptions", of, "tags", tag]) => {
            Ok(Command::Change(subscription(of)?, ChangeRequest::AddTag(part("tag", tag)?)))
        }
        ("DELETE", ["subscriptions", of, "tags", tag]) => {
            Ok(Command::Change(subscription(of)?, ChangeRequest::RemoveTag(part("tag", tag)?)))
        }
        _ => Err(Violations::one("/resource", "no change that a batch may make")),
    }
}

/// What a command is about, the same for every request about one subscription by one name.
pub fn subject(command: &Command) -> String {
    match command {
        Command::Create(new) => SubscriptionRef::Iccid(new.iccid.clone()).to_string(),
        Command::Change(reference, _) | Command::Delete(reference) => reference.to_string(),
    }
}

fn subscription(text: &str) -> Result<SubscriptionRef, Violations> {
    part("subscription", text)
}

fn part<T>(name: &str, text: &str) -> Result<T, Violations>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error| Violations::one("/resource", format!("{name}: {error}")))
}

fn only_what_a_batch_may(change: &Change) -> Result<(), Violations> {
    let Change { blocked: _, state: _, tags: _, services: _, .. } = change;
    let others = [
        ("/body/msisdn", change.msisdn.is_some()),
        ("/body/iccid", change.iccid.is_some()),
        ("/body/odb-profile", change.odb_profile.is_some()),
        ("/body/static-ip", change.static_ip.is_some()),
        ("/body/apn-ids", change.apn_ids.is_some()),
        ("/body/a2p-voice-app-key", change.a2p_voice_app_key.is_some()),
    ];
    let mut violations = Violations::new();
    for (pointer, _) in others.into_iter().filter(|(_, asked)| *asked) {
        violations.add(pointer, "not in a batch");
    }
    violations.into_result(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "/subscriptions/msisdn:46708421488";

    #[test]
    fn what_the_contract_allows_is_read() {
        for (method, resource, body) in [
            ("POST", "/subscriptions", r#"{"iccid":"89461177710001700003"}"#),
            ("PATCH", ONE, r#"{"blocked":true}"#),
            ("PATCH", &format!("/ecc/v1{ONE}"), r#"{"state":"IN_USE","tags":["a"]}"#),
            ("POST", &format!("{ONE}/services"), r#"{"services":[{"id":"SMS"}]}"#),
            ("PATCH", &format!("{ONE}/services/SMS"), r#"{"limit":5}"#),
            ("DELETE", &format!("{ONE}/services/SMS"), ""),
            ("DELETE", &format!("{ONE}/services/SMS/1"), ""),
            ("POST", &format!("{ONE}/tags/a"), ""),
            ("DELETE", &format!("{ONE}/tags/a"), ""),
        ] {
            let read = command(method, resource, body);
            assert!(read.is_ok(), "{method} {resource}: {read:?}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for (method, resource, body) in [
            ("DELETE", ONE, ""),
            ("GET", ONE, ""),
            ("PATCH", ONE, r#"{"msisdn":"46708421499"}"#),
            ("PATCH", ONE, r#"{"blocked":true,"iccid":"89461177710001700003"}"#),
            ("PATCH", ONE, ""),
            ("PATCH", "/subscriptions/46708421488", r#"{"blocked":true}"#),
            ("POST", "/batches", "{}"),
            ("POST", "subscriptions", "{}"),
            ("DELETE", &format!("{ONE}/services/SMS/0"), ""),
            ("DELETE", &format!("{ONE}/services/SMS/1/2"), ""),
        ] {
            assert!(command(method, resource, body).is_err(), "{method} {resource}");
        }
    }
}
