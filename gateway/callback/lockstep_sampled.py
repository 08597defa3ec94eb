"""What `lockstep sample` found, as series of LiteLLM 1.106.2: a job does not live long enough to be scraped.

The job posts what one window came to, once, to REPORT on the gateway. LiteLLM's own check of keys stands before it:
its master key may, and a key whose `allowed_routes` names it. Only counts by declared routes are taken, so that no
report makes a series that is not there from the start. See docs/sampling.md.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import prometheus_client
from fastapi import Depends, FastAPI, HTTPException, Request
from litellm.integrations.custom_logger import CustomLogger
from pydantic import BaseModel, ConfigDict, Field

REPORT = "/lockstep/sampled"
# Larger ones are no count that a window of hours can have.
MOST = 10_000_000
MOST_BYTES = 1_000_000


class RouteReport(BaseModel):
    """Of one route: sampled answers by what became of them, and whether their share has shifted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    good: int = Field(ge=0, le=MOST)
    low: int = Field(ge=0, le=MOST)
    failed: int = Field(ge=0, le=MOST)
    unscored: int = Field(ge=0, le=MOST)
    shifted: bool


class Report(BaseModel):
    """`complete`: every answer that was chosen was looked at, and the judge could be asked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    complete: bool
    routes: dict[str, RouteReport]


VERDICTS = ("good", "low", "failed", "unscored")


class Metrics:
    def __init__(self, registry: prometheus_client.CollectorRegistry, routes: Iterable[str]) -> None:
        self.runs = prometheus_client.Counter(
            "lockstep_sample_runs",
            "Windows of the request log that were sampled and scored, to their end or not.",
            ["complete"],
            registry=registry,
        )
        self.answers = prometheus_client.Counter(
            "lockstep_sampled_answers",
            "Sampled answers of a route by what the judge or a validator said of them.",
            ["route", "verdict"],
            registry=registry,
        )
        self.shifts = prometheus_client.Counter(
            "lockstep_sample_shifts",
            "Windows in which more sampled answers of a route were bad than chance explains.",
            ["route"],
            registry=registry,
        )
        self.routes = frozenset(routes)
        for complete in ("true", "false"):
            self.runs.labels(complete)
        for route in self.routes:
            self.shifts.labels(route)
            for verdict in VERDICTS:
                self.answers.labels(route, verdict)


class Unknown(NamedTuple):
    """Routes that are none, so that nothing of the report is counted."""

    routes: list[str]


def count(metrics: Metrics, report: Report) -> Unknown | None:
    unknown = sorted(set(report.routes) - metrics.routes)
    if unknown:
        return Unknown(unknown)
    metrics.runs.labels("true" if report.complete else "false").inc()
    for route, told in report.routes.items():
        for verdict in VERDICTS:
            metrics.answers.labels(route, verdict).inc(getattr(told, verdict))
        if told.shifted:
            metrics.shifts.labels(route).inc()
    return None


class Sampled(CustomLogger):
    """Listens to no event: LiteLLM makes it as it starts, and then the gateway has the address."""

    def __init__(self, metrics: Metrics, app: FastAPI, check: Any) -> None:
        super().__init__()

        async def report(request: Request) -> dict[str, bool]:
            return {"counted": await counted(metrics, request)}

        # First: LiteLLM's own routes end in some that take any path.
        app.add_api_route(REPORT, report, methods=["POST"], dependencies=[Depends(check)], include_in_schema=False)
        app.router.routes.insert(0, app.router.routes.pop())


async def counted(metrics: Metrics, request: Request) -> bool:
    """Neither LiteLLM nor this says in an error what was sent."""
    body = await request.body()
    try:
        if len(body) > MOST_BYTES:
            raise ValueError("It is too long.")
        report = Report.model_validate_json(body)
    except ValueError:
        raise HTTPException(status_code=400, detail="This is no report of lockstep sample.") from None
    if count(metrics, report) is not None:
        raise HTTPException(status_code=400, detail="The report names a route that is not declared.")
    return True


def read_routes(text: str) -> Mapping[str, Any]:
    routes = json.loads(text)["routes"]
    if not isinstance(routes, dict):
        raise ValueError("routes is no object.")
    return routes


def load(file: Path) -> Sampled:
    from litellm.proxy.auth.user_api_key_auth import user_api_key_auth
    from litellm.proxy.proxy_server import app

    routes = read_routes(file.read_text(encoding="utf-8"))
    return Sampled(Metrics(prometheus_client.REGISTRY, routes), app, user_api_key_auth)


loaded: list[Sampled] = []


def __getattr__(name: str) -> Sampled:
    """`sampled`, made when LiteLLM asks for it, so that tests can import this file without its data."""
    if name != "sampled":
        raise AttributeError(name)
    if not loaded:
        loaded.append(load(Path(__file__).with_name("lockstep_callback.json")))
    return loaded[0]
