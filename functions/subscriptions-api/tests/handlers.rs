//! The function in process: event in, answer out, on a real engine.

#[path = "handlers/changing.rs"]
mod changing;
#[path = "handlers/creating.rs"]
mod creating;
#[path = "handlers/reading.rs"]
mod reading;
#[path = "handlers/scene.rs"]
mod scene;
