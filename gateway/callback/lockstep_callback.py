"""The circuit breaker for invalid output, as a callback of LiteLLM 1.106.2. See docs/breaker.md.

LiteLLM imports this file from the folder of its configuration file, and takes `breaker` from it; what is
declared stands beside it in lockstep_callback.json, which gateway/callback.ts writes.

The module is not in `sys.modules` while it runs, so nothing here may look itself up there: no dataclasses
with annotations as text.
"""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import prometheus_client
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from litellm.constants import OPENAI_CHAT_COMPLETION_PARAMS
from litellm.exceptions import ContentPolicyViolationError
from litellm.integrations.custom_logger import CustomLogger
from litellm.types.utils import Choices, Message, ModelResponse
from referencing import Registry

log = logging.getLogger("LiteLLM Proxy.lockstep")

Gate = Literal["closed", "open", "half-open"]
Reason = Literal["refused", "empty", "not-json", "schema", "unfinished"]
T = TypeVar("T")

# Under this key of the request's metadata is what was decided about it, for the later hooks.
STATE = "lockstep_breaker"


class Settings(NamedTuple):
    invalid_responses: int
    window_seconds: float
    open_seconds: float
    answer: str


class Route(NamedTuple):
    name: str
    breaker: Settings | None
    validator: Validator | None
    fallbacks: Sequence[str]
    content_policy_fallbacks: Sequence[str]


class Data(NamedTuple):
    redis: bool
    routes: Mapping[str, Route]
    # The route of each deployment, by the deployment's id.
    deployments: Mapping[str, str]


def read_data(text: str) -> Data:
    """Throws where anything is missing or no JSON Schema: the gateway does not start without its breaker."""
    data = json.loads(text)
    routes = {name: read_route(name, entry) for name, entry in data["routes"].items()}
    deployments = {key: name for name, entry in data["routes"].items() for key in entry["deployments"]}
    return Data(redis=data["redis"], routes=routes, deployments=deployments)


def read_route(name: str, entry: Mapping[str, Any]) -> Route:
    breaker = entry["breaker"]
    return Route(
        name=name,
        breaker=None if breaker is None else Settings(**breaker),
        validator=None if entry["schema"] is None else validator_of(entry["schema"]),
        fallbacks=entry["fallbacks"],
        content_policy_fallbacks=entry["content_policy_fallbacks"],
    )


def validator_of(text: str) -> Validator:
    schema = json.loads(text)
    kind: Any = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    # A registry of its own: without one the library fetches what a "$ref" names from the network.
    validator: Validator = kind(schema, registry=Registry())
    return validator


class Said(NamedTuple):
    """One choice of an answer, streamed or not."""

    text: str
    tools: bool
    refusal: bool
    finish: str | None


def fault_of(answer: Sequence[Said], validator: Validator | None) -> Reason | None:
    """What is wrong with an answer; every choice has to be right."""
    faults = [fault_of_choice(said, validator) for said in answer] or ["empty"]
    return next((fault for fault in faults if fault is not None), None)


def fault_of_choice(said: Said, validator: Validator | None) -> Reason | None:
    if said.refusal or said.finish == "content_filter":
        return "refused"
    if said.tools:
        return None
    if said.text.strip() == "":
        return "empty"
    if validator is None:
        return None
    try:
        value = json.loads(said.text, parse_constant=no_constant)
    except (ValueError, RecursionError):
        return "not-json"
    try:
        return None if validator.is_valid(value) else "schema"
    except Exception as error:  # A "$ref" that leads nowhere, or nesting without end: not known to be valid.
        log.warning("The answer could not be checked: %s", type(error).__name__)
        return "schema"


def no_constant(name: str) -> float:
    """Python reads NaN and Infinity, which are no JSON."""
    raise ValueError(name)


def said_of(response: Any) -> list[Said]:
    return [
        Said(
            text=choice.message.content or "",
            tools=bool(choice.message.tool_calls or getattr(choice.message, "function_call", None)),
            refusal=has_refusal(choice.message),
            finish=choice.finish_reason,
        )
        for choice in response.choices
    ]


def has_refusal(message: Any) -> bool:
    fields = getattr(message, "provider_specific_fields", None) or {}
    return bool(getattr(message, "refusal", None) or fields.get("refusal"))


