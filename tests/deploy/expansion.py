"""What AWS makes of the template: expanded by SAM's own translator, linted, held against quotas."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "infra/template.yaml"
# The region of the environments, and the one in which AWS has everything.
REGIONS = ("eu-north-1", "us-east-1")


def read(file: Path) -> dict:
    """A template with the long form of every intrinsic."""
    return yaml_parse(file.read_text())


def expand(template: dict, region: str) -> dict:
    """The template as CloudFormation sees it; code that is not built is somewhere in S3."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    return translator.translate(template, {})


def lint(file: Path) -> None:
    """No finding of cfn-lint, whatever its weight; exceptions stand in the template."""
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [linter, "--regions", *REGIONS, "--template", file]
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"cfn-lint: {done.stdout}{done.stderr}")
    print(f"cfn-lint {file.name}: nothing found", flush=True)


def of_type(template: dict, kind: str) -> dict[str, dict]:
    """The properties of the resources of one type."""
    every = template["Resources"].items()
    return {name: r.get("Properties", {}) for name, r in every if r["Type"] == kind}


def text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def measures(expanded: dict) -> list[tuple[str, int, int]]:
    """What AWS limits: (what, found, at most). A stack beyond one of these is not created."""
    [api] = of_type(expanded, "AWS::ApiGatewayV2::Api").values()
    routes = [method for path in api["Body"]["paths"].values() for method in path.values()]
    [stage] = of_type(expanded, "AWS::ApiGatewayV2::Stage").values()
    functions = of_type(expanded, "AWS::Lambda::Function").values()
    roles = of_type(expanded, "AWS::IAM::Role").values()
    managed = of_type(expanded, "AWS::IAM::ManagedPolicy").values()
    alarms = of_type(expanded, "AWS::CloudWatch::Alarm").values()
    inline = [sum(len(text(p["PolicyDocument"])) for p in role.get("Policies", [])) for role in roles]
    environment = [len(text(f["Environment"]["Variables"])) for f in functions]
    return [
        ("resources", len(expanded["Resources"]), 500),
        ("parameters", len(expanded["Parameters"]), 200),
        ("outputs", len(expanded["Outputs"]), 200),
        ("bytes of the template", len(text(expanded)), 1_000_000),
        ("routes of the API", len(routes), 300),
        ("bytes of the access log's format", len(stage["AccessLogSettings"]["Format"]), 3_072),
        ("bytes of a role's own policies", max(inline), 10_240),
        ("bytes of a managed policy", max(len(text(p["PolicyDocument"])) for p in managed), 6_144),
        ("managed policies of a role", max(len(r["ManagedPolicyArns"]) for r in roles), 10),
        # The two PEMs of the SM-DP+ come on top, unresolved here.
        ("bytes of a function's environment", max(environment), 4_096 - 2_048),
        ("metrics of an alarm", max(len(a.get("Metrics", [1])) for a in alarms), 10),
        ("characters of an alarm's description", max(len(a["AlarmDescription"]) for a in alarms), 1_024),
        ("bytes of the dashboard", *dashboard(expanded), 100_000),
    ]  # fmt: skip


def dashboard(expanded: dict) -> tuple[int]:
    [board] = of_type(expanded, "AWS::CloudWatch::Dashboard").values()
    [text, _] = board["DashboardBody"]["Fn::Sub"]
    return (len(text),)


def same_routes(source: dict, expanded: dict) -> None:
    """Nothing is lost in the expansion, and every throttle is of a route that exists."""
    events = [
        event["Properties"]
        for function in of_type(source, "AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    # An event without both is of the default route.
    wanted = {
        (event.get("Method", "ANY").upper(), event.get("Path", "$default")) for event in events
    }
    found = set(routes(expanded))
    if wanted != found:
        sys.exit(f"routes differ: {sorted(wanted ^ found)}")
    [stage] = of_type(expanded, "AWS::ApiGatewayV2::Stage").values()
    strange = stage["RouteSettings"].keys() - {route_key(*route) for route in found}
    if strange:
        sys.exit(f"throttles of no route: {sorted(strange)}")


def route_key(method: str, path: str) -> str:
    """What API Gateway calls a route: the default one has no method."""
    return path if path == "$default" else f"{method} {path}"


def same_roles(source: dict, expanded: dict) -> None:
    """SAM adds no role and no policy to those that the source writes out and the tests judge by."""
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        wanted, found = of_type(source, kind), of_type(expanded, kind)
        if found != wanted:
            different = [n for n in wanted.keys() | found if wanted.get(n) != found.get(n)]
            sys.exit(f"{kind} differ: {sorted(different)}")
    written = of_type(source, "AWS::Serverless::Function")
    made = of_type(expanded, "AWS::Lambda::Function")
    for name, function in made.items():
        if function["Role"] != written[name]["Role"]:
            sys.exit(f"{name} has another role: {function['Role']}")


def routes(expanded: dict) -> dict[tuple[str, str], str]:
    """Method and path of each route, with the logical id of its function."""
    [api] = of_type(expanded, "AWS::ApiGatewayV2::Api").values()
    found = {}
    for path, methods in api["Body"]["paths"].items():
        for method, operation in methods.items():
            method = "ANY" if method.startswith("x-") else method.upper()
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            found[method, path] = uri.split("functions/${")[1].split(".Arn}")[0]
    return found


def prove(out: Path) -> dict:
    """Fails on the first thing that AWS would refuse; returns the expansion."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGIONS[0])
    expanded = expand(read(SOURCE), REGIONS[0])
    file = out / "expanded.json"
    file.write_text(json.dumps(expanded, indent=1))
    print(f"expanded: {len(expanded['Resources'])} resources", flush=True)
    same_routes(read(SOURCE), expanded)
    same_roles(read(SOURCE), expanded)
    lint(SOURCE)
    lint(file)
    over = [m for m in measures(expanded) if m[1] > m[2]]
    for what, found, most in measures(expanded):
        print(f"{what}: {found} of {most}", flush=True)
    if over:
        sys.exit(f"beyond a quota: {over}")
    return expanded
