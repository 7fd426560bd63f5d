//! dead-letter-consumer