class Assembled:
    """A stream's choices, part by part."""

    def __init__(self) -> None:
        self._choices: dict[int, Said] = {}

    def add(self, chunk: Any) -> bool:
        """True for a part with a finish reason."""
        ends = False
        for choice in getattr(chunk, "choices", None) or []:
            delta = choice.delta
            before = self._choices.get(choice.index, Said("", False, False, None))
            self._choices[choice.index] = Said(
                text=before.text + (getattr(delta, "content", None) or ""),
                tools=before.tools
                or bool(getattr(delta, "tool_calls", None) or getattr(delta, "function_call", None)),
                refusal=before.refusal or has_refusal(delta),
                finish=choice.finish_reason or before.finish,
            )
            ends = ends or choice.finish_reason is not None
        return ends

    def said(self) -> list[Said]:
        return list(self._choices.values())

    def finished(self) -> bool:
        return len(self._choices) > 0 and all(said.finish is not None for said in self._choices.values())


class Store(Protocol):
    """Which routes are open. `invalid` and `valid` of a probe decide; other valid answers change nothing."""

    async def admit(self, route: str, settings: Settings) -> Gate: ...

    async def invalid(self, route: str, settings: Settings, probe: bool) -> None: ...

    async def valid_probe(self, route: str) -> None: ...


