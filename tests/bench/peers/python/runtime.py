"""The Lambda Runtime API: one invocation after the other over one connection.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.client
import json
import os

BASE = "/2018-06-01/runtime/invocation/"


def run(handler):
    """Answers invocations with `handler` until the runtime is gone."""
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", BASE + "next")
        response = connection.getresponse()
        request_id = response.headers["lambda-runtime-aws-request-id"]
        event = json.loads(response.read())
        answer = json.dumps(handler(event), separators=(",", ":")).encode()
        connection.request("POST", f"{BASE}{request_id}/response", body=answer)
        connection.getresponse().read()
