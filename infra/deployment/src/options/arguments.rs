//! The options as the arguments of a process.

use std::ffi::{OsStr, OsString};

use clap::ValueEnum;

use super::Options;

impl Options {
    /// The arguments that another process reads as these options.
    pub fn to_arguments(&self) -> Vec<OsString> {
        // Without `..`: an option that is not passed on does not compile.
        let Self {
            runtime,
            network,
            ethernet,
            port,
            watch_port,
            data,
            ready_file,
            env_file,
            logs,
            log_format,
            parameters,
            function_environment,
            concurrency,
            schedule_seconds,
            bin_dir,
            template,
            workspace,
            fauxqs,
            node,
            cargo_lambda,
            stop_with_stdin,
            quiet,
        } = self;
        let mut arguments = Arguments::default();
        arguments.add("runtime", word(runtime));
        arguments.add("network", word(network));
        arguments.add("ethernet", word(ethernet));
        arguments.add("log-format", word(log_format));
        arguments.add_some("port", port.map(|port| port.to_string()));
        arguments.add_some("watch-port", watch_port.map(|port| port.to_string()));
        arguments.add_some("data", data.as_ref());
        arguments.add_some("ready-file", ready_file.as_ref());
        arguments.add_some("env-file", env_file.as_ref());
        arguments.add_some("logs", logs.as_ref());
        arguments.add_some("bin-dir", bin_dir.as_ref());
        arguments.add_some("template", template.as_ref());
        arguments.add_some("fauxqs", fauxqs.as_ref());
        arguments.add("workspace", workspace);
        arguments.add("node", node);
        arguments.add("cargo-lambda", cargo_lambda);
        for (name, value) in parameters {
            arguments.add("param", format!("{name}={value}"));
        }
        for (name, value) in function_environment {
            arguments.add("function-env", format!("{name}={value}"));
        }
        arguments.add_some("concurrency", concurrency.map(|number| number.to_string()));
        arguments.add_some("schedule-seconds", schedule_seconds.map(|number| number.to_string()));
        arguments.add_flag("stop-with-stdin", *stop_with_stdin);
        arguments.add_flag("quiet", *quiet);
        arguments.0
    }
}

fn word(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    /// In one argument: a value may begin with a dash.
    fn add(&mut self, name: &str, value: impl AsRef<OsStr>) {
        let mut argument = OsString::from(format!("--{name}="));
        argument.push(value);
        self.0.push(argument);
    }

    fn add_some(&mut self, name: &str, value: Option<impl AsRef<OsStr>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn add_flag(&mut self, name: &str, given: bool) {
        if given {
            self.0.push(format!("--{name}").into());
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn another_process_reads_the_same_options() {
        for line in [
            "",
            "--port 0 --watch-port 0 --data d --ready-file r --runtime native --quiet",
            "--env-file e --logs l --log-format json --param A=b=c --param D= --concurrency 2",
            "--function-env X=y --schedule-seconds 0 --bin-dir b --template t --workspace w",
            "--fauxqs f --node n --cargo-lambda c --stop-with-stdin --runtime none",
            "--network osmo-hlr",
            "--ethernet ovs",
        ] {
            let words = || ["orderwire-local"].into_iter().chain(line.split_whitespace());
            let options = Options::parse_from(words());
            let arguments = ["orderwire-local".into()].into_iter().chain(options.to_arguments());
            assert_eq!(Options::parse_from(arguments), options, "{line}");
        }
    }
}