class LocalStore:
    """Counts in this process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open_until: dict[str, float] = {}
        self._invalid: dict[str, list[float]] = {}

    async def admit(self, route: str, settings: Settings) -> Gate:
        until = self._open_until.get(route)
        if until is None:
            return "closed"
        if self._clock() < until:
            return "open"
        # Open again for whoever comes next, until this one's answer decides.
        self._open_until[route] = self._clock() + settings.open_seconds
        return "half-open"

    async def invalid(self, route: str, settings: Settings, probe: bool) -> None:
        now = self._clock()
        if route in self._open_until and not probe:
            return
        recent = [at for at in self._invalid.get(route, []) if at > now - settings.window_seconds]
        self._invalid[route] = [*recent, now]
        if probe or len(recent) + 1 >= settings.invalid_responses:
            self._open_until[route] = now + settings.open_seconds
            self._invalid.pop(route)

    async def valid_probe(self, route: str) -> None:
        self._open_until.pop(route, None)
        self._invalid.pop(route, None)


# How long an open breaker is remembered when nobody asks for its route any more.
FORGET_SECONDS = 86_400


class RedisStore:
    """Counts for all replicas. Every step is one command or one transaction.

    `tripped` is there from the opening until a probe closes it, `lease` while nobody may pass: for
    `open_seconds` after the opening, and again for whoever took it as the one probe.
    """

    def __init__(self, client: Callable[[], Any], clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    async def admit(self, route: str, settings: Settings) -> Gate:
        client = self._client()
        if await client.get(key(route, "tripped")) is None:
            return "closed"
        free = await client.set(key(route, "lease"), "1", nx=True, px=milliseconds(settings.open_seconds))
        return "half-open" if free else "open"

    async def invalid(self, route: str, settings: Settings, probe: bool) -> None:
        client, now = self._client(), self._clock()
        if not probe:
            if await client.get(key(route, "tripped")) is not None:
                return
            pipe = client.pipeline(transaction=True)
            pipe.zremrangebyscore(key(route, "invalid"), "-inf", now - settings.window_seconds)
            pipe.zadd(key(route, "invalid"), {uuid.uuid4().hex: now})
            pipe.zcard(key(route, "invalid"))
            pipe.pexpire(key(route, "invalid"), milliseconds(settings.window_seconds))
            if (await pipe.execute())[2] < settings.invalid_responses:
                return
        pipe = client.pipeline(transaction=True)
        pipe.set(key(route, "tripped"), "1", px=milliseconds(settings.open_seconds + FORGET_SECONDS))
        pipe.set(key(route, "lease"), "1", px=milliseconds(settings.open_seconds))
        pipe.delete(key(route, "invalid"))
        await pipe.execute()

    async def valid_probe(self, route: str) -> None:
        await self._client().delete(key(route, "tripped"), key(route, "lease"), key(route, "invalid"))


def key(route: str, what: str) -> str:
    # The braces put a route's keys into one slot of a cluster.
    return f"lockstep:breaker:{{{route}}}:{what}"


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


REDIS_TIMEOUT_SECONDS = 1.0
# A process that stood still for a second finds its time-out over and the answer there: it may still read it.
REDIS_GRACE_SECONDS = 0.2
REDIS_RETRY_SECONDS = 10.0


class SharedStore:
    """Redis, or this process alone while Redis does not answer."""

    def __init__(self, shared: Store, local: Store, clock: Callable[[], float]) -> None:
        self._shared = shared
        self._local = local
        self._clock = clock
        self._again_at: float | None = None

    async def admit(self, route: str, settings: Settings) -> Gate:
        return await self._ask(lambda store: store.admit(route, settings))

    async def invalid(self, route: str, settings: Settings, probe: bool) -> None:
        return await self._ask(lambda store: store.invalid(route, settings, probe))

    async def valid_probe(self, route: str) -> None:
        return await self._ask(lambda store: store.valid_probe(route))

    async def _ask(self, operation: Callable[[Store], Awaitable[T]]) -> T:
        if self._again_at is None or self._clock() >= self._again_at:
            try:
                result = await in_time(operation(self._shared))
            except Exception as error:
                if self._again_at is None:
                    log.error(
                        "The breaker counts in this process only: Redis fails (%s).", type(error).__name__
                    )
                self._again_at = self._clock() + REDIS_RETRY_SECONDS
            else:
                if self._again_at is not None:
                    log.error("The breaker counts in Redis again.")
                self._again_at = None
                return result
        return await operation(self._local)


async def in_time(operation: Awaitable[T]) -> T:
    task = asyncio.ensure_future(operation)
    try:
        for seconds in [REDIS_TIMEOUT_SECONDS, REDIS_GRACE_SECONDS]:
            if (await asyncio.wait({task}, timeout=seconds))[0]:
                return task.result()
        raise TimeoutError
    finally:
        task.cancel()


class InvalidStream(Exception):
    """Ends a stream with an error event: LiteLLM reads these attributes."""

    def __init__(self, reason: Reason) -> None:
        self.message = f"The streamed answer is not valid ({reason}); discard what was received."
        self.type = "invalid_answer"
        self.param = None
        self.status_code = 502
        super().__init__(self.message)


class Metrics:
    def __init__(self, registry: prometheus_client.CollectorRegistry, routes: Mapping[str, Route]) -> None:
        self.open = prometheus_client.Counter(
            "lockstep_breaker_open",
            "Requests that were kept from a route because its breaker was open.",
            ["route"],
            registry=registry,
        )
        self.invalid = prometheus_client.Counter(
            "lockstep_invalid_responses",
            "Answers of a route that were not valid.",
            ["route", "reason"],
            registry=registry,
        )
        for name, route in routes.items():
            if route.breaker is not None:
                self.open.labels(name)


# Calls a route through the router, as a fallback would be.
Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


class Breaker(CustomLogger):
    def __init__(self, data: Data, store: Store, metrics: Metrics, call: Call) -> None:
        super().__init__()
        self._data = data
        self._store = store
        self._metrics = metrics
        self._call = call

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: Any
    ) -> None:
        """Sends a request whose route is open to the first fallback that is not, or has the answer given."""
        metadata = data.get("metadata")
        if isinstance(metadata, dict):
            metadata.pop(STATE, None)
        route = self._data.routes.get(str(data.get("model")))
        if route is None or call_type not in ("completion", "acompletion"):
            return
        gate = await self._admit(route.name)
        state: dict[str, Any] = {
            "route": route.name,
            "asked": route.name,
            "gate": gate,
            "probe": gate == "half-open",
        }
        data["metadata"] = {**(metadata or {}), STATE: state}
        if gate != "open" or route.breaker is None:
            return
        self._metrics.open.labels(route.name).inc()
        other, probe = await self._first_admitted(route.fallbacks)
        state.update(asked=other, probe=probe, answered_by=other or "answer")
        if other is None:
            data["mock_response"] = plain_answer(route.breaker.answer, bool(data.get("stream")))
        else:
            data["model"] = other

    async def async_post_call_success_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, response: Any
    ) -> Any:
        """Puts a fallback's answer, or the declared one, in place of one that is not valid."""
        state = state_of(data)
        if state is None or state["asked"] is None or not isinstance(response, ModelResponse):
            return None
        route = self._data.routes[state["route"]]
        if route.breaker is None:
            return None
        fault = await self._settle(state, self._route_of(response, state), said_of(response))
        if fault is None:
            return None
        if state["gate"] != "open":
            state["gate"] = "invalid"
        if state["asked"] == route.name:
            fallbacks = [*(route.content_policy_fallbacks if fault == "refused" else []), *route.fallbacks]
            other = await self._from_fallback(route, fallbacks, data)
            if other is not None:
                state["answered_by"], answer = other
                return answer
        state["answered_by"] = "answer"
        return instead_of(response, route.breaker.answer)

    async def async_post_call_failure_hook(
        self,
        request_data: dict[str, Any],
        original_exception: Exception,
        user_api_key_dict: Any,
        traceback_str: str | None = None,
    ) -> None:
        await self._refused(original_exception, state_of(request_data))

    async def log_success_fallback_event(
        self, original_model_group: str, kwargs: dict[str, Any], original_exception: Exception
    ) -> None:
        await self._refused(original_exception, state_of(kwargs))

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """Passes parts on, but keeps the end back until it is known whether the whole is valid."""
        state = state_of(request_data)
        if state is None or state["asked"] is None:
            async for chunk in response:
                yield chunk
            return
        assembled, held = Assembled(), list[Any]()
        async for chunk in response:
            if assembled.add(chunk) or held:
                held.append(chunk)
            else:
                yield chunk
        finished = assembled.finished() and finished_by_provider(response)
        fault = await self._settle(state, self._route_of(response, state), assembled.said(), finished)
        # A refusal says itself what it is; everything else would be taken for an answer.
        judged = self._data.routes[state["route"]].breaker is not None
        if fault == "unfinished" or (judged and fault is not None and fault != "refused"):
            raise InvalidStream(fault)
        for chunk in held:
            yield chunk

    async def async_post_call_response_headers_hook(
        self,
        data: dict[str, Any],
        user_api_key_dict: Any,
        response: Any,
        request_headers: dict[str, str] | None = None,
        litellm_call_info: dict[str, Any] | None = None,
    ) -> dict[str, str] | None:
        state = state_of(data)
        if state is None or state["gate"] == "closed":
            return None
        headers = {"x-lockstep-breaker": str(state["gate"])}
        # Without a response the request has failed, and nobody answered.
        if "answered_by" in state and response is not None:
            headers["x-lockstep-answered-by"] = str(state["answered_by"])
        return headers

    async def _admit(self, name: str) -> Gate:
        route = self._data.routes.get(name)
        return (
            "closed"
            if route is None or route.breaker is None
            else await self._store.admit(name, route.breaker)
        )

    async def _first_admitted(self, names: Sequence[str]) -> tuple[str | None, bool]:
        """The first route that may be called, and whether the call is its probe."""
        for name in names:
            gate = await self._admit(name)
            if gate != "open":
                return name, gate == "half-open"
        return None, False

    async def _settle(
        self, state: Mapping[str, Any], served: Route, said: Sequence[Said], finished: bool = True
    ) -> Reason | None:
        """Counts an answer, and says what is wrong with it for the route that the client asked for.

        It is charged to the route that gave it, by that route's own rules: a fallback does not have to know
        the schema of every route that falls back to it.
        """
        asked_for = self._data.routes[state["route"]]
        probe = bool(state["probe"]) and served.name == state["asked"]
        own: Reason | None = "unfinished" if not finished else fault_of(said, served.validator)
        if served.breaker is not None:
            if own is not None:
                await self._store.invalid(served.name, served.breaker, probe)
            elif probe:
                await self._store.valid_probe(served.name)
        fault = own or fault_of(said, asked_for.validator)
        if fault is not None:
            self._metrics.invalid.labels(served.name, fault).inc()
        return fault

    async def _refused(self, error: Exception, state: Mapping[str, Any] | None) -> None:
        """Counts an answer that ends in "content_filter", out of which the router makes an error of its own.

        That error names the route as its model; one from a provider, about the prompt, names the provider's
        model and is no answer.
        """
        route = self._data.routes.get(str(getattr(error, "model", None)))
        if not isinstance(error, ContentPolicyViolationError) or route is None or route.breaker is None:
            return
        probe = state is not None and bool(state["probe"]) and route.name == state["asked"]
        await self._store.invalid(route.name, route.breaker, probe)
        self._metrics.invalid.labels(route.name, "refused").inc()

    async def _from_fallback(
        self, route: Route, fallbacks: Sequence[str], data: Mapping[str, Any]
    ) -> tuple[str, Any] | None:
        name, probe = await self._first_admitted(fallbacks)
        if name is None:
            return None
        try:
            response = await self._call(name, data)
        except Exception as error:
            log.error("The fallback %s of %s failed: %s", name, route.name, type(error).__name__)
            return None
        state = {"route": route.name, "asked": name, "probe": probe}
        fault = await self._settle(state, self._route_of(response, state), said_of(response))
        return None if fault is not None else (name, response)

    def _route_of(self, response: Any, state: Mapping[str, Any]) -> Route:
        """The route whose model gave the answer: the router may have fallen back."""
        hidden = getattr(response, "_hidden_params", None) or {}
        return self._data.routes[self._data.deployments.get(str(hidden.get("model_id")), state["asked"])]


