//! Every walk-through runs as printed, one page after the other on one start: each command, with
//! what it must print.
//!
//! Pasted at once; at a reader's pace by
//! `WALK_THROUGH_PAUSE=10 cargo xtask test -E 'test(every_page_runs)'`, in seconds.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command};

use harness::{Cloud, Setup, cloud::binaries, template::text};
use serde_json::Value;
use tempfile::TempDir;

/// In the order in which they build on each other.
const PAGES: [&str; 7] = [
    "README.md",
    "infra/docs/walkthroughs/carrier-order.md",
    "infra/docs/walkthroughs/buyer-seller.md",
    "infra/docs/walkthroughs/esim.md",
    "infra/docs/walkthroughs/tmf.md",
    "infra/docs/walkthroughs/webhooks.md",
    "infra/docs/walkthroughs/sandbox.md",
];
/// The variable with the pause after each command, in seconds.
const PAUSE: &str = "WALK_THROUGH_PAUSE";
/// Time for all commands of all pages, besides the pauses, in seconds.
const PATIENCE: usize = 240;
/// As long may a number be that is the same in every run.
const LONGEST_FIXED: usize = 8;

/// A command of a page, and the lines that must be printed.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    page: &'static str,
    command: String,
    expected: Vec<String>,
}

/// Whether text is a whole command: no quote, here-document or line goes on.
fn is_whole(command: &str) -> bool {
    let mut lines = command.lines();
    let mut open: Option<char> = None;
    while let Some(line) = lines.next() {
        let mut signs = line.chars();
        while let Some(sign) = signs.next() {
            match (open, sign) {
                (Some('"') | None, '\\') => drop(signs.next()),
                (Some(quote), sign) if quote == sign => open = None,
                (None, '\'' | '"') => open = Some(sign),
                // The rest is a remark.
                (None, '#') if line.contains(" #") => break,
                _ => {}
            }
        }
        if let Some((_, mark)) = line.split_once("<<'") {
            let mark = mark.trim_end_matches('\'');
            if !lines.any(|line| line == mark) {
                return false;
            }
        }
    }
    open.is_none() && !command.trim_end().ends_with('\\')
}

/// The steps of a page, except those that start a local cloud.
fn steps(page: &'static str, text: &str) -> Vec<Step> {
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks.filter(|block| !block.contains("cargo xtask")) {
        let block = block.replace("\n\n", "\n");
        let mut command = String::new();
        for line in block.lines() {
            let printed = line.strip_prefix("# ").filter(|_| command.is_empty());
            if let (Some(printed), Some(step)) = (printed, steps.last_mut()) {
                step.expected.push(printed.to_owned());
                continue;
            }
            command.push_str(line);
            command.push('\n');
            if is_whole(&command) {
                let command = std::mem::take(&mut command);
                steps.push(Step { page, command, expected: Vec::new() });
            }
        }
        assert_eq!(command, "", "{page}");
    }
    steps
}

/// Long numbers differ from run to run.
fn without_numbers(text: &str) -> String {
    let (mut masked, mut run) = (String::new(), String::new());
    for sign in text.chars().chain(['\0']) {
        if sign.is_ascii_digit() {
            run.push(sign);
            continue;
        }
        masked.push_str(if run.len() > LONGEST_FIXED { "N" } else { &run });
        run.clear();
        masked.push(sign);
    }
    masked.trim_end_matches('\0').to_owned()
}

