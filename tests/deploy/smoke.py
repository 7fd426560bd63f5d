"""Calls a deployed API from outside, without credentials.

`python3 tests/deploy/smoke.py https://…`: `cargo xtask deploy` runs it at its end. The first call
makes the signing keys where there are none yet: it proves that a role, the table and its key work
together.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

# A new name, role or certificate takes its time to be known everywhere.
PATIENCE = 120


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: dict

    def challenge(self) -> str | None:
        """`WWW-Authenticate`, which the gateway may rename."""
        names = ("www-authenticate", "x-amzn-remapped-www-authenticate")
        return next((self.headers[name] for name in names if name in self.headers), None)


def ask(url: str) -> Answer:
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return read(response)
    except urllib.error.HTTPError as error:
        with error:
            return read(error)


def read(response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = json.loads(response.read())
    except ValueError:
        body = {}
    return Answer(response.status, headers, body if isinstance(body, dict) else {})


def expect(base: str, path: str, status: int) -> Answer:
    """Repeats a call while the deployment is not reachable; a wrong answer of ours is final."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask(base + path)
            said = str(answer.status)
            # An error of the gateway, not of a function.
            again = answer.status in (403, 404, 500, 502, 503, 504) and answer.status != status
        except OSError as error:
            said, again = str(error), True
        if not again or time.monotonic() > end:
            break
        time.sleep(2)
    if said != str(status):
        sys.exit(f"GET {path}: {said}, expected {status}")
    print(f"GET {path}: {status}", flush=True)
    return answer


def main() -> None:
    [_, base] = sys.argv
    base = base.rstrip("/")
    keys = expect(base, "/.well-known/jwks.json", 200).body.get("keys")
    if not keys:
        sys.exit("GET /.well-known/jwks.json: no keys")
    issuer = expect(base, "/.well-known/oauth-authorization-server", 200).body.get("issuer")
    if issuer != base:
        print(f"warning: the issuer of access tokens is {issuer}: set TokenIssuer to {base}")
    refused = expect(base, "/ecc/v1/orders/1", 401)
    if refused.challenge() is None:
        sys.exit("GET /ecc/v1/orders/1: a 401 without WWW-Authenticate")
    if "www-authenticate" not in refused.headers:
        print("warning: the gateway renames WWW-Authenticate")
    missing = expect(base, "/ecc/v1/no-such-resource", 404)
    if not missing.body:
        sys.exit("GET /ecc/v1/no-such-resource: a 404 that is not ours")


if __name__ == "__main__":
    main()
