//! orderwire-local
