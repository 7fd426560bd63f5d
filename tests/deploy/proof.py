"""Proves a deployment without an account.

`cargo xtask deploy-proof` installs what this needs and runs it. First the template alone: expanded,
linted, held against quotas (`expansion.py`). Then, with `--build`, what `sam build` left: deployed
by `sam deploy` to an emulator (`emulator.py`), read back and compared with the template, called
from outside, changed, and deleted. With `--restore`, a restore is rehearsed there (`restore.py`).
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import emulator
import expansion
import restore
from emulator import Emulator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STACK = "orderwire-dev"
SMDP_SECRET = "smdp"


def run(title: str, command: list, **options) -> str:
    """Runs a program to its end; its output is shown when it fails."""
    start = time.monotonic()
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # fmt: skip
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f"{title}: failed")
    print(f"{title}: {time.monotonic() - start:.0f} s", flush=True)
    return done.stdout


@contextmanager
def simulators(binaries: Path, out: Path):
    """The network and the SM-DP+ of a local cloud without functions: parameters that reach them,
    and the secret of the SM-DP+."""
    ready, variables = out / "ready.json", out / "functions.env"
    command = [
        binaries / "orderwire-local", "--runtime", "none", "--port", "0", "--ready-file", ready,
        "--env-file", variables, "--schedule-seconds", "0", "--stop-with-stdin", "--quiet",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    end = time.monotonic() + 120
    while not ready.is_file():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            sys.exit("the simulators do not start")
        time.sleep(0.05)
    lines = (line.partition("=") for line in variables.read_text().splitlines())
    found = {name: value.strip("'") for name, _, value in lines}
    try:
        yield found
    finally:
        process.stdin.close()
        process.wait(timeout=60)


def parameters(aws: Emulator, simulated: dict[str, str]) -> dict[str, str]:
    """Of the environment `dev`, with the simulators where the network and the SM-DP+ are."""
    secret = {"identityPem": simulated["SMDP_IDENTITY_PEM"], "caPem": simulated["SMDP_CA_PEM"]}
    made = aws.client("secretsmanager").create_secret(
        Name=SMDP_SECRET, SecretString=json.dumps(secret)
    )
    return {
        "Architecture": "x86_64",
        "SubscriptionNetworkUrl": simulated["SUBSCRIPTION_NETWORK_URL"],
        "SmDpPlusUrl": simulated["SMDP_URL"],
        "SmDpPlusHost": simulated["SMDP_HOST"],
        "SmDpPlusSecret": made["ARN"],
    }


def deploy(aws: Emulator, template: Path, given: dict[str, str]) -> None:
    """`sam deploy` as documented; nothing is asked, for there is nobody to answer."""
    overrides = [f"{name}={value}" for name, value in given.items()]
    # Beside another template, SAM would look for another samconfig.toml.
    command = ["sam", "deploy", "--config-file", ROOT / "samconfig.toml", "--config-env", "dev",
               "--template-file", template,
               "--parameter-overrides", "file://infra/environments/dev.yaml", *overrides]  # fmt: skip
    environment = os.environ | aws.environment | {"SAM_CLI_TELEMETRY": "0"}
    run("sam deploy", command, env=environment)


def resources(aws: Emulator) -> dict[str, str]:
    """The physical id of each resource of the stack."""
    pages = aws.client("cloudformation").get_paginator("list_stack_resources")
    every = (r for page in pages.paginate(StackName=STACK) for r in page["StackResourceSummaries"])
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in every}


def outputs(aws: Emulator) -> dict[str, str]:
    [stack] = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    if not stack["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in stack["StackStatus"]:
        sys.exit(f"the stack is {stack['StackStatus']}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def arns(aws: Emulator, expanded: dict, made: dict[str, str]) -> dict[str, str]:
    functions = expansion.of_type(expanded, "AWS::Lambda::Function")
    get = aws.client("lambda").get_function_configuration
    return {name: get(FunctionName=made[name])["FunctionArn"] for name in functions}


def same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        sys.exit(f"{what}: {found}, the template says {wanted}")


def value(of: object, given: dict[str, str], template: dict) -> str:
    """A number or text of the template, by its parameters."""
    if isinstance(of, dict):
        name = of["Ref"]
        of = given.get(name, template["Parameters"][name]["Default"])
    return str(of)


def compare(aws: Emulator, expanded: dict, made: dict[str, str], given: dict[str, str]) -> None:
    """What was made is what the template says: table, queues, functions, mappings."""
    table = expansion.of_type(expanded, "AWS::DynamoDB::Table")["OrdersTable"]
    found = aws.client("dynamodb").describe_table(TableName=made["OrdersTable"])["Table"]
    same("keys of the table", found["KeySchema"], table["KeySchema"])
    indexes = {i["IndexName"]: i["KeySchema"] for i in found["GlobalSecondaryIndexes"]}
    wanted = {i["IndexName"]: i["KeySchema"] for i in table["GlobalSecondaryIndexes"]}
    same("indexes of the table", indexes, wanted)
    same("stream", found["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES")
    same("deletion protection", found["DeletionProtectionEnabled"], True)
    queues = expansion.of_type(expanded, "AWS::SQS::Queue")
    for name, queue in queues.items():
        ask = aws.client("sqs").get_queue_attributes
        attributes = ask(QueueUrl=made[name], AttributeNames=["All"])["Attributes"]
        for property in ("VisibilityTimeout", "MessageRetentionPeriod"):
            if property in queue:
                wanted = value(queue[property], given, expanded)
                same(f"{name}, {property}", attributes[property], wanted)
        policy = json.loads(attributes.get("RedrivePolicy", "{}"))
        target = policy.get("deadLetterTargetArn", "").rpartition(":")[2]
        dead = queue.get("RedrivePolicy", {}).get("deadLetterTargetArn", {}).get("Fn::GetAtt", [""])
        same(f"{name}, dead letters", target, made[dead[0]].rpartition("/")[2] if dead[0] else "")
    functions = expansion.of_type(expanded, "AWS::Lambda::Function")
    for name, function in functions.items():
        found = aws.client("lambda").get_function_configuration(FunctionName=made[name])
        same(f"{name}, memory", found["MemorySize"], function["MemorySize"])
        same(f"{name}, time-out", str(found["Timeout"]), value(function["Timeout"], given, expanded))
        same(f"{name}, runtime", found["Runtime"], "provided.al2023")
        variables = found["Environment"]["Variables"]
        wanted = set(function["Environment"]["Variables"])
        same(f"{name}, variables", set(variables), wanted)
        empty = [key for key, text in variables.items() if "{{resolve" in text or "${" in text]
        same(f"{name}, unresolved", empty, [])
    mappings = expansion.of_type(expanded, "AWS::Lambda::EventSourceMapping").values()
    found = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    shown = sorted((m["BatchSize"], m.get("FunctionResponseTypes")) for m in found)
    wanted = sorted((m["BatchSize"], m.get("FunctionResponseTypes")) for m in mappings)
    same("event mappings", shown, wanted)
    print(f"read back: {len(queues)} queues, {len(functions)} functions, {len(wanted)} mappings")


def add_clients(operator: list, environment: dict[str, str]) -> list[dict[str, str]]:
    """Two, by the operator's command line and the name of the stack, as documented."""
    clients = []
    for number in (1, 2):
        command = [*operator, "--output", "json", "client", "add", f"proof-{number}",
                   "--tenant", f"tenant-{number}", "--role", "ecc"]  # fmt: skip
        added = json.loads(run("orderwire client add", command, env=environment))
        clients.append({"id": f"proof-{number}", "secret": added["secret"],
                        "tenant": f"tenant-{number}"})  # fmt: skip
    return clients


