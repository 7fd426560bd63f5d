//! Version numbers as programs print them.

use crate::run;

/// Major, minor, patch.
pub(super) type Version = (u32, u32, u32);

/// Version that `program args..` prints, if it can be run.
pub(super) async fn of(program: &str, args: &[&str]) -> Option<Version> {
    let mut command = run::command(program);
    command.args(args);
    first_in(&run::answer(command).await?)
}

/// First `1.2` or `1.2.3` in a text, with or without a `v` in front.
fn first_in(text: &str) -> Option<Version> {
    text.split(|c: char| c.is_whitespace() || c == ',').find_map(|word| {
        let mut parts = word.trim_start_matches('v').split(['.', '-', '+']);
        let mut next = || parts.next()?.parse().ok();
        Some((next()?, next()?, next().unwrap_or(0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_tools_print() {
        let cases = [
            ("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)", (0, 9, 143)),
            ("SAM CLI, version 1.170.0\n", (1, 170, 0)),
            ("v20.20.2\n", (20, 20, 2)),
            ("3.11\n", (3, 11, 0)),
            ("openjdk 17.0.15 2025-04-15", (17, 0, 15)),
        ];
        for (text, version) in cases {
            assert_eq!(first_in(text), Some(version), "{text}");
        }
        assert_eq!(first_in("no version here"), None);
    }
}
