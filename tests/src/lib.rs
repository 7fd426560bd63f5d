//! orderwire-tests
