//! Cold and warm, interleaved: the order of the contenders is reversed in every second round, so
//! that what the machine does meanwhile meets all of them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use orderwire_local::runtime::{Invoker as _, NativeRuntime};
use serde_json::Value;

use crate::{
    contender::{Contender, Stage},
    endpoint::Endpoint,
    process::Measured,
    stats::Summary,
};

/// After this long, the kernel has written down what a process used that now waits.
const SETTLE: Duration = Duration::from_millis(5);

/// How often is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    /// Starts of each contender.
    pub(crate) cold: usize,
    /// Calls before the first that counts.
    pub(crate) warm_up: usize,
    /// Rounds of warm calls.
    pub(crate) warm: usize,
    /// Calls of a contender in a round.
    pub(crate) calls: usize,
}

impl Rounds {
    pub(crate) const FULL: Self = Self { cold: 25, warm_up: 2_000, warm: 20, calls: 200 };
    pub(crate) const QUICK: Self = Self { cold: 5, warm_up: 400, warm: 8, calls: 50 };
    pub(crate) const COMPARE: Self = Self { cold: 1, warm_up: 2, warm: 1, calls: 2 };
}

/// What was measured of one contender at one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    /// Spawn to first answer: milliseconds of processor and of the clock.
    pub(crate) cold_cpu: Summary,
    pub(crate) cold_wall: Summary,
    /// Of a warm call: microseconds of processor (of each round's mean) and of the clock.
    pub(crate) warm_cpu: Summary,
    pub(crate) warm_wall: Summary,
    /// The most memory after all calls, in megabytes.
    pub(crate) memory: f64,
    /// Bytes logged a call.
    pub(crate) log: f64,
}

/// The figures of every contender at an endpoint.
pub(crate) type Field = BTreeMap<&'static str, Figures>;

/// Measures all contenders at an endpoint.
///
/// # Errors
/// A contender fails, or answers otherwise than the function does.
pub(crate) async fn endpoint(
    stage: &Stage<'_>,
    endpoint: Endpoint,
    rounds: Rounds,
) -> Result<Field> {
    let mut cold = BTreeMap::<_, Samples>::new();
    for round in 0..rounds.cold {
        for contender in ordered(round) {
            let sample = start(stage, contender, endpoint, &format!("cold-{round}")).await;
            let (cpu, wall) = sample.with_context(|| contender.name())?;
            cold.entry(contender.name()).or_default().add(cpu, wall);
        }
    }
    let mut warm = warm(stage, endpoint, rounds).await?;
    let mut field = Field::new();
    for contender in Contender::ALL {
        let cold = cold.remove(contender.name()).unwrap_or_default();
        let warm = warm.remove(contender.name()).context("not measured")?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let log = stage.logged(contender, endpoint) as f64;
        let calls = (rounds.cold + rounds.warm_up + rounds.warm * rounds.calls) as f64;
        field.insert(
            contender.name(),
            Figures {
                cold_cpu: Summary::of(&cold.cpu),
                cold_wall: Summary::of(&cold.wall),
                warm_cpu: Summary::of(&warm.samples.cpu),
                warm_wall: Summary::of(&warm.samples.wall),
                memory: warm.memory,
                log: log / calls,
            },
        );
    }
    Ok(field)
}

