"""Schemathesis judges the running API by its OpenAPI documents, OAuth clients judge its tokens.

`cargo xtask clients api` builds and installs what is needed and runs this. Each document is tried
with the credentials of a demo client: its examples, what its schemas say at their limits (right and
wrong), drawn requests, and sequences of requests along its links.
"""

import argparse
import base64
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import sdk

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
@dataclass(frozen=True)
class Run:
    """A document, and the client that calls what it describes."""

    document: str
    client: str
    bearer: bool = False
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    # Whether what it describes belongs to a tenant or party.
    has_objects: bool = True

    @property
    def name(self) -> str:
        return f"{self.document} as {self.client}"


OF_SMDP = ("handle_download_progress",)
OF_BUYER = ("create_carrier_order", "replace_carrier_order", "patch_carrier_order")
STRANGER = "stranger"
# The longest first: two run at a time.
RUNS = [
    Run("carrier", "demo-buyer", without=("receive_carrier_order_status",)),
    Run("ecc", "demo-ecc-1"),
    Run("carrier", "demo-seller", bearer=True, without=(*OF_BUYER, "create_carrier_order_alias")),
    Run("esim", "demo-reseller", bearer=True, without=OF_SMDP),
    Run("service-orders", "demo-integrator"),
    Run("product-orders", "demo-integrator", bearer=True),
    Run("webhooks", "demo-ecc-2"),
    Run("tokens", "demo-ecc-1", has_objects=False),
    Run("esim", "demo-smdp", only=OF_SMDP, has_objects=False),
]
# The documents of TM Forum's APIs, and the client that its SDK is.
OF_TMF = ("service-orders", "product-orders")
OF_SDK = Run("service-orders", "demo-integrator")


