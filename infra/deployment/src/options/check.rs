//! What can be refused before anything starts.

use std::{
    collections::BTreeSet,
    io::ErrorKind,
    net::TcpListener,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{API_PORT, Options, RuntimeKind};
use crate::template::{Template, TemplateError};

/// Why options cannot be followed.
#[derive(Debug, Error)]
pub enum OptionsError {
    /// The template, or a value of its parameters.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An option has no effect beside another.
    #[error("{0} works with --runtime native only")]
    NativeOnly(&'static str),
    /// The emulator's port without an emulator.
    #[error("--watch-port has no effect with --runtime native")]
    NoEmulator,
    /// One parameter has two values.
    #[error("parameter {0} is given twice")]
    Twice(String),
    /// A folder is wanted where a file is.
    #[error("{option} {}: this is a file, not a folder", .path.display())]
    NoFolder {
        /// The option.
        option: &'static str,
        /// What it names.
        path: PathBuf,
    },
    /// A file is wanted where a folder is.
    #[error("{option} {}: this is a folder, not a file", .path.display())]
    NoFile {
        /// The option.
        option: &'static str,
        /// What it names.
        path: PathBuf,
    },
    /// Another process listens on a port.
    #[error("{}", port_is_taken(*.port, .option))]
    PortTaken {
        /// The port.
        port: u16,
        /// The option that chooses another.
        option: &'static str,
    },
}

/// Says that another process listens on `port`, and which option chooses another.
pub fn port_is_taken(port: u16, option: &str) -> String {
    format!(
        "port {port} is taken by another process: end it, or choose another port with {option} N \
         ({option} 0 takes a free one)"
    )
}

impl Options {
    /// Checks what can be known before anything starts.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<Template, OptionsError> {
        let native = self.runtime == RuntimeKind::Native;
        for (option, given) in [("--logs", &self.logs), ("--bin-dir", &self.bin_dir)] {
            if given.is_some() && !native {
                return Err(OptionsError::NativeOnly(option));
            }
        }
        if native && self.watch_port.is_some() {
            return Err(OptionsError::NoEmulator);
        }
        let mut names = BTreeSet::new();
        if let Some((name, _)) = self.parameters.iter().find(|(name, _)| !names.insert(name)) {
            return Err(OptionsError::Twice(name.clone()));
        }
        for (option, folder) in [("--data", &self.data), ("--logs", &self.logs)] {
            if let Some(path) = folder.as_ref().filter(|path| path.is_file()) {
                return Err(OptionsError::NoFolder { option, path: path.clone() });
            }
        }
        for (option, file) in [("--ready-file", &self.ready_file), ("--env-file", &self.env_file)] {
            if let Some(path) = file.as_ref().filter(|path| path.is_dir()) {
                return Err(OptionsError::NoFile { option, path: path.clone() });
            }
        }
        Ok(Template::read(&self.template(), &self.given_parameters())?)
    }

    /// Checks that the ports that are asked for by number are free.
    ///
    /// # Errors
    /// One is not.
    pub fn check_ports(&self) -> Result<(), OptionsError> {
        let api = Some(self.port.unwrap_or(API_PORT));
        let watch = (self.runtime == RuntimeKind::Watch).then(|| self.watch_port());
        for (port, option) in [(api, "--port"), (watch, "--watch-port")] {
            if let Some(port) = port.filter(|port| is_taken(*port)) {
                return Err(OptionsError::PortTaken { port, option });
            }
        }
        Ok(())
    }

    /// With relative files and folders resolved against `folder`.
    #[must_use]
    pub fn resolved(mut self, folder: &Path) -> Self {
        let several = [
            &mut self.data,
            &mut self.ready_file,
            &mut self.env_file,
            &mut self.logs,
            &mut self.bin_dir,
            &mut self.template,
            &mut self.fauxqs,
        ];
        for path in several.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        self
    }
}

fn is_taken(port: u16) -> bool {
    let bound = TcpListener::bind(("127.0.0.1", port));
    bound.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn template() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml")
    }

    fn refusal(line: &str) -> String {
        let words = ["orderwire-local"].into_iter().chain(line.split_whitespace());
        match Options::try_parse_from(words) {
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
            Ok(mut options) => {
                options.template = Some(template());
                options.check().map_or_else(|error| error.to_string(), |_| String::new())
            }
        }
    }

    #[test]
    fn what_cannot_work_is_refused_before_anything_starts() {
        for (line, said) in [
            ("", ""),
            ("--logs l --bin-dir b --concurrency 1 --schedule-seconds 0", ""),
            ("--runtime watch --watch-port 0", ""),
            ("--concurrency 0", "write a number from 1 to 1000"),
            ("--concurrency -1", "write a number from 1 to 1000"),
            ("--schedule-seconds -1", "write a number of seconds"),
            ("--schedule-seconds 1.5", "write a number of seconds"),
            ("--port -1", "-1 is not in 0..=65535"),
            ("--port 65536", "65536 is not in 0..=65535"),
            ("--runtime watch --logs l", "--logs works with --runtime native only"),
            ("--runtime none --bin-dir b", "--bin-dir works with --runtime native only"),
            ("--watch-port 1", "--watch-port has no effect"),
            ("--param Architecture", "write NAME=VALUE"),
            ("--param AlarmEmail=a --param AlarmEmail=b", "parameter AlarmEmail is given twice"),
            ("--param OrderWatchdogSeconds=abc", "OrderWatchdogSeconds does not allow \"abc\""),
            ("--param OrderWatchdogSeconds=0", "the smallest is 1"),
            ("--param SubscriptionServices=abc", "a JSON list of texts"),
            ("--param SubscriptionServices=[]", ""),
            ("--param OrderWatchdogSecond=5", "unknown parameter OrderWatchdogSecond"),
            ("--param TokenIssuer=example.com", "without a trailing slash, query or fragment"),
        ] {
            let refused = refusal(line);
            assert!(refused.contains(said) && (said.is_empty() == refused.is_empty()), "{refused}");
        }
    }

    #[test]
    fn files_and_folders_are_not_mistaken_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (file, folder) = (file.display(), folder.path().display());
        assert!(refusal(&format!("--data {file}")).ends_with("this is a file, not a folder"));
        let refused = refusal(&format!("--runtime native --logs {file}"));
        assert!(refused.ends_with("this is a file, not a folder"), "{refused}");
        assert!(refusal(&format!("--ready-file {folder}")).ends_with("a folder, not a file"));
    }

    #[test]
    fn a_taken_port_says_which_option_helps() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        for (option, other) in [("--port", "--watch-port"), ("--watch-port", "--port")] {
            let words =
                ["orderwire-local", "--runtime", "watch", option, &port.to_string(), other, "0"];
            let refused = Options::parse_from(words).check_ports().unwrap_err().to_string();
            assert!(refused.starts_with(&format!("port {port} is taken")), "{refused}");
            assert!(refused.contains(&format!("{option} 0 ")), "{refused}");
        }
        let free = Options::parse_from(["orderwire-local", "--port", "0"]);
        assert!(free.check_ports().is_ok());
    }

    #[test]
    fn relative_files_are_the_callers() {
        let options = Options::parse_from(["orderwire-local", "--data", "d", "--ready-file", "/r"]);
        let options = options.resolved(Path::new("/caller"));
        assert_eq!(options.data.as_deref(), Some(Path::new("/caller/d")));
        assert_eq!(options.ready_file.as_deref(), Some(Path::new("/r")));
    }
}
