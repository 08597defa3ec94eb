"""Tests of lockstep_callback.py without a proxy: `python -m unittest` here, where LiteLLM is installed."""

import asyncio
import json
import time
import unittest
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from unittest import mock

from jsonschema import SchemaError
from litellm.exceptions import BadRequestError, ContentPolicyViolationError
from litellm.types.utils import Delta, ModelResponse, ModelResponseStream, StreamingChoices
from lockstep_callback import (
    Assembled,
    Breaker,
    InvalidStream,
    LocalStore,
    Metrics,
    RedisStore,
    Said,
    Settings,
    SharedStore,
    Store,
    fault_of,
    finished_by_provider,
    in_time,
    read_data,
    said_of,
    validator_of,
)
from prometheus_client import CollectorRegistry

SETTINGS = Settings(invalid_responses=3, window_seconds=60, open_seconds=120, answer="Sorry.")
SCHEMA = '{"type":"object","required":["total"],"properties":{"total":{"type":"integer"}}}'


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeRedis:
    """The commands that are used, with expiry by the clock; a pipeline queues and then does all."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[str, Any] = {}
        self._until: dict[str, float] = {}
        self.down = False

    def live(self) -> dict[str, Any]:
        for name, until in list(self._until.items()):
            if self._clock.now >= until:
                self._remove(name)
        return self._values

    def ttls(self) -> dict[str, float | None]:
        return {
            name: self._until[name] - self._clock.now if name in self._until else None for name in self.live()
        }

    async def get(self, name: str) -> Any:
        self._check()
        return self.live().get(name)

    async def set(self, name: str, value: str, nx: bool = False, px: int | None = None) -> bool | None:
        self._check()
        return self._set(name, value, nx, px)

    async def delete(self, *names: str) -> None:
        self._check()
        for name in names:
            self._remove(name)

    def pipeline(self, transaction: bool) -> "FakePipeline":
        assert transaction
        self._check()
        return FakePipeline(self)

    def _check(self) -> None:
        if self.down:
            raise ConnectionError("refused")

    def _set(self, name: str, value: str, nx: bool = False, px: int | None = None) -> bool | None:
        if nx and name in self.live():
            return None
        self._values[name] = value
        self._until.pop(name, None)
        if px is not None:
            self._until[name] = self._clock.now + px / 1000
        return True

    def _remove(self, name: str) -> None:
        self._values.pop(name, None)
        self._until.pop(name, None)

    def _zadd(self, name: str, entries: Mapping[str, float]) -> None:
        self.live().setdefault(name, {}).update(entries)

    def _zremrangebyscore(self, name: str, low: str, high: float) -> None:
        assert low == "-inf"
        members = self.live().get(name, {})
        for member in [member for member, score in members.items() if score <= high]:
            del members[member]

    def _pexpire(self, name: str, px: int) -> None:
        self._until[name] = self._clock.now + px / 1000


class FakePipeline:
    def __init__(self, redis: FakeRedis) -> None:
        self._redis = redis
        self._queue: list[Callable[[], Any]] = []

    def set(self, name: str, value: str, px: int) -> None:
        self._queue.append(lambda: self._redis._set(name, value, px=px))

    def delete(self, name: str) -> None:
        self._queue.append(lambda: self._redis._remove(name))

    def zadd(self, name: str, entries: Mapping[str, float]) -> None:
        self._queue.append(lambda: self._redis._zadd(name, entries))

    def zremrangebyscore(self, name: str, low: str, high: float) -> None:
        self._queue.append(lambda: self._redis._zremrangebyscore(name, low, high))

    def zcard(self, name: str) -> None:
        self._queue.append(lambda: len(self._redis.live().get(name, {})))

    def pexpire(self, name: str, px: int) -> None:
        self._queue.append(lambda: self._redis._pexpire(name, px))

    async def execute(self) -> list[Any]:
        self._redis._check()
        return [command() for command in self._queue]


def said(text: str, *, tools: bool = False, refusal: bool = False, finish: str | None = "stop") -> Said:
    return Said(text, tools, refusal, finish)


class Judging(unittest.TestCase):
    def test_an_answer_of_a_route_with_a_schema(self) -> None:
        validator = validator_of(SCHEMA)
        for expected, answer in [
            (None, said('{"total":1}')),
            ("schema", said('{"total":"1"}')),
            ("schema", said("{}")),
            ("schema", said("1")),
            ("not-json", said('{"total":1')),
            ("not-json", said('```json\n{"total":1}\n```')),
            ("not-json", said("[" * 100_000)),
            ("not-json", said('{"total":NaN}')),
            ("not-json", said('{"total":1', finish="length")),
            ("empty", said("")),
            ("empty", said(" \n")),
            (None, said("", tools=True)),
            ("refused", said('{"total":1}', finish="content_filter")),
            ("refused", said("", refusal=True)),
            ("refused", said("", refusal=True, tools=True)),
        ]:
            with self.subTest(answer=answer.text[:20], expected=expected):
                self.assertEqual(fault_of([answer], validator), expected)

    def test_an_answer_of_a_route_without_a_schema(self) -> None:
        self.assertIsNone(fault_of([said("Good day.")], None))
        self.assertEqual(fault_of([said("")], None), "empty")
        self.assertEqual(fault_of([], None), "empty")

    def test_every_choice_has_to_be_valid(self) -> None:
        self.assertEqual(fault_of([said("Good day."), said("")], None), "empty")

    def test_a_reference_is_not_fetched_and_makes_an_answer_invalid(self) -> None:
        validator = validator_of('{"$ref":"https://schemas.example/total.json"}')
        with (
            mock.patch("urllib.request.urlopen") as fetch,
            self.assertLogs("LiteLLM Proxy.lockstep", "WARNING"),
        ):
            self.assertEqual(fault_of([said("{}")], validator), "schema")
        fetch.assert_not_called()

    def test_a_draft_is_the_one_that_the_schema_names(self) -> None:
        # In draft 4 this boolean makes the minimum exclusive; later drafts have no such boolean.
        draft4 = '{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}'
        self.assertEqual(fault_of([said("1")], validator_of(draft4)), "schema")
        with self.assertRaises(SchemaError):
            validator_of('{"minimum":1,"exclusiveMinimum":true}')

    def test_reads_a_response_of_litellm(self) -> None:
        def response(message: dict[str, Any], finish: str = "stop") -> ModelResponse:
            return ModelResponse(choices=[{"index": 0, "finish_reason": finish, "message": message}])

        call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        self.assertEqual(said_of(response({"content": "Hi"})), [said("Hi")])
        self.assertEqual(
            said_of(response({"content": None, "tool_calls": [call]}, "tool_calls")),
            [said("", tools=True, finish="tool_calls")],
        )
        self.assertEqual(
            said_of(response({"content": None, "provider_specific_fields": {"refusal": "No."}})),
            [said("", refusal=True)],
        )


class Stores(unittest.IsolatedAsyncioTestCase):
    """The same behaviour, whoever counts."""

    def each(self) -> list[tuple[str, Clock, Store]]:
        local, shared = Clock(), Clock()
        redis = FakeRedis(shared)
        return [
            ("local", local, LocalStore(local)),
            ("redis", shared, RedisStore(lambda: redis, shared)),
        ]

    async def trip(self, store: Store) -> None:
        for _ in range(3):
            await store.invalid("chat", SETTINGS, False)

    async def test_opens_at_the_third_invalid_answer_in_the_window(self) -> None:
        for name, clock, store in self.each():
            with self.subTest(name):
                for seconds in [0, 59, 2]:
                    clock.now += seconds
                    await store.invalid("chat", SETTINGS, False)
                # 0, 59 and 61 seconds: the first has left the window.
                self.assertEqual(await store.admit("chat", SETTINGS), "closed")
                clock.now += 1
                await store.invalid("chat", SETTINGS, False)
                self.assertEqual(await store.admit("chat", SETTINGS), "open")
                self.assertEqual(await store.admit("other", SETTINGS), "closed")

    async def test_lets_one_request_through_after_open_seconds(self) -> None:
        for name, clock, store in self.each():
            with self.subTest(name):
                await self.trip(store)
                clock.now += 119.9
                self.assertEqual(await store.admit("chat", SETTINGS), "open")
                clock.now += 0.1
                self.assertEqual(await store.admit("chat", SETTINGS), "half-open")
                self.assertEqual(await store.admit("chat", SETTINGS), "open")

    async def test_a_valid_probe_closes(self) -> None:
        for name, clock, store in self.each():
            with self.subTest(name):
                await self.trip(store)
                clock.now += 120
                await store.admit("chat", SETTINGS)
                await store.valid_probe("chat")
                self.assertEqual(await store.admit("chat", SETTINGS), "closed")
                # And it takes three again.
                await store.invalid("chat", SETTINGS, False)
                self.assertEqual(await store.admit("chat", SETTINGS), "closed")

    async def test_an_invalid_probe_opens_again_from_its_answer_on(self) -> None:
        for name, clock, store in self.each():
            with self.subTest(name):
                await self.trip(store)
                clock.now += 120
                await store.admit("chat", SETTINGS)
                clock.now += 30
                await store.invalid("chat", SETTINGS, True)
                clock.now += 119
                self.assertEqual(await store.admit("chat", SETTINGS), "open")
                clock.now += 1
                self.assertEqual(await store.admit("chat", SETTINGS), "half-open")

    async def test_a_probe_that_never_ends_is_followed_by_another(self) -> None:
        for name, clock, store in self.each():
            with self.subTest(name):
                await self.trip(store)
                clock.now += 120
                self.assertEqual(await store.admit("chat", SETTINGS), "half-open")
                clock.now += 120
                self.assertEqual(await store.admit("chat", SETTINGS), "half-open")

    async def test_answers_to_requests_from_before_do_not_keep_it_open(self) -> None:
        for name, clock, store in self.each():
            with self.subTest(name):
                await self.trip(store)
                clock.now += 100
                await self.trip(store)
                clock.now += 20
                self.assertEqual(await store.admit("chat", SETTINGS), "half-open")


class Redis(unittest.IsolatedAsyncioTestCase):
    async def test_replicas_count_together(self) -> None:
        clock = Clock()
        redis = FakeRedis(clock)
        one, other = RedisStore(lambda: redis, clock), RedisStore(lambda: redis, clock)
        await one.invalid("chat", SETTINGS, False)
        await other.invalid("chat", SETTINGS, False)
        self.assertEqual(await one.admit("chat", SETTINGS), "closed")
        await one.invalid("chat", SETTINGS, False)
        self.assertEqual(await other.admit("chat", SETTINGS), "open")
        clock.now += 120
        self.assertEqual(await other.admit("chat", SETTINGS), "half-open")
        self.assertEqual(await one.admit("chat", SETTINGS), "open")

    async def test_every_key_has_the_prefix_and_an_end(self) -> None:
        clock = Clock()
        redis = FakeRedis(clock)
        store = RedisStore(lambda: redis, clock)
        await store.invalid("chat", SETTINGS, False)
        self.assertEqual(redis.ttls(), {"lockstep:breaker:{chat}:invalid": 60})
        await store.invalid("chat", SETTINGS, False)
        await store.invalid("chat", SETTINGS, False)
        self.assertEqual(
            redis.ttls(), {"lockstep:breaker:{chat}:tripped": 86_520, "lockstep:breaker:{chat}:lease": 120}
        )
        clock.now += 120
        await store.admit("chat", SETTINGS)
        self.assertEqual(
            redis.ttls(), {"lockstep:breaker:{chat}:tripped": 86_400, "lockstep:breaker:{chat}:lease": 120}
        )
        await store.valid_probe("chat")
        self.assertEqual(redis.ttls(), {})

    async def test_counts_here_while_redis_is_down_and_says_so_once(self) -> None:
        logger = "ERROR:LiteLLM Proxy.lockstep:"
        clock = Clock()
        redis = FakeRedis(clock)
        store = SharedStore(RedisStore(lambda: redis, clock), LocalStore(clock), clock)
        redis.down = True
        with self.assertLogs("LiteLLM Proxy.lockstep", "INFO") as logs:
            for _ in range(3):
                await store.invalid("chat", SETTINGS, False)
                clock.now += 11
            self.assertEqual(await store.admit("chat", SETTINGS), "open")
        self.assertEqual(
            logs.output,
            [f"{logger}The breaker counts in this process only: Redis fails (ConnectionError)."],
        )
        redis.down = False
        # Redis is asked again after ten seconds, not with every request.
        self.assertEqual(await store.admit("chat", SETTINGS), "open")
        clock.now += 10
        with self.assertLogs("LiteLLM Proxy.lockstep", "INFO") as logs:
            self.assertEqual(await store.admit("chat", SETTINGS), "closed")
            self.assertEqual(await store.admit("chat", SETTINGS), "closed")
        self.assertEqual(logs.output, [f"{logger}The breaker counts in Redis again."])


@mock.patch("lockstep_callback.REDIS_TIMEOUT_SECONDS", 0.05)
class InTime(unittest.IsolatedAsyncioTestCase):
    async def test_reads_an_answer_that_came_while_this_process_stood_still(self) -> None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()

        async def read() -> str:
            loop.call_soon(time.sleep, 0.1)
            said = await answer
            # As a client that reads from a socket, then parses.
            await asyncio.sleep(0)
            return said

        loop.call_later(0.01, answer.set_result, "open")
        self.assertEqual(await in_time(read()), "open")

    async def test_does_not_wait_for_one_that_does_not_come(self) -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        with self.assertRaises(TimeoutError):
            await in_time(answer)
        self.assertTrue(answer.cancelled())


def entry(**change: Any) -> dict[str, Any]:
    breaker = {"invalid_responses": 1, "window_seconds": 60, "open_seconds": 120, "answer": "Sorry."}
    empty: dict[str, Any] = {
        "deployments": [],
        "schema": None,
        "fallbacks": [],
        "content_policy_fallbacks": [],
    }
    return {"breaker": breaker, **empty, **change}


DATA = {
    "redis": False,
    "routes": {
        "sums": entry(
            deployments=["sums.a.1"], schema=SCHEMA, fallbacks=["spare"], content_policy_fallbacks=["bold"]
        ),
        "spare": entry(deployments=["spare.b.1"]),
        "bold": entry(deployments=["bold.c.1"]),
        "free": entry(deployments=["free.d.1"], breaker=None),
    },
}


def response_of(deployment: str, text: str, finish: str = "stop") -> ModelResponse:
    response = ModelResponse(
        choices=[{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}]
    )
    response._hidden_params = {"model_id": deployment}
    return response


class Stream:
    """Like LiteLLM's: keeps the parts that the provider sent, and ends with a "stop" in any case."""

    fallback_headers_adopted = False

    def __init__(self, deployment: str, text: str, finish: str | None) -> None:
        self._hidden_params = {"model_id": deployment}
        # Usage comes after the end.
        self.chunks = [part(text, None), *([] if finish is None else [part("", finish), part("", None)])]

    async def __aiter__(self) -> AsyncGenerator[Any, None]:
        for chunk in self.chunks:
            yield chunk
        if len(self.chunks) == 1:
            yield part("", "stop")


