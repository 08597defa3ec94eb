"""What providers served, as a callback of LiteLLM 1.106.2: which model, and how soon its first token came.

LiteLLM's own series name the model that was asked for, and do not tell hits of the provider's prompt cache from
misses. See docs/monitoring.md. LiteLLM takes `served` from this file; which model each deployment is pinned to
stands in lockstep_callback.json, which gateway/callback.ts writes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import prometheus_client
from litellm.integrations.custom_logger import CustomLogger
from litellm.types.utils import EmbeddingResponse, ModelResponse

Match = Literal["pinned", "other", "unknown"]
Cache = Literal["hit", "miss", "unknown"]


class Deployment(NamedTuple):
    route: str
    # The pinned id.
    model: str
    # Whether an answer names the model by the provider's word, and not by LiteLLM's echo of what was asked for.
    told: bool


def read_deployments(text: str) -> Mapping[str, Deployment]:
    """Throws where anything is missing."""
    return {key: Deployment(**entry) for key, entry in json.loads(text)["models"].items()}


def match_of(served: object, deployment: Deployment) -> Match:
    """What is not known is not equal. A dated snapshot behind a dateless id is another model."""
    if not deployment.told or not isinstance(served, str) or served == "":
        return "unknown"
    return "pinned" if spelling(served) == spelling(deployment.model) else "other"


def spelling(model: str) -> str:
    """Providers write one id with "." or "-", with "@" before its date, or below their own name."""
    return model.removeprefix("models/").lower().replace(".", "-").replace("@", "-")


def cache_of(usage: object) -> Cache:
    """Whether any of the prompt was read from the provider's cache; unknown where the provider does not say."""
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None)
    if not isinstance(cached, int):
        return "unknown"
    return "hit" if cached > 0 else "miss"


# A label is kept for good: only so many names are told apart, then all are "other".
NAMES = 8
NAME_LENGTH = 100


class Names:
    """The first few names as they are."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def label(self, name: str) -> str:
        if name not in self._seen and (len(self._seen) >= NAMES or len(name) > NAME_LENGTH):
            return "other"
        self._seen.add(name)
        return name


# The objectives' usual values are bounds, where a quantile is exact.
BOUNDS: Sequence[float] = (
    *(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 1.8),
    *(2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0),
)


class Metrics:
    def __init__(
        self, registry: prometheus_client.CollectorRegistry, deployments: Mapping[str, Deployment]
    ) -> None:
        self.answers = prometheus_client.Counter(
            "lockstep_served_answers",
            "Answers of a route by the model that is pinned and the one that the provider named.",
            ["route", "model", "match", "served"],
            registry=registry,
        )
        self.first_token = prometheus_client.Histogram(
            "lockstep_first_token_seconds",
            "The time to a stream's first token from the call of the provider, by what its prompt cache did.",
            ["route", "cache"],
            registry=registry,
            buckets=BOUNDS,
        )
        for one in deployments.values():
            if one.told:
                self.answers.labels(one.route, one.model, "pinned", one.model)


class Served(CustomLogger):
    def __init__(self, deployments: Mapping[str, Deployment], metrics: Metrics) -> None:
        super().__init__()
        self._deployments = deployments
        self._metrics = metrics
        self._names = Names()

    async def async_post_call_success_deployment_hook(
        self, request_data: Mapping[str, Any], response: Any, call_type: Any
    ) -> None:
        """Of what is not streamed: later the proxy puts the route's name in the place of the model's."""
        if not isinstance(response, (ModelResponse, EmbeddingResponse)):
            return
        deployment = self._deployment(request_data.get("model_info"))
        if deployment is not None and not mocked(request_data.get("metadata")):
            self._count(deployment, response.model)

    async def async_log_success_event(
        self, kwargs: Mapping[str, Any], response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Of streams, when all of their parts are there."""
        if kwargs.get("stream") is not True or not isinstance(response_obj, ModelResponse):
            return
        metadata = (kwargs.get("litellm_params") or {}).get("metadata") or {}
        deployment = self._deployment(metadata.get("model_info"))
        if deployment is None or mocked(metadata) or kwargs.get("cache_hit") is True:
            return
        # The answer itself names the model that was asked for.
        self._count(deployment, response_obj._hidden_params.get("provider_response_model"))
        began, first = kwargs.get("api_call_start_time"), kwargs.get("completion_start_time")
        if isinstance(began, datetime) and isinstance(first, datetime):
            cache = cache_of(getattr(response_obj, "usage", None))
            seconds = max(0.0, (first - began).total_seconds())
            self._metrics.first_token.labels(deployment.route, cache).observe(seconds)

    def _deployment(self, model_info: object) -> Deployment | None:
        return self._deployments.get(str(model_info.get("id"))) if isinstance(model_info, dict) else None

    def _count(self, deployment: Deployment, served: object) -> None:
        match = match_of(served, deployment)
        if match == "other":
            name = self._names.label(str(served))
        else:
            name = deployment.model if match == "pinned" else ""
        self._metrics.answers.labels(deployment.route, deployment.model, match, name).inc()


def mocked(metadata: object) -> bool:
    """Whether the circuit breaker has the declared answer given: no model is called for it."""
    state = metadata.get("lockstep_breaker") if isinstance(metadata, dict) else None
    return isinstance(state, dict) and state.get("asked") is None


def load(file: Path) -> Served:
    deployments = read_deployments(file.read_text(encoding="utf-8"))
    return Served(deployments, Metrics(prometheus_client.REGISTRY, deployments))


loaded: list[Served] = []


def __getattr__(name: str) -> Served:
    """`served`, made when LiteLLM asks for it, so that tests can import this file without its data."""
    if name != "served":
        raise AttributeError(name)
    if not loaded:
        loaded.append(load(Path(__file__).with_name("lockstep_callback.json")))
    return loaded[0]
