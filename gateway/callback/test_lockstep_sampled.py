"""Tests of lockstep_sampled.py without a proxy: `python -m unittest` here, where LiteLLM is installed."""

import json
import unittest
from typing import Any

import prometheus_client
from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from lockstep_sampled import MOST, MOST_BYTES, REPORT, Metrics, Sampled, read_routes

ROUTE = {"good": 3, "low": 1, "failed": 2, "unscored": 4, "shifted": True}


async def check(request: Request) -> None:
    """As LiteLLM's own: it stands before the report is read."""
    if request.headers.get("authorization") != "Bearer right":
        raise HTTPException(status_code=401)


class SampledTest(unittest.TestCase):
    def setUp(self) -> None:
        self.registry = prometheus_client.CollectorRegistry()
        application = FastAPI()

        @application.post("/{path:path}")
        async def any_path(path: str) -> str:
            return path

        Sampled(Metrics(self.registry, ["chat", "triage"]), application, check)
        self.client = TestClient(application)

    def post(self, body: Any, key: str = "right") -> int:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(REPORT, content=content, headers={"authorization": f"Bearer {key}"}).status_code

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    def everything(self) -> list[float]:
        names = ("lockstep_sample_runs_total", "lockstep_sampled_answers_total", "lockstep_sample_shifts_total")
        return [s.value for family in self.registry.collect() for s in family.samples if s.name in names]

    def test_all_series_are_there_from_the_start(self) -> None:
        self.assertEqual(self.everything(), [0.0] * (2 + 2 * 4 + 2))

    def test_a_report_is_counted(self) -> None:
        self.assertEqual(self.post({"complete": True, "routes": {"chat": ROUTE}}), 200)
        self.assertEqual(self.post({"complete": False, "routes": {"chat": {**ROUTE, "shifted": False}}}), 200)
        for complete in ("true", "false"):
            self.assertEqual(self.value("lockstep_sample_runs_total", complete=complete), 1)
        for verdict, count in (("good", 6), ("low", 2), ("failed", 4), ("unscored", 8)):
            self.assertEqual(self.value("lockstep_sampled_answers_total", route="chat", verdict=verdict), count)
        self.assertEqual(self.value("lockstep_sample_shifts_total", route="chat"), 1)
        self.assertEqual(self.value("lockstep_sample_shifts_total", route="triage"), 0)

    def test_who_has_no_key_counts_nothing(self) -> None:
        self.assertEqual(self.post({"complete": True, "routes": {"chat": ROUTE}}, "wrong"), 401)
        self.assertEqual(sum(self.everything()), 0)

    def test_what_is_no_report_counts_nothing(self) -> None:
        report = {"complete": True, "routes": {"chat": ROUTE}}
        for body in (
            b"",
            b"{",
            b"\xff",
            [],
            {**report, "more": 1},
            {"complete": "true", "routes": {}},
            {"complete": True, "routes": {"chat": ROUTE, "nobody": ROUTE}},
            {"complete": True, "routes": {"chat": {**ROUTE, "good": -1}}},
            {"complete": True, "routes": {"chat": {**ROUTE, "good": 1.5}}},
            {"complete": True, "routes": {"chat": {**ROUTE, "good": "1"}}},
            {"complete": True, "routes": {"chat": {**ROUTE, "good": MOST + 1}}},
            {"complete": True, "routes": {"chat": {**ROUTE, "text": "what somebody said"}}},
            b'{"complete":true,"routes":{}' + b" " * MOST_BYTES + b"}",
        ):
            self.assertEqual(self.post(body), 400, str(body)[:100])
        self.assertEqual(sum(self.everything()), 0)
        self.assertEqual(self.post({"complete": True, "routes": {"chat": {**ROUTE, "good": MOST}}}), 200)

    def test_an_error_does_not_say_what_was_sent(self) -> None:
        answer = self.client.post(REPORT, content=b'{"secret": 1}', headers={"authorization": "Bearer right"})
        self.assertEqual(answer.json(), {"detail": "This is no report of lockstep sample."})

    def test_routes_are_those_of_the_data(self) -> None:
        self.assertEqual(set(read_routes('{"routes": {"chat": {}}}')), {"chat"})
        for text in ("{}", '{"routes": []}', "["):
            with self.assertRaises((KeyError, ValueError)):
                read_routes(text)


if __name__ == "__main__":
    unittest.main()
