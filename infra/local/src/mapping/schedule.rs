//! Functions that run by the clock.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

use crate::{
    clock,
    runtime::{InvokeError, Invoker},
    template::{Place, Schedule},
};

/// The template's schedules.
#[derive(Clone)]
pub struct Schedules {
    /// All schedules.
    pub schedules: Vec<Schedule>,
    /// Account and region in the events.
    pub place: Place,
    /// Runs the functions.
    pub invoker: Arc<dyn Invoker>,
}

impl Schedules {
    /// Starts one task for each schedule; `every` overrides all their rates.
    pub fn start(&self, every: Option<Duration>) -> Vec<tokio::task::JoinHandle<()>> {
        let run = |schedule: Schedule| {
            let this = self.clone();
            let every = every.unwrap_or(schedule.every);
            tokio::spawn(async move {
                let mut ticks = interval_at(Instant::now() + every, every);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    // Runs may overlap, as on AWS.
                    let (this, schedule) = (this.clone(), schedule.clone());
                    tokio::spawn(async move { this.run_once(&schedule).await });
                }
            })
        };
        self.schedules.iter().cloned().map(run).collect()
    }

    /// Runs the schedules of this name, or of this function, once and waits;
    /// `None` when there is none.
    pub async fn fire(&self, name: &str) -> Option<Result<Vec<Bytes>, InvokeError>> {
        let named = |s: &&Schedule| s.name == name || s.function == name;
        let found: Vec<&Schedule> = self.schedules.iter().filter(named).collect();
        if found.is_empty() {
            return None;
        }
        let mut answers = Vec::new();
        for schedule in found {
            match self.run_once(schedule).await {
                Ok(answer) => answers.push(answer),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(answers))
    }

    async fn run_once(&self, schedule: &Schedule) -> Result<Bytes, InvokeError> {
        let event = match &schedule.input {
            Some(input) => input.clone(),
            None => scheduled_event(&schedule.name, &self.place),
        };
        let event = Bytes::from(event.to_string());
        let outcome = self.invoker.invoke(&schedule.function, event).await;
        if let Err(error) = &outcome {
            eprintln!("{}: {error}", schedule.name);
        }
        outcome
    }
}

/// EventBridge's event of a rule that ran.
pub fn scheduled_event(rule: &str, place: &Place) -> Value {
    let Place { region, account, .. } = place;
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": clock::rfc3339(),
        "region": region,
        "resources": [format!("arn:aws:events:{region}:{account}:rule/{rule}")],
        "detail": {},
    })
}
