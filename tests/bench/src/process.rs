//! What the kernel counts of a running process.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

/// A process that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measured(pub(crate) i32);

impl Measured {
    /// The processor time of all its threads, in nanoseconds: of those that live, which all
    /// threads of the measured programs do.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn cpu(self) -> Result<u64> {
        let mut total = 0;
        for task in fs::read_dir(self.file("task")).context("the process has ended")? {
            // A thread may end between the two.
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
            total += text.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0);
        }
        Ok(total)
    }

    /// The most memory it has had, in bytes.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn peak_memory(self) -> Result<u64> {
        let status = fs::read_to_string(self.file("status")).context("the process has ended")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        kibibytes.map(|count: u64| count * 1024).context("the kernel names no peak memory")
    }

    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_memory_of_this_process_are_known() {
        let own = Measured(i32::try_from(std::process::id()).unwrap());
        let before = own.cpu().unwrap();
        let mut sum = 0_u64;
        for n in 0..3_000_000_u64 {
            sum = std::hint::black_box(sum.wrapping_add(n * n));
        }
        // The clock of a thread that runs is written down when it is next interrupted.
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(own.cpu().unwrap() > before, "{sum}");
        assert!(own.peak_memory().unwrap() > 1_000_000);
        assert!(Measured(0).cpu().is_err());
    }
}