@dataclass
class Cloud:
    """A local cloud with the demo clients, under its own Lambda Runtime API."""

    binaries: Path
    folder: Path
    ready: dict = field(default_factory=dict)

    def __enter__(self) -> "Cloud":
        ready = self.folder / "ready.json"
        command = [
            self.binaries / "orderwire-local", "--port", "0", "--ready-file", ready,
            "--logs", self.folder / "logs", "--stop-with-stdin", "--quiet",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
        end = time.monotonic() + 120
        while not ready.is_file():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                sys.exit("the local cloud does not start")
            time.sleep(0.05)
        self.ready = json.loads(ready.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)

    @property
    def base(self) -> str:
        return self.ready["baseUrl"].rstrip("/")

    def client(self, name: str) -> dict:
        """A demo client: id and secret."""
        [client] = (client for client in self.ready["clients"] if client["id"] == name)
        return client

    def operator(self, *words: str) -> str:
        """What a command of the operator prints."""
        command = [self.binaries / "orderwire", "--ready-file", self.folder / "ready.json", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"orderwire {' '.join(words)}: {done.stderr}")
        return done.stdout

    def add_stranger(self) -> None:
        """A client that may do everything, with objects of its own only."""
        self.operator("party", "add", "--id", "Stranger", "--hosting", "local", "--fulfilment", "manual")
        roles = ("ecc", "buyer", "seller", "RESELLER")
        added = self.operator(
            "--json", "client", "add", STRANGER, "--tenant", STRANGER, "--party", "Stranger",
            *(word for role in roles for word in ("--role", role)),
        )  # fmt: skip
        self.ready["clients"].append({"id": STRANGER, "secret": json.loads(added)["secret"]})

    def credential(self, run: Run) -> str:
        """The value of `Authorization`."""
        client = self.client(run.client)
        pair = f"{client['id']}:{client['secret']}".encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        if not run.bearer:
            return basic
        request = urllib.request.Request(
            f"{self.base}/oauth/token",
            data=b"grant_type=client_credentials",
            headers={"authorization": basic},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return f"Bearer {json.load(response)['access_token']}"

    def begin_feeds(self) -> None:
        """A feed begins when it is first read. With an event in the feed of orders, few requests
        that are drawn wait for one."""
        authorization = {"authorization": self.credential(RUNS[1])}

        def call(path: str, body: dict | None = None) -> dict:
            data = json.dumps(body).encode() if body else None
            headers = authorization | ({"content-type": "application/json"} if body else {})
            request = urllib.request.Request(f"{self.base}/ecc/v1{path}", data, headers)
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)

        for feed in ("order", "state-change", "batch"):
            call(f"/events/{feed}")
        call("/subscriptions", {"iccid": "89461177710001799997", "msisdn": "46700000999"})
        # 304, an error here, after 25 seconds without an event.
        call("/events/order?long-polling=25&first-element=1")

    def errors(self) -> list[str]:
        """What the functions say is an error of theirs."""
        lines = (
            f"{file.stem}: {line.strip()}"
            for file in sorted((self.folder / "logs").glob("*.log"))
            for line in file.read_text(errors="replace").splitlines()
        )
        return [line for line in lines if '"level":"ERROR"' in line]


def judge(run: Run, cloud: Cloud, arguments: argparse.Namespace) -> bool:
    """Runs schemathesis; its output goes to a file, and here when it finds something."""
    options = () if arguments.aliases else ("--config-file", HERE / "aliases.toml")
    command = [
        sys.executable, "-m", "schemathesis.cli", *options, "run", ROOT / f"infra/openapi/{run.document}.json",
        "--url", cloud.base, "--header", f"Authorization: {cloud.credential(run)}",
        "--seed", arguments.seed, "--max-examples", arguments.examples,
        "--continue-on-failure", "--generation-database", "none", "--no-color",
        "--rate-limit", "150/s", "--request-timeout", "30", "--warnings", "off", "--output-truncate", "false",
    ]  # fmt: skip
    if run.only:
        # One operation has no sequences.
        command += ["--phases", "examples,coverage,fuzzing"]
    option = "--include-operation-id" if run.only else "--exclude-operation-id"
    command += [word for name in run.only or run.without for word in (option, name)]
    tried = arguments.out / f"{run.document}-{run.client}.strangers"
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "WEBHOOK_SINK": cloud.ready["webhookSink"],
        "STRANGER": cloud.credential(replace(run, client=STRANGER)),
        "STRANGER_TRIED": str(tried),
    }
    start = time.monotonic()
    # In the folder of the run: schemathesis keeps failures where it runs, and repeats them.
    folder = arguments.out / f"{run.document}-{run.client}"
    folder.mkdir()
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    log = arguments.out / f"{run.document}-{run.client}.log"
    log.write_text(done.stdout)
    cases = re.search(r"^\s+(\d+) generated", done.stdout, re.MULTILINE)
    strangers = set(tried.read_text().split()) if tried.is_file() else set()
    # Nothing tried is nothing proven.
    well = done.returncode == 0 and cases is not None and int(cases[1]) > 0
    well = well and (bool(strangers) or not run.has_objects)
    said = f"{cases[1] if cases else 'no'} requests, {len(strangers)} operations by a stranger"
    said += f", {time.monotonic() - start:.0f} s"
    print(f"{run.name}: {'ok' if well else 'FAILED'}, {said}", flush=True)
    if not well:
        print(done.stdout, file=sys.stderr, flush=True)
    return well


def oauth(cloud: Cloud, out: Path) -> bool:
    """OAuth clients of other people take a token and use it."""
    folder = out / "oauth"
    folder.mkdir()
    # Node looks for packages beside the script.
    (folder / "node_modules").symlink_to(ROOT / ".tools/openapi-node/node_modules")
    shutil.copy(HERE / "oauth.mjs", folder)
    client = cloud.client("demo-ecc-1")
    command = [
        "node", "oauth.mjs", cloud.base, client["id"], client["secret"], "/ecc/v1/subscriptions",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--bin-dir", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--examples", type=int, default=15)
    parser.add_argument("--api", action="append")
    parser.add_argument("--aliases", action="store_true")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.out, ignore_errors=True)
    arguments.out.mkdir(parents=True)
    print(f"seed {arguments.seed}", flush=True)
    runs = [run for run in RUNS if not arguments.api or run.document in arguments.api]
    of_sdk = any(run.document in OF_TMF for run in runs)
    with Cloud(arguments.bin_dir, arguments.out) as cloud, ThreadPoolExecutor(2) as pool:
        cloud.add_stranger()
        cloud.begin_feeds()
        # First: what it lists is what it has made.
        read = sdk.read(cloud.base, cloud.credential(OF_SDK)) if of_sdk else True
        well = [read, *pool.map(lambda run: judge(run, cloud, arguments), runs)]
        well.append(oauth(cloud, arguments.out))
        errors = cloud.errors()
    for line in errors[:20]:
        print(f"an error of the functions: {line}", file=sys.stderr)
    if errors or not all(well):
        sys.exit(f"failed: repeat with --seed {arguments.seed}")


if __name__ == "__main__":
    main()
