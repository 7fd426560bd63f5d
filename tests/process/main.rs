//! Carrier orders through all of their functions, in this process, over one table: from the
//! gateway's event to its answer, and from a queue's message to the next step; and deliveries
//! from their plan to their receivers.

#![cfg(test)]

mod automatic;
mod budget;
mod buying;
mod canceling;
mod changing;
mod conditions;
mod console;
mod creating;
mod deliveries;
mod elsewhere;
mod fixture;
mod following;
mod guides;
mod intake;
mod listing;
mod lists;
mod manual;
mod numbers;
mod placing_again;
mod published;
mod pushes;
mod reading;
mod reserved;
mod roles;
mod service;
mod service_orders;
mod service_orders_api;
mod service_orders_canceling;
mod service_orders_hub;
mod spellings;
mod states;
mod tokens;
mod walkthrough;
mod whole;