def part(text: str, finish: str | None) -> ModelResponseStream:
    return ModelResponseStream(
        choices=[StreamingChoices(index=0, delta=Delta(content=text), finish_reason=finish)]
    )


class Hooks(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.called: list[str] = []
        self.answers: dict[str, Any] = {}
        data = read_data(json.dumps(DATA))
        self.store = LocalStore(self.clock)
        self.breaker = Breaker(data, self.store, Metrics(self.registry, data.routes), self.call)

    async def call(self, route: str, data: Mapping[str, Any]) -> Any:
        self.called.append(route)
        answer = self.answers[route]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def count(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    async def begin(self, model: str, **more: Any) -> dict[str, Any]:
        data: dict[str, Any] = {"model": model, "messages": [], "metadata": {"user_api_key": "k"}, **more}
        await self.breaker.async_pre_call_hook(None, None, data, "completion")
        return data

    async def end(self, data: dict[str, Any], response: Any) -> tuple[str, dict[str, str] | None]:
        """The content that the client gets, and the headers."""
        changed = await self.breaker.async_post_call_success_hook(data, None, response)
        headers = await self.breaker.async_post_call_response_headers_hook(data, None, changed or response)
        return (changed or response).choices[0].message.content, headers

    async def stream(self, data: dict[str, Any], response: Any) -> list[str]:
        parts = self.breaker.async_post_call_streaming_iterator_hook(None, response, data)
        return [chunk.choices[0].delta.content or "" async for chunk in parts]

    async def test_a_valid_answer_goes_through_untouched(self) -> None:
        data = await self.begin("sums")
        self.assertEqual(data["model"], "sums")
        self.assertEqual(await self.end(data, response_of("sums.a.1", '{"total":1}')), ('{"total":1}', None))
        self.assertEqual(self.called, [])

    async def test_a_fallback_answers_in_place_of_an_invalid_answer(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        data = await self.begin("sums")
        invalid = response_of("sums.a.1", "one")
        self.assertEqual(
            await self.end(data, invalid),
            ('{"total":2}', {"x-lockstep-breaker": "invalid", "x-lockstep-answered-by": "spare"}),
        )
        self.assertEqual(self.count("lockstep_invalid_responses_total", route="sums", reason="not-json"), 1)

    async def test_the_declared_answer_is_given_where_the_fallback_fails_too(self) -> None:
        for answer in [RuntimeError("down"), response_of("spare.b.1", "two")]:
            with self.subTest(answer=answer):
                self.setUp()
                self.answers["spare"] = answer
                invalid = response_of("sums.a.1", "one")
                self.assertEqual(
                    await self.end(await self.begin("sums"), invalid),
                    ("Sorry.", {"x-lockstep-breaker": "invalid", "x-lockstep-answered-by": "answer"}),
                )
                # What the request log reads is not changed.
                self.assertEqual(invalid.choices[0].message.content, "one")

    async def test_a_fallback_is_not_blamed_for_the_schema_of_another_route(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", "two")
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        self.assertEqual(self.count("lockstep_invalid_responses_total", route="spare", reason="not-json"), 1)
        self.assertEqual((await self.begin("spare"))["metadata"]["lockstep_breaker"]["gate"], "closed")
        # But it is for an answer that is none by its own rules.
        await self.end(await self.begin("spare"), response_of("spare.b.1", ""))
        self.assertEqual((await self.begin("spare"))["metadata"]["lockstep_breaker"]["gate"], "open")

    async def test_an_answer_is_charged_to_the_route_that_gave_it(self) -> None:
        # The router fell back, and the fallback said nothing.
        content, _ = await self.end(await self.begin("sums"), response_of("spare.b.1", ""))
        self.assertEqual(content, "Sorry.")
        self.assertEqual((await self.begin("sums"))["metadata"]["lockstep_breaker"]["gate"], "closed")
        self.assertEqual((await self.begin("spare"))["metadata"]["lockstep_breaker"]["gate"], "open")

    async def test_a_refusal_goes_to_the_fallback_for_refusals_first(self) -> None:
        self.answers["bold"] = response_of("bold.c.1", '{"total":3}')
        data = await self.begin("sums")
        self.assertEqual(
            (await self.end(data, response_of("sums.a.1", "", "content_filter")))[0], '{"total":3}'
        )
        self.assertEqual(self.called, ["bold"])

    async def test_a_refusal_that_became_an_error_of_the_router_is_charged_to_the_route(self) -> None:
        for error, gate in [
            (ContentPolicyViolationError("blocked", "sums", ""), "open"),
            # From the provider, about the prompt: no answer.
            (ContentPolicyViolationError("blocked", "gpt-4.1", "azure"), "closed"),
            (BadRequestError("bad", "sums", ""), "closed"),
        ]:
            with self.subTest(error=error):
                self.setUp()
                data = await self.begin("sums")
                await self.breaker.async_post_call_failure_hook(data, error, None)
                self.assertEqual((await self.begin("sums"))["metadata"]["lockstep_breaker"]["gate"], gate)
                self.setUp()
                await self.breaker.log_success_fallback_event("sums", await self.begin("sums"), error)
                self.assertEqual((await self.begin("sums"))["metadata"]["lockstep_breaker"]["gate"], gate)
                counted = self.count("lockstep_invalid_responses_total", route="sums", reason="refused")
                self.assertEqual(counted, 1 if gate == "open" else None)

    async def test_a_refused_probe_opens_again(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        self.clock.now += 120
        probe = await self.begin("sums")
        self.clock.now += 30
        error = ContentPolicyViolationError("blocked", "sums", "")
        await self.breaker.async_post_call_failure_hook(probe, error, None)
        self.clock.now += 100
        self.assertEqual((await self.begin("sums"))["metadata"]["lockstep_breaker"]["gate"], "open")

    async def test_an_open_route_is_not_called_but_its_fallback(self) -> None:
        await self.end(await self.begin("sums"), response_of("spare.b.1", '{"total":1}'))
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        data = await self.begin("sums")
        self.assertEqual((data["model"], data.get("mock_response")), ("spare", None))
        self.assertEqual(
            await self.end(data, response_of("spare.b.1", '{"total":2}')),
            ('{"total":2}', {"x-lockstep-breaker": "open", "x-lockstep-answered-by": "spare"}),
        )
        self.assertEqual(self.count("lockstep_breaker_open_total", route="sums"), 1)

    async def test_the_declared_answer_is_given_where_every_fallback_is_open(self) -> None:
        for route in ["spare", "sums"]:
            self.answers["spare"] = RuntimeError("down")
            await self.end(await self.begin(route), response_of(DATA["routes"][route]["deployments"][0], ""))  # type: ignore[index]
        data = await self.begin("sums")
        self.assertEqual(data["model"], "sums")
        self.assertEqual(data["mock_response"]["choices"][0]["message"]["content"], "Sorry.")
        self.assertEqual(data["mock_response"]["usage"]["total_tokens"], 0)
        self.assertEqual((await self.begin("sums", stream=True))["mock_response"], "Sorry.")
        headers = await self.breaker.async_post_call_response_headers_hook(data, None, None)
        self.assertEqual(headers, {"x-lockstep-breaker": "open"})
        # It does not have to satisfy anything: it is what was declared.
        self.assertEqual(
            await self.end(data, response_of("sums.a.1", "Sorry.")),
            ("Sorry.", {"x-lockstep-breaker": "open", "x-lockstep-answered-by": "answer"}),
        )
        self.assertIsNone(self.count("lockstep_invalid_responses_total", route="sums", reason="not-json"))

    async def test_an_open_route_has_one_fallback_asked_only(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        self.called.clear()
        self.assertEqual(
            await self.end(await self.begin("sums"), response_of("spare.b.1", "two")),
            ("Sorry.", {"x-lockstep-breaker": "open", "x-lockstep-answered-by": "answer"}),
        )
        self.assertEqual(self.called, [])

    async def test_one_request_passes_after_open_seconds_and_its_answer_decides(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        self.clock.now += 120
        probe, other = await self.begin("sums"), await self.begin("sums")
        self.assertEqual((probe["model"], other["model"]), ("sums", "spare"))
        # The other's answer comes first, and decides nothing.
        await self.end(other, response_of("spare.b.1", '{"total":2}'))
        self.assertEqual((await self.begin("sums"))["model"], "spare")
        self.assertEqual(
            await self.end(probe, response_of("sums.a.1", '{"total":1}')),
            ('{"total":1}', {"x-lockstep-breaker": "half-open"}),
        )
        self.assertEqual((await self.begin("sums"))["model"], "sums")

    async def test_a_probe_that_a_fallback_answered_decides_nothing(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        self.clock.now += 120
        probe = await self.begin("sums")
        await self.end(probe, response_of("spare.b.1", '{"total":2}'))
        self.assertEqual((await self.begin("sums"))["model"], "spare")

    async def test_what_a_fallback_answers_is_no_probe_of_the_fallback(self) -> None:
        self.answers["spare"] = response_of("spare.b.1", '{"total":2}')
        await self.end(await self.begin("sums"), response_of("sums.a.1", "one"))
        self.clock.now += 120
        probe = await self.begin("sums")
        with mock.patch.object(self.store, "invalid") as invalid:
            await self.end(probe, response_of("spare.b.1", ""))
        invalid.assert_called_once_with("spare", mock.ANY, False)

    async def test_a_valid_answer_that_is_no_probe_does_not_start_the_count_anew(self) -> None:
        with mock.patch.object(self.store, "valid_probe") as valid_probe:
            await self.end(await self.begin("sums"), response_of("sums.a.1", '{"total":1}'))
        valid_probe.assert_not_called()

    async def test_a_valid_stream_passes_whole(self) -> None:
        data = await self.begin("sums", stream=True)
        self.assertEqual(
            await self.stream(data, Stream("sums.a.1", '{"total":1}', "stop")), ['{"total":1}', "", ""]
        )

    async def test_an_invalid_stream_ends_in_an_error_and_counts(self) -> None:
        for text, finish, reason in [
            ("one", "stop", "not-json"),
            ('{"total":1}', None, "unfinished"),
            ("", "stop", "empty"),
        ]:
            with self.subTest(reason):
                self.setUp()
                data = await self.begin("sums", stream=True)
                seen: list[Any] = []
                parts = self.breaker.async_post_call_streaming_iterator_hook(
                    None, Stream("sums.a.1", text, finish), data
                )
                with self.assertRaisesRegex(InvalidStream, reason):
                    async for chunk in parts:
                        seen.append((chunk.choices[0].delta.content, chunk.choices[0].finish_reason))
                # Its end is kept back.
                self.assertEqual(seen, [(text, None)])
                self.assertEqual(
                    self.count("lockstep_invalid_responses_total", route="sums", reason=reason), 1
                )
                self.assertEqual((await self.begin("sums"))["metadata"]["lockstep_breaker"]["gate"], "open")

    async def test_a_stream_that_just_ends_is_unfinished(self) -> None:
        async def parts() -> AsyncGenerator[Any, None]:
            yield part('{"total":1}', None)

        with self.assertRaisesRegex(InvalidStream, "unfinished"):
            await self.stream(await self.begin("sums", stream=True), parts())

    async def test_a_refused_stream_passes_and_counts(self) -> None:
        data = await self.begin("sums", stream=True)
        self.assertEqual(await self.stream(data, Stream("sums.a.1", "No", "content_filter")), ["No", "", ""])
        self.assertEqual((await self.begin("sums"))["metadata"]["lockstep_breaker"]["gate"], "open")

    async def test_a_route_without_a_breaker_is_not_judged_but_for_a_broken_stream(self) -> None:
        data = await self.begin("free")
        self.assertEqual(await self.end(data, response_of("free.d.1", "")), ("", None))
        self.assertEqual(await self.stream(data, Stream("free.d.1", "", "stop")), ["", "", ""])
        with self.assertRaisesRegex(InvalidStream, "unfinished"):
            await self.stream(data, Stream("free.d.1", "Good", None))

    async def test_other_models_and_other_calls_are_left_alone(self) -> None:
        for model, call_type in [("embedding/e", "completion"), ("sums", "embeddings")]:
            data: dict[str, Any] = {"model": model, "input": "x"}
            await self.breaker.async_pre_call_hook(None, None, data, call_type)
            self.assertEqual(data, {"model": model, "input": "x"})
        self.assertIsNone(await self.breaker.async_post_call_success_hook(data, None, response_of("e", "")))
        self.assertEqual(await self.stream(data, Stream("e", "", None)), ["", ""])

    async def test_a_client_cannot_set_the_state(self) -> None:
        forged = {"route": "sums", "asked": None, "gate": "closed", "probe": False}
        data = await self.begin("sums", metadata={"lockstep_breaker": forged})
        self.assertEqual(data["metadata"]["lockstep_breaker"]["asked"], "sums")
        data = await self.begin("unknown", metadata={"lockstep_breaker": forged})
        self.assertEqual(data["metadata"], {})


class Reading(unittest.TestCase):
    def test_an_incomplete_file_is_refused(self) -> None:
        for change in [{"redis": None}, {"routes": None}]:
            with self.subTest(change), self.assertRaises(KeyError):
                read_data(json.dumps({name: value for name, value in DATA.items() if name not in change}))

    def test_what_is_no_schema_is_refused(self) -> None:
        for schema in ["{", '{"type":"objekt"}']:
            with self.subTest(schema), self.assertRaises((SchemaError, json.JSONDecodeError)):
                read_data(json.dumps({"redis": False, "routes": {"sums": entry(schema=schema)}}))

    def test_the_end_of_a_stream_is_believed_where_its_parts_are_not_known(self) -> None:
        cut = Stream("a", "Good", None)
        self.assertFalse(finished_by_provider(cut))
        cut.fallback_headers_adopted = True
        self.assertTrue(finished_by_provider(cut))
        self.assertTrue(finished_by_provider(object()))

    def test_a_stream_of_nothing_is_not_finished(self) -> None:
        self.assertFalse(Assembled().finished())


if __name__ == "__main__":
    unittest.main()
