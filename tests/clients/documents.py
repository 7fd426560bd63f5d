"""Linters and generators of other people judge the OpenAPI documents.

`cargo xtask clients documents` installs them and runs this. No error, no warning; exceptions stand
in spectral.yaml and redocly.yaml, with their reasons.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENTS = sorted((ROOT / "infra/openapi").glob("*.json"))
NODE = ROOT / ".tools/openapi-node/node_modules/.bin"
METHODS = {"get", "put", "post", "delete", "patch"}
# The options of a strict consumer.
TSC = (
    "--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --noEmit"
    " --module esnext --moduleResolution bundler --target es2022"
).split()


def run(title: str, *command: object, cwd: Path = ROOT) -> None:
    """Runs a tool; its output is shown when it fails."""
    environment = os.environ | {"REDOCLY_TELEMETRY": "off", "NO_COLOR": "1"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, text=True, capture_output=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f"{title}: failed")
    print(f"{title}: ok", flush=True)


def operations(document: dict) -> Iterator[str]:
    """The ids of the operations that a client calls."""
    for path in document["paths"].values():
        yield from (path[method]["operationId"] for method in METHODS & path.keys())


def typescript(folder: Path) -> None:
    """Types of every document; each operation and schema is among them."""
    folder.mkdir()
    uses = []
    for file in DOCUMENTS:
        run(f"openapi-typescript {file.name}", NODE / "openapi-typescript", file,
            "-o", folder / f"{file.stem}.ts")
        document = json.loads(file.read_text())
        use = [f'import type {{ components, operations }} from "./{file.stem}";']
        names = [f'operations["{name}"]' for name in operations(document)]
        names += [f'components["schemas"]["{name}"]' for name in document["components"]["schemas"]]
        use += [f"export type T{n} = {name};" for n, name in enumerate(names)]
        uses.append(folder / f"{file.stem}_all.ts")
        uses[-1].write_text("\n".join(use) + "\n")
    run("tsc --strict", NODE / "tsc", *TSC, *uses)


def python(folder: Path) -> None:
    """Clients of every document; each operation is a function of them."""
    folder.mkdir()
    for file in DOCUMENTS:
        # A package of Python has no hyphen in its name.
        package = folder / file.stem.replace("-", "_")
        run(f"openapi-python-client {file.name}", "openapi-python-client", "generate",
            "--path", file, "--meta", "none", "--output-path", package,
            "--config", HERE / "python-client.yaml", "--fail-on-warning")
        made = {path.stem for path in (package / "api").rglob("*.py")}
        lost = set(operations(json.loads(file.read_text()))) - made
        if lost:
            sys.exit(f"openapi-python-client {file.name}: without {', '.join(sorted(lost))}")
    run("compileall", sys.executable, "-W", "error", "-m", "compileall", "-q", folder)
    run("mypy --strict", sys.executable, "-m", "mypy", "--strict", "--cache-dir",
        folder.parent / "mypy", ".", cwd=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    run("spectral", NODE / "spectral", "lint", "--ruleset", HERE / "spectral.yaml",
        "--fail-severity", "hint", *DOCUMENTS)
    run("redocly", NODE / "redocly", "lint", "--config", HERE / "redocly.yaml", *DOCUMENTS)
    run("openapi-spec-validator", sys.executable, "-m", "openapi_spec_validator", *DOCUMENTS)
    typescript(out / "typescript")
    python(out / "python")


if __name__ == "__main__":
    main()
