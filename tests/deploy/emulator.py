"""MiniStack, an emulator of AWS that others wrote. Each of its gaps is worked round in a function
of its own here, which says what AWS does; when the emulator learns it, the function is deleted.
"""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import boto3
import expansion

REGION = expansion.REGIONS[0]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def filters_below_absent_parents() -> None:
    """AWS: `{"a": {"b": [{"exists": false}]}}` holds where there is no `a`. MiniStack: it does not,
    and the relay receives no new order. Runs in the emulator's own process."""
    from ministack.services import lambda_svc

    plain = lambda_svc._match_esm_filter

    def match(record: dict, pattern: dict) -> bool:
        whole = dict(record)
        for key, value in pattern.items() if isinstance(pattern, dict) else ():
            if isinstance(value, dict) and not isinstance(record.get(key), dict):
                whole[key] = {}
        return plain(whole, pattern)

    lambda_svc._match_esm_filter = match


def without_metric_math(template: dict) -> list[str]:
    """AWS: alarms on expressions. MiniStack refuses them, so they are left out, and returned."""
    every = expansion.of_type(template, "AWS::CloudWatch::Alarm").items()
    left_out = [name for name, properties in every if "Metrics" in properties]
    for name in left_out:
        del template["Resources"][name]
    return left_out


def add_routes(aws: "Emulator", api: str, functions: dict[str, str], expanded: dict) -> None:
    """AWS: an API has the routes of its OpenAPI `Body`. MiniStack: it has none."""
    gateway = aws.client("apigatewayv2")
    integrations: dict[str, str] = {}
    for (method, path), function in expansion.routes(expanded).items():
        if function not in integrations:
            made = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=functions[function],
                PayloadFormatVersion="2.0",
            )
            integrations[function] = made["IntegrationId"]
        target = f"integrations/{integrations[function]}"
        gateway.create_route(ApiId=api, RouteKey=expansion.route_key(method, path), Target=target)


def kept_secret(aws: "Emulator", name: str) -> str:
    """AWS: a secret that a stack leaves behind stays, whatever later stacks make. MiniStack: the
    next stack of the same name gives its own secret the same name, and takes its place. So the text
    is kept in another one: its ARN."""
    secrets = aws.client("secretsmanager")
    text = secrets.get_secret_value(SecretId=name)["SecretString"]
    return secrets.create_secret(Name="kept-pepper", SecretString=text)["ARN"]


@dataclass
class Emulator:
    """The running emulator, on a free port of this machine, in memory."""

    out: Path
    port: int = field(default_factory=lambda: free_port())

    def __enter__(self) -> "Emulator":
        environment = os.environ | CREDENTIALS | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # Functions find AWS by it.
            "AWS_ENDPOINT_URL": self.url,
            "LAMBDA_EXECUTOR": "local",
        }  # fmt: skip
        self.log = (self.out / "emulator.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, __file__], env=environment, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        end = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                sys.exit(f"the emulator does not start: {self.log.name}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/_ministack/health", timeout=2):
                return True
        except OSError:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client of AWS needs to be a client of the emulator."""
        named = {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        return CREDENTIALS | named

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    filters_below_absent_parents()
    from ministack.app import main

    main()