def profile(aws: Emulator, out: Path) -> dict[str, str]:
    """The credentials in a profile, as a person has them: none in the environment."""
    folder = out / "aws"
    folder.mkdir(exist_ok=True)
    keys = emulator.CREDENTIALS
    (folder / "config").write_text(f"[profile proof]\nregion = {emulator.REGION}\n")
    (folder / "credentials").write_text(
        f"[proof]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    given = os.environ | aws.environment | {
        "AWS_PROFILE": "proof", "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }  # fmt: skip
    unset = {*keys, "AWS_REGION", "AWS_DEFAULT_REGION"}
    return {name: value for name, value in given.items() if name not in unset}


def protect(aws: Emulator, operator: list, environment: dict[str, str]) -> None:
    """The stack policy names what deletion keeps, and no stack is deleted by mistake."""
    run("orderwire stack protect", [*operator, "stack", "protect"], env=environment)
    client = aws.client("cloudformation")
    policy = json.loads(client.get_stack_policy(StackName=STACK)["StackPolicyBody"])
    same("stack policy", policy, json.loads((ROOT / "infra/stack-policy.json").read_text()))
    [stack] = client.describe_stacks(StackName=STACK)["Stacks"]
    same("termination protection", stack["EnableTerminationProtection"], True)
    client.update_termination_protection(StackName=STACK, EnableTerminationProtection=False)


def walk_through(base: str, clients: list[dict[str, str]]) -> None:
    """The walk-throughs of `tests/e2e`, which also run against a deployed stack."""
    environment = os.environ | {"API_URL": base, "API_CLIENTS": json.dumps(clients)}
    tests = ["cargo", "nextest", "run", "--workspace", "--test", "e2e",
             "-E", "test(/^walk_through::/)"]  # fmt: skip
    run("walk-throughs", tests, env=environment)


def drained(aws: Emulator, made: dict[str, str], expanded: dict) -> None:
    """No message is left, neither work nor dead letter."""
    names = list(expansion.of_type(expanded, "AWS::SQS::Queue"))
    end = time.monotonic() + 60
    while names and time.monotonic() < end:
        names = [name for name in names if messages(aws, made[name])]
        time.sleep(0.5)
    if names:
        sys.exit(f"messages are left in {', '.join(names)}")
    print("queues: empty", flush=True)


def messages(aws: Emulator, url: str) -> int:
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=kinds)
    return sum(int(number) for number in found["Attributes"].values())