/// Every contender, the last one first in every second round.
fn ordered(round: usize) -> Vec<Contender> {
    let mut order = Contender::ALL.to_vec();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

#[derive(Debug, Default)]
struct Samples {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

impl Samples {
    fn add(&mut self, cpu: f64, wall: f64) {
        self.cpu.push(cpu);
        self.wall.push(wall);
    }
}

#[derive(Debug, Default)]
struct Warm {
    samples: Samples,
    memory: f64,
}

/// Milliseconds of processor and of the clock, from the start of a process to its first answer.
async fn start(
    stage: &Stage<'_>,
    contender: Contender,
    endpoint: Endpoint,
    number: &str,
) -> Result<(f64, f64)> {
    let mut instance = Instance::of(stage, contender, endpoint)?;
    let begin = Instant::now();
    instance.call(&format!("{number}-{}", Stage::name(contender, endpoint)), 0).await?;
    let wall = begin.elapsed();
    tokio::time::sleep(SETTLE).await;
    let cpu = Duration::from_nanos(instance.process()?.cpu()?);
    Ok((cpu.as_secs_f64() * 1e3, wall.as_secs_f64() * 1e3))
}

async fn warm(
    stage: &Stage<'_>,
    endpoint: Endpoint,
    rounds: Rounds,
) -> Result<BTreeMap<&'static str, Warm>> {
    let mut instances = BTreeMap::new();
    let mut answers = BTreeMap::new();
    for contender in Contender::ALL {
        let mut instance = Instance::of(stage, contender, endpoint)?;
        for n in 0..rounds.warm_up {
            let number = format!("up-{}-{n}", Stage::name(contender, endpoint));
            let answer = instance.call(&number, n).await.with_context(|| contender.name())?;
            if n == 0 && contender.is_complete() {
                answers.insert(contender.name(), endpoint.checked(&answer)?);
            }
        }
        instances.insert(contender.name(), instance);
    }
    check_equal(&answers)?;
    let mut measured = BTreeMap::<_, Warm>::new();
    for round in 0..rounds.warm {
        for contender in ordered(round) {
            let instance = instances.get_mut(contender.name()).context("not started")?;
            let warm = measured.entry(contender.name()).or_default();
            let number = format!("warm-{round}-{}", Stage::name(contender, endpoint));
            instance.round(&number, rounds.calls, &mut warm.samples).await?;
        }
    }
    for (name, instance) in &instances {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let bytes = instance.process()?.peak_memory()? as f64;
        measured.entry(name).or_default().memory = bytes / 1e6;
    }
    Ok(measured)
}

/// The same call has the same answer from everyone.
fn check_equal(answers: &BTreeMap<&'static str, Value>) -> Result<()> {
    let ours = answers.get(Contender::Ours.name()).context("no answer of the function")?;
    for (name, answer) in answers {
        ensure!(answer == ours, "{name} answers {answer:#}, the function {ours:#}");
    }
    Ok(())
}

/// One process of a contender, and its calls.
struct Instance<'s> {
    stage: &'s Stage<'s>,
    contender: Contender,
    endpoint: Endpoint,
    name: String,
    runtime: NativeRuntime,
}

impl<'s> Instance<'s> {
    fn of(stage: &'s Stage<'_>, contender: Contender, endpoint: Endpoint) -> Result<Self> {
        let runtime = stage.runtime(contender, endpoint)?;
        let name = Stage::name(contender, endpoint);
        Ok(Self { stage, contender, endpoint, name, runtime })
    }

    fn process(&self) -> Result<Measured> {
        let running = self.runtime.instances();
        Ok(Measured(running.first().context("it has ended")?.pid))
    }

    fn event(&self, number: &str, n: usize) -> Bytes {
        // The recorded calls are about the first caller's subscription.
        let n = if self.contender == Contender::Sdk { 0 } else { n };
        let caller = self.stage.world.caller(n);
        self.stage.world.event(self.endpoint, caller, number).to_string().into()
    }

    async fn invoke(&self, event: Bytes) -> Result<Bytes> {
        Ok(self.runtime.invoke(&self.name, event).await?)
    }

    async fn clean(&self, n: usize) -> Result<()> {
        let changes = self.endpoint == Endpoint::Change && self.contender != Contender::Empty;
        if !changes {
            return Ok(());
        }
        let n = if self.contender == Contender::Sdk { 0 } else { n };
        self.stage.world.unlock(self.stage.world.caller(n)).await
    }

    /// One call; it must succeed.
    async fn call(&mut self, number: &str, n: usize) -> Result<Bytes> {
        let answer = self.invoke(self.event(number, n)).await?;
        if self.contender.is_complete() {
            self.endpoint.checked(&answer)?;
        }
        self.clean(n).await?;
        Ok(answer)
    }

    /// Some calls: their mean of processor, and each one's time by the clock.
    async fn round(&mut self, number: &str, calls: usize, samples: &mut Samples) -> Result<()> {
        let events: Vec<_> = (0..calls).map(|n| self.event(&format!("{number}-{n}"), n)).collect();
        tokio::time::sleep(SETTLE).await;
        let process = self.process()?;
        let before = process.cpu()?;
        for (n, event) in events.into_iter().enumerate() {
            let begin = Instant::now();
            let answer = self.invoke(event).await?;
            samples.wall.push(begin.elapsed().as_secs_f64() * 1e6);
            if self.contender.is_complete() {
                self.endpoint.checked(&answer)?;
            }
            self.clean(n).await?;
        }
        tokio::time::sleep(SETTLE).await;
        let used = process.cpu()? - before;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        samples.cpu.push(used as f64 / 1e3 / calls as f64);
        Ok(())
    }
}
