//! Guard of the dearest setting: aws-lc's jitter random costs some 30 ms of CPU
//! at the first TLS handshake (0.6 s on a 128 MB function). `.cargo/config.toml`
//! leaves it out, and here is looked whether it really is out.

use anyhow::{Context, Result, bail};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A function of the jitter random library, in every build that has it.
const SYMBOL: &[u8] = b"jent_entropy_collector_alloc";

/// Fails when a build of aws-lc under `target` has jitter random, or there is none to look at.
pub(crate) fn is_out(target: &Path) -> Result<()> {
    let archives = archives(target).context("cannot look into the build")?;
    if archives.is_empty() {
        bail!("no build of aws-lc under {}", target.display());
    }
    for archive in &archives {
        let bytes = fs::read(archive)?;
        if bytes.windows(SYMBOL.len()).any(|window| window == SYMBOL) {
            bail!(
                "{} has jitter random: AWS_LC_SYS_NO_JITTER_ENTROPY was not in effect",
                archive.display()
            );
        }
    }
    eprintln!("── jitter random: out of {} builds of aws-lc", archives.len());
    Ok(())
}

/// Static libraries of aws-lc: `[<triple>/]<profile>/build/aws-lc-sys-*/out/*crypto.a`.
fn archives(target: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for profile in folders(target)?.iter().chain(&folders_of_folders(target)?) {
        for package in folders(&profile.join("build"))? {
            if name(&package).starts_with("aws-lc-sys-") {
                found.extend(entries(&package.join("out"))?);
            }
        }
    }
    found.retain(|path| name(path).ends_with("crypto.a"));
    Ok(found)
}

fn folders_of_folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for inner in folders(folder)? {
        found.extend(folders(&inner)?);
    }
    Ok(found)
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = entries(folder)?;
    found.retain(|path| path.is_dir());
    Ok(found)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(profile: &str, bytes: &[u8]) -> tempfile::TempDir {
        let target = tempfile::tempdir().unwrap();
        let out = target.path().join(profile).join("build/aws-lc-sys-0/out");
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("libaws_lc_crypto.a"), bytes).unwrap();
        target
    }

    #[test]
    fn a_build_with_jitter_entropy_is_refused_wherever_it_is() {
        for profile in ["release", "x86_64-unknown-linux-gnu/release"] {
            let target = built(profile, b"..aws_lc_0_jent_entropy_collector_alloc..");
            assert!(is_out(target.path()).is_err(), "{profile}");
        }
    }

    #[test]
    fn a_build_without_it_passes_and_no_build_does_not() {
        let target = built("release", b"..");
        is_out(target.path()).unwrap();
        assert!(is_out(tempfile::tempdir().unwrap().path()).is_err());
    }
}