def delete(aws: Emulator, made: dict[str, str], others: list[str]) -> None:
    """Exactly table, key and pepper are left, beside these other tables."""
    aws.client("cloudformation").delete_stack(StackName=STACK)
    end = time.monotonic() + 60
    while time.monotonic() < end and aws.client("lambda").list_functions()["Functions"]:
        time.sleep(0.5)
    tables = aws.client("dynamodb").list_tables()["TableNames"]
    same("tables", sorted(tables), sorted([made["OrdersTable"], *others]))
    key = aws.client("kms").describe_key(KeyId=made["TableKey"])["KeyMetadata"]
    same("state of the key", key["KeyState"], "Enabled")
    aws.client("secretsmanager").get_secret_value(SecretId=made["CredentialPepper"])
    left = {
        "functions": aws.client("lambda").list_functions()["Functions"],
        "queues": aws.client("sqs").list_queues().get("QueueUrls", []),
        "APIs": aws.client("apigatewayv2").get_apis()["Items"],
        "roles": [r for r in aws.client("iam").list_roles()["Roles"] if STACK in r["RoleName"]],
        "topics": aws.client("sns").list_topics()["Topics"],
    }
    same("left after deletion", {what: some for what, some in left.items() if some}, {})
    print("deleted: table, key and pepper are kept", flush=True)


@contextmanager
def logs(aws: Emulator):
    """Shows what functions said at last, when the proof fails."""
    try:
        yield
    except SystemExit:
        client = aws.client("logs")
        for group in client.describe_log_groups()["logGroups"]:
            for event in client.filter_log_events(logGroupName=group["logGroupName"])["events"][-50:]:
                print(event["message"].strip(), file=sys.stderr)
        raise


def emulated(template: dict, folder: Path) -> Path:
    """A template as far as the emulator can have it, in the folder that its code is relative to."""
    left_out = emulator.without_metric_math(template)
    print(f"alarms that the emulator cannot have: {', '.join(left_out)}")
    file = folder / "proof.json"
    file.write_text(json.dumps(template))
    return file


def linked(binaries: Path, out: Path) -> Path:
    """The template with the functions of the local cloud's program: a restore is not about what was
    built for AWS."""
    template = expansion.read(expansion.SOURCE)
    for function in expansion.of_type(template, "AWS::Serverless::Function").values():
        name = Path(function["CodeUri"]).name
        bootstrap = out / "functions" / name / "bootstrap"
        bootstrap.parent.mkdir(parents=True)
        program = shlex.quote(str(binaries.resolve() / "orderwire-local"))
        bootstrap.write_text(f"#!/bin/sh\nexec {program} function {name}\n")
        bootstrap.chmod(0o755)
        function["CodeUri"] = f"functions/{name}"
    return emulated(template, out)


