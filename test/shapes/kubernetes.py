"""Holds objects to the published schemas: {version, definitions, objects} on stdin, one list of faults an object."""

import json
import sys

import jsonschema
import kubernetes_validate
import yaml
from kubernetes_validate.utils import all_versions, major_minor

DIALECT = jsonschema.Draft202012Validator


def strict(schema):
    """A structural schema as JSON Schema, which refuses unknown fields as the API server does."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        key: {name: strict(one) for name, one in value.items()} if key == "properties" else strict(value)
        for key, value in schema.items()
        if not key.startswith("x-") and key not in ("description", "default", "example", "nullable", "format")
    }
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    if schema.get("nullable") and "type" in result:
        result["type"] = [*([result["type"]] if isinstance(result["type"], str) else result["type"]), "null"]
    closed = "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields")
    if closed and "additionalProperties" not in schema and schema.get("type") == "object":
        result["additionalProperties"] = False
    return result


def custom(files):
    """The schema of each custom resource by API version and kind."""
    schemas = {}
    for path in files:
        with open(path, encoding="utf-8") as file:
            definition = yaml.load(file, yaml.CSafeLoader)["spec"]
        for version in definition["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            # Every object has the metadata of every other.
            schema["properties"]["metadata"] = {"x-kubernetes-preserve-unknown-fields": True, "type": "object"}
            key = (f"{definition['group']}/{version['name']}", definition["names"]["kind"])
            schemas[key] = strict(schema)
    return schemas


def faults(item, version, schemas):
    kind = (item["apiVersion"], item["kind"])
    if kind in schemas:
        # A ConfigMap is metadata and strings: it holds the custom resource's metadata to the same schema.
        metadata = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": item["metadata"]}
        return [told(error) for error in DIALECT(schemas[kind]).iter_errors(item)] + faults(metadata, version, {})
    try:
        kubernetes_validate.validate(item, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [told(error)]
    except kubernetes_validate.SchemaNotFoundError as error:
        return [error.message]
    return []


def told(error):
    return f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message}"[:300]


given = json.load(sys.stdin)
schemas = custom(given["definitions"])
# It falls back to an older version on its own.
if given["version"] not in [major_minor(version) for version in all_versions()]:
    raise SystemExit(f"No schemas of Kubernetes {given['version']}.")
print(json.dumps([faults(item, given["version"], schemas) for item in given["objects"]]))