/// Whether what was printed is what the page shows; `…` stands for anything.
fn shows(printed: &str, expected: &str) -> bool {
    let printed = without_numbers(printed);
    let mut rest = printed.as_str();
    without_numbers(expected).split('…').all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// Fills in what the page leaves to its reader.
fn filled(command: &str, ready: &Value) -> String {
    let mut command = command.to_owned();
    for client in ready["clients"].as_array().unwrap() {
        let (id, secret) = (client["id"].as_str().unwrap(), client["secret"].as_str().unwrap());
        command = command.replace(&format!("{id}:owsec_…"), &format!("{id}:{secret}"));
    }
    let addresses = BTreeMap::from([
        ("NETWORK", &ready["network"]["url"]),
        ("SMDP", &ready["smdp"]["admin"]),
        ("SINK", &ready["webhookSink"]),
    ]);
    for (name, address) in addresses {
        let address = address.as_str().unwrap().trim_end_matches('/');
        command =
            command.replace(&format!("{name}=http://127.0.0.1:…"), &format!("{name}={address}"));
    }
    assert!(!command.contains('…'), "what is to be filled in? {command}");
    command
}

/// The clouds that the pages start.
struct Clouds {
    one: Cloud,
    buyer: Cloud,
    seller: Cloud,
    folder: TempDir,
}

impl Clouds {
    async fn start() -> Self {
        // As `cargo xtask dev` starts it.
        let (one, buyer) = (Setup::new().sandbox().start().await, Setup::new().start().await);
        let seller = Setup::new().start().await;
        let folder = tempfile::tempdir().unwrap();
        for (name, cloud) in [("dev", &one), ("buyer", &buyer), ("seller", &seller)] {
            fs::copy(cloud.ready_file(), folder.path().join(format!("{name}.json"))).unwrap();
        }
        Self { one, buyer, seller, folder }
    }

    /// The commands, each followed by a mark with its number and status.
    fn script(&self, steps: &[Step], pause: u32) -> String {
        let ready = fs::read_to_string(self.one.ready_file()).unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let operator = binaries().join("orderwire");
        let mut script = "exec 2>&1\n".to_owned();
        for (number, step) in steps.iter().enumerate() {
            let command = filled(&step.command, &ready)
                .replace("API=http://127.0.0.1:3000", &format!("API={}", self.one.base()))
                .replace("B=http://127.0.0.1:3000", &format!("B={}", self.buyer.base()))
                .replace("S=http://127.0.0.1:3001", &format!("S={}", self.seller.base()))
                .replace("cargo run -q --bin orderwire --", &operator.display().to_string());
            write!(script, "{command}printf '\\n--- {number} %s\\n' $?\nsleep {pause}\n").unwrap();
        }
        script
    }

    fn run(&self, steps: &[Step], pause: u32) -> String {
        let path = self.folder.path().join("pages.sh");
        fs::write(&path, self.script(steps, pause)).unwrap();
        let seconds = PATIENCE + steps.len() * pause as usize;
        run(&path, self.folder.path(), seconds)
    }
}

fn run(script: &Path, folder: &Path, seconds: usize) -> String {
    let output = Command::new("timeout")
        .args([&seconds.to_string(), "bash"])
        .arg(script)
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn every_page_runs_as_printed() {
    let pause = std::env::var(PAUSE).map_or(0, |seconds| seconds.parse().unwrap());
    let steps: Vec<Step> = PAGES.into_iter().flat_map(|page| steps(page, &text(page))).collect();
    assert!(steps.len() > 40, "{}", steps.len());
    let clouds = Clouds::start().await;
    check(&steps, &clouds.run(&steps, pause));
}

/// Holds what was printed against the pages.
fn check(steps: &[Step], printed: &str) {
    let mut rest = printed;
    for (number, Step { page, command, expected }) in steps.iter().enumerate() {
        let mark = format!("\n--- {number} ");
        let (shown, after) = rest.split_once(&mark).unwrap_or_else(|| {
            panic!("{page}: does not end: {command}{rest}");
        });
        assert!(after.starts_with("0\n"), "{page}: {command}{shown}");
        for line in expected {
            assert!(shows(shown, line), "{page}: {command}must print {line}\nnot {shown}");
        }
        rest = after.split_once('\n').map_or("", |(_, rest)| rest);
    }
}

/// Runs a page on a cloud of its own, after these lines.
async fn runs_alone(page: &'static str, setup: Setup, first: &str) {
    let (steps, cloud) = (steps(page, &text(page)), setup.start().await);
    assert!(steps.len() > 8, "{}", steps.len());
    let folder = tempfile::tempdir().unwrap();
    fs::copy(cloud.ready_file(), folder.path().join("dev.json")).unwrap();
    let ready = fs::read_to_string(cloud.ready_file()).unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let mut script = format!("exec 2>&1\n{first}");
    for (number, step) in steps.iter().enumerate() {
        let command = filled(&step.command, &ready);
        let command =
            command.replace("API=http://127.0.0.1:3000", &format!("API={}", cloud.base()));
        writeln!(script, "{command}printf '\\n--- {number} %s\\n' $?").unwrap();
    }
    let path = folder.path().join("page.sh");
    fs::write(&path, script).unwrap();
    check(&steps, &run(&path, folder.path(), PATIENCE));
    // What register and switch hold, the page has shown: the invariants are of the simulator.
    cloud.drained(&[]).await;
}

/// On a cloud whose network is a real register.
#[tokio::test]
async fn the_page_of_a_phone_runs_as_printed() {
    let phone = binaries().join("orderwire-local");
    // In place of `cargo xtask`, which the page defines in a block of its own.
    let first = format!("phone() {{ {} phone attach \"$@\"; }}\n", phone.display());
    runs_alone("infra/docs/walkthroughs/phone.md", Setup::new().osmo_hlr(), &first).await;
}

/// On a cloud whose Sellers have a real switch.
#[tokio::test]
async fn the_page_of_a_frame_runs_as_printed() {
    runs_alone("infra/docs/walkthroughs/frame.md", Setup::new().ovs(), "").await;
}

#[test]
fn commands_are_told_apart_and_keep_what_they_must_print() {
    let page = "x\n```sh\nA=1 B='x y'\ncat > f <<'E'\n{\"a\": 1}\nE\ncurl -d '{\n}' \\\n  $A   # isn't it\n# {\"id\":7,…}\n# ok\n```\n```sh\ncargo xtask dev\n```\n";
    let step = |command: &str, expected: &[&str]| Step {
        page: "p",
        command: command.to_owned(),
        expected: expected.iter().map(|line| (*line).to_owned()).collect(),
    };
    let expected = [
        step("A=1 B='x y'\n", &[]),
        step("cat > f <<'E'\n{\"a\": 1}\nE\n", &[]),
        step("curl -d '{\n}' \\\n  $A   # isn't it\n", &["{\"id\":7,…}", "ok"]),
    ];
    assert_eq!(steps("p", page), expected);
}

#[test]
fn what_a_page_shows_is_compared_except_for_long_numbers_and_gaps() {
    let printed = r#"{"orderId":890687925045398,"status":"COMPLETED","sequence":2}"#;
    assert!(shows(printed, r#"{"orderId":123456789012345,…"sequence":2…"#));
    assert!(!shows(printed, r#"{"orderId":123456789012345,…"sequence":3…"#));
    assert!(!shows(printed, r#"…"sequence"…"status"…"#));
}
