//! Parity tests: facts that are stated in two places are the same in both. They need files only.

#[cfg(test)]
mod alarms;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod carrier_operations;
#[cfg(test)]
mod citations;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod environments;
#[cfg(test)]
mod esim_operations;
#[cfg(test)]
mod features;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod program;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod service_line;
mod settings;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tmf_documents;
#[cfg(test)]
mod tmf_operations;
#[cfg(test)]
mod vocabulary;
#[cfg(test)]
mod walkthroughs;
#[cfg(test)]
mod webhook_operations;
#[cfg(test)]
mod webhook_verifiers;
