"""Calls of AWS's API over moto on loopback: a call a line on stdin, its result a line on stdout."""

import base64
import datetime
import json
import sys

import boto3
import regex
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.parsers import ResponseParserError
from moto.server import ThreadedMotoServer


def faults(shape, value, path):
    """What botocore leaves to the service: its patterns, lengths, ranges and sets of values."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from faults(shape.members[name], member, f"{path}.{name}")
        return
    if shape.type_name == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from faults(shape.member, member, f"{path}[{index}]")
    if shape.type_name == "map" and isinstance(value, dict):
        for key, member in value.items():
            yield from faults(shape.key, key, f"{path}.{key}")
            yield from faults(shape.value, member, f"{path}.{key}")
    limits = shape.metadata
    size = value if isinstance(value, (int, float)) else len(value)
    if not float(limits.get("min", size)) <= size <= float(limits.get("max", size)):
        yield f"{path}: {size} is not from {limits.get('min')} to {limits.get('max')}"
    if isinstance(value, str):
        if limits.get("enum") and value not in limits["enum"]:
            yield f"{path}: {value!r} is none of {', '.join(limits['enum'])}"
        # Java writes what is past 16 bits as pairs.
        pattern = limits.get("pattern", "").replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
        if pattern and not regex.compile(pattern).fullmatch(value):
            yield f"{path}: {value!r} does not match {pattern}"


class Calls:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.credentials = {}
        self.clients = {}

    def client(self, service, region, account):
        """A client of an account: moto takes the account from the credentials of a role that was assumed."""
        key = (service, region, account)
        if key not in self.clients:
            self.clients[key] = self.make(service, region, self.assumed(account))
        return self.clients[key]

    def assumed(self, account):
        if account not in self.credentials:
            sts = self.make("sts", "us-east-1", {"AccessKeyId": "testing", "SecretAccessKey": "testing"})
            role = f"arn:aws:iam::{account}:role/deployer"
            answer = sts.assume_role(RoleArn=role, RoleSessionName="shapes")
            self.credentials[account] = answer["Credentials"]
        return self.credentials[account]

    def make(self, service, region, credentials):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def answer(self, call):
        client = self.client(call["service"], call["region"], call["account"])
        parameters = call["parameters"]
        operation = client.meta.method_to_api_mapping[call["operation"]]
        found = list(faults(client.meta.service_model.operation_model(operation).input_shape, parameters, operation))
        if found:
            return {"error": {"code": "ShapeError", "message": "; ".join(found)}}
        try:
            result = getattr(client, call["operation"])(**parameters)
        except ParamValidationError as error:
            return {"error": {"code": "ShapeError", "message": str(error)}}
        except ResponseParserError:
            return {"error": {"code": "NotInMoto", "message": operation}}
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            # Its server answers an operation that it lacks with a page of HTML.
            if error.response["Error"]["Code"] == str(status):
                return {"error": {"code": "NotInMoto", "message": operation}}
            return {"error": {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}}
        result.pop("ResponseMetadata", None)
        return {"result": result}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.read().decode()


server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
calls = Calls(f"http://{host}:{port}")
for line in sys.stdin:
    try:
        answer = json.dumps(calls.answer(json.loads(line)), default=plain)
    except Exception as error:
        answer = json.dumps({"error": {"code": type(error).__name__, "message": str(error)}})
    print(answer, flush=True)
server.stop()