def created(
    aws: Emulator, file: Path, expanded: dict, given: dict[str, str]
) -> tuple[dict[str, str], str]:
    """A new stack: its resources, and the address of its API."""
    deploy(aws, file, given)
    made = resources(aws)
    outputs(aws)
    emulator.add_routes(aws, made["HttpApi"], arns(aws, expanded, made), expanded)
    return made, f"{aws.url}/_aws/execute-api/{made['HttpApi']}/$default"


def prove(build: Path, binaries: Path, out: Path, expanded: dict) -> None:
    file = emulated(expansion.read(build / "template.yaml"), build)
    with Emulator(out) as aws, logs(aws), simulators(binaries, out) as simulated:
        given = parameters(aws, simulated)
        made, base = created(aws, file, expanded, given)
        compare(aws, expanded, made, given)
        run("calls from outside", [sys.executable, HERE / "smoke.py", base])
        operator = [binaries / "orderwire", "--stack", STACK]
        access = profile(aws, out)
        clients = add_clients(operator, access)
        run("orderwire dead-letters list", [*operator, "dead-letters", "list"], env=access)
        walk_through(base, clients)
        drained(aws, made, expanded)
        deploy(aws, file, given | {"OrderWatchdogSeconds": "600"})
        same("resources after a change of parameters", resources(aws), made)
        protect(aws, operator, access)
        delete(aws, made, [])
    file.unlink()


def rehearse(binaries: Path, out: Path, expanded: dict) -> None:
    """A stack with orders and clients is lost, and another one goes on with a copy of its table."""
    file = linked(binaries, out)
    with Emulator(out) as aws, logs(aws), simulators(binaries, out) as simulated:
        given = parameters(aws, simulated)
        made, base = created(aws, file, expanded, given)
        access = profile(aws, out)

        def operator(*words: str) -> dict:
            command = [binaries / "orderwire", "--stack", STACK, "--output", "json", *words]
            return json.loads(run(f"orderwire {words[0]} {words[1]}", command, env=access))

        admin = json.loads((out / "ready.json").read_text())["smdp"]["admin"]
        clients = restore.register(operator, admin, out)
        first = restore.Deployment(base, clients)
        orders = restore.place(first)
        start = time.monotonic()
        key = aws.client("kms").describe_key(KeyId=made["TableKey"])["KeyMetadata"]["Arn"]
        table = restore.copy_of_the_table(aws, made["OrdersTable"], key)
        # What has just been ordered goes on.
        moving = orders.under_way.rpartition("/")[2]
        source, copy = (
            {k: item for k, item in restore.items(aws, name).items() if moving not in k[0]}
            for name in (made["OrdersTable"], restore.RESTORED)
        )
        same("items of the copy", copy, source)
        too_late = first.subscription(9)
        delete(aws, made, [restore.RESTORED])
        lost = time.monotonic()
        pepper = emulator.kept_secret(aws, made["CredentialPepper"])
        of_the_copy = {
            "ExistingTableArn": table["TableArn"],
            "ExistingTableStreamArn": table["LatestStreamArn"],
            "ExistingTableKeyArn": key,
            "PepperSecret": pepper,
        }
        again, base = created(aws, file, expanded, given | of_the_copy)
        same("table of the second stack", outputs(aws)["OrdersTableName"], restore.RESTORED)
        same("tables that it has made", [n for n in ("OrdersTable", "TableKey") if n in again], [])
        second = restore.Deployment(base, clients)
        back = time.monotonic()
        same("an order after the copy", second.read(too_late), None)
        restore.compare(second, orders)
    print(
        f"restored: {len(source)} items alike, {len(orders.ended)} orders of three kinds read alike, "
        f"{len(clients)} credentials valid, the order under way COMPLETED, a new one of each kind "
        f"COMPLETED; copied in {lost - start:.0f} s, back {back - lost:.0f} s after the loss, "
        f"compared in {time.monotonic() - back:.0f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--build", type=Path, help="what `sam build` left")
    parser.add_argument("--bin-dir", type=Path, help="the local cloud and the operator's command")
    parser.add_argument("--restore", action="store_true", help="rehearse a restore")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.out, ignore_errors=True)
    arguments.out.mkdir(parents=True)
    expanded = expansion.prove(arguments.out)
    if arguments.build:
        prove(arguments.build, arguments.bin_dir, arguments.out, expanded)
    if arguments.restore:
        rehearse(arguments.bin_dir, arguments.out, expanded)


if __name__ == "__main__":
    main()
