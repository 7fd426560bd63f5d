"""Compiles the schemas of the documents into modules, so that no function does.

    python build.py <folder of infra/openapi> <target folder>
"""

import compileall
import json
import shutil
import sys
from pathlib import Path

import fastjsonschema


def needed(value, schemas, found):
    """Adds the schemas that a schema refers to."""
    if isinstance(value, list):
        for entry in value:
            needed(entry, schemas, found)
    elif isinstance(value, dict):
        name = str(value.get("$ref", "")).rsplit("/", 1)[-1]
        if name and name not in found:
            found[name] = schemas[name]
            needed(schemas[name], schemas, found)
        for entry in value.values():
            needed(entry, schemas, found)


def main():
    """Writes the peers with their schemas to the target folder."""
    documents, target = map(Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    for module in Path(__file__).parent.glob("*.py"):
        if module.name != "build.py":
            shutil.copy(module, target)
    for document, name, module in (
        ("ecc", "ChangeSubscriptionRequest", "change_subscription_schema"),
        ("carrier", "order", "order_schema"),
    ):
        schemas = json.loads((documents / f"{document}.json").read_text())["components"]["schemas"]
        found = {}
        needed({"$ref": name}, schemas, found)
        schema = {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "components": {"schemas": found},
            "$ref": f"#/components/schemas/{name}",
        }
        code = fastjsonschema.compile_to_code(schema, use_default=False, use_formats=False)
        (target / f"{module}.py").write_text(code)
    compileall.compile_dir(target, quiet=1)


main()