def state_of(data: Mapping[str, Any]) -> dict[str, Any] | None:
    state = (data.get("metadata") or {}).get(STATE)
    return state if isinstance(state, dict) else None


def finished_by_provider(stream: Any) -> bool:
    """LiteLLM ends a stream that broke off with a "stop" of its own; the parts that it keeps do not have it.

    Where the router changed to a fallback before the first part, these parts are of the broken stream: then
    nothing is known, and the end is believed.
    """
    chunks = getattr(stream, "chunks", None)
    if not isinstance(chunks, list) or getattr(stream, "fallback_headers_adopted", False):
        return True
    return any(choice.finish_reason is not None for chunk in chunks for choice in chunk.choices)


def plain_answer(text: str, stream: bool) -> Any:
    """What LiteLLM answers with instead of calling a model. It costs nothing where it is not streamed."""
    if stream:
        return text
    message = {"role": "assistant", "content": text}
    return {
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def instead_of(response: Any, text: str) -> Any:
    """A copy, because the request log still reads the original."""
    answer = response.model_copy(deep=True)
    answer.choices = [Choices(index=0, finish_reason="stop", message=Message(role="assistant", content=text))]
    return answer


async def call_router(route: str, data: Mapping[str, Any]) -> Any:
    """A request of its own, with its own log record and cost, in the name of the same key and team."""
    from litellm.proxy.proxy_server import llm_router

    if llm_router is None:
        raise RuntimeError("There is no router.")
    params = {name: data[name] for name in ("messages", *OPENAI_CHAT_COMPLETION_PARAMS) if name in data}
    metadata = {
        name: value
        for name, value in data["metadata"].items()
        if name.startswith("user_api_key") or name == STATE
    }
    return await llm_router.acompletion(**{**params, "model": route, "stream": False, "metadata": metadata})


def gateway_redis() -> Any:
    """The client of LiteLLM's own Redis, which knows address, TLS and IAM."""
    from litellm.proxy.proxy_server import llm_router

    redis_cache = None if llm_router is None else llm_router.cache.redis_cache
    if redis_cache is None:
        raise RuntimeError("The router has no Redis.")
    return redis_cache.init_async_client()


def load(file: Path) -> Breaker:
    data = read_data(file.read_text(encoding="utf-8"))
    local = LocalStore(time.monotonic)
    store = SharedStore(RedisStore(gateway_redis, time.time), local, time.monotonic) if data.redis else local
    return Breaker(data, store, Metrics(prometheus_client.REGISTRY, data.routes), call_router)


loaded: list[Breaker] = []


def __getattr__(name: str) -> Breaker:
    """`breaker`, made when LiteLLM asks for it, so that tests can import this file without its data."""
    if name != "breaker":
        raise AttributeError(name)
    if not loaded:
        loaded.append(load(Path(__file__).with_name("lockstep_callback.json")))
    return loaded[0]
