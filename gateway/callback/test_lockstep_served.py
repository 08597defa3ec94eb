"""Tests of lockstep_served.py without a proxy: `python -m unittest` here, where LiteLLM is installed."""

import asyncio
import functools
import json
import os
import threading
import unittest
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

import litellm
from litellm.types.utils import EmbeddingResponse, ModelResponse, PromptTokensDetailsWrapper, Usage
from lockstep_served import Deployment, Metrics, Names, Served, cache_of, match_of, read_deployments
from prometheus_client import CollectorRegistry

CHAT = Deployment(route="chat", model="gpt-5.4-2026-03-05", told=True)
BEDROCK = Deployment(route="chat", model="us.anthropic.claude-haiku-4-5-20251001-v1:0", told=False)
DEPLOYMENTS = {"chat.large.1": CHAT, "chat.in-account.2": BEDROCK}
MODEL_INFO = {"id": "chat.large.1"}
START = datetime(2026, 11, 21)


def usage(**details: Any) -> Usage:
    return Usage(prompt_tokens=10, prompt_tokens_details=PromptTokensDetailsWrapper(**details))


class Matching(unittest.TestCase):
    def test_an_exact_id_is_the_pinned_one(self) -> None:
        self.assertEqual(match_of("gpt-5.4-2026-03-05", CHAT), "pinned")

    def test_another_spelling_of_it_as_well(self) -> None:
        self.assertEqual(match_of("GPT-5-4@2026-03-05", CHAT), "pinned")
        self.assertEqual(match_of("models/gpt-5.4-2026-03-05", CHAT), "pinned")

    def test_another_date_no_date_and_another_size_are_other_models(self) -> None:
        for served in ("gpt-5.4-2026-03-06", "gpt-5.4", "gpt-5.4-mini-2026-03-05", "x/gpt-5.4-2026-03-05"):
            self.assertEqual(match_of(served, CHAT), "other", served)

    def test_a_snapshot_behind_a_dateless_id_is_another_model(self) -> None:
        dateless = Deployment(route="chat", model="gpt-5.4", told=True)
        self.assertEqual(match_of("gpt-5.4", dateless), "pinned")
        self.assertEqual(match_of("gpt-5.4-2026-03-05", dateless), "other")

    def test_what_the_provider_does_not_tell_is_unknown_and_not_equal(self) -> None:
        self.assertEqual(match_of(None, CHAT), "unknown")
        self.assertEqual(match_of("", CHAT), "unknown")
        self.assertEqual(match_of(BEDROCK.model, BEDROCK), "unknown")


class Caching(unittest.TestCase):
    def test_a_hit_has_tokens_from_the_cache_and_a_miss_none(self) -> None:
        self.assertEqual(cache_of(usage(cached_tokens=1)), "hit")
        self.assertEqual(cache_of(usage(cached_tokens=0)), "miss")

    def test_what_the_provider_does_not_tell_is_unknown(self) -> None:
        self.assertEqual(cache_of(usage()), "unknown")
        self.assertEqual(cache_of(Usage(prompt_tokens=10)), "unknown")
        self.assertEqual(cache_of(None), "unknown")


class Labels(unittest.TestCase):
    def test_eight_names_are_told_apart_and_no_more(self) -> None:
        names = Names()
        self.assertEqual([names.label(str(n)) for n in range(9)], [*"01234567", "other"])
        self.assertEqual(names.label("3"), "3")

    def test_a_name_without_end_is_no_label(self) -> None:
        names = Names()
        self.assertEqual(names.label("n" * 100), "n" * 100)
        self.assertEqual(names.label("n" * 101), "other")


class Data(unittest.TestCase):
    def test_reads_what_is_declared(self) -> None:
        text = json.dumps({"models": {"a": {"route": "r", "model": "m", "told": False}}})
        self.assertEqual(read_deployments(text), {"a": Deployment("r", "m", False)})

    def test_refuses_what_is_not(self) -> None:
        for text in ("{}", '{"models":{"a":{"route":"r","model":"m"}}}'):
            with self.assertRaises((KeyError, TypeError)):
                read_deployments(text)


class Counting(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.registry = CollectorRegistry()
        self.served = Served(DEPLOYMENTS, Metrics(self.registry, DEPLOYMENTS))

    def counts(self) -> dict[tuple[str, ...], float]:
        return {
            (s.labels["route"], s.labels["model"], s.labels["match"], s.labels["served"]): s.value
            for family in self.registry.collect()
            for s in family.samples
            if s.name == "lockstep_served_answers_total" and (s.value > 0 or s.labels["match"] != "pinned")
        }

    def first_tokens(self) -> dict[tuple[str, str], tuple[float, float]]:
        return {
            (s.labels["route"], s.labels["cache"]): (
                s.value,
                self.registry.get_sample_value("lockstep_first_token_seconds_sum", s.labels) or 0,
            )
            for family in self.registry.collect()
            for s in family.samples
            if s.name == "lockstep_first_token_seconds_count"
        }

    async def answer(self, response: Any, **data: Any) -> None:
        await self.served.async_post_call_success_deployment_hook(
            {"model_info": MODEL_INFO, **data}, response, None
        )

    async def stream(self, served: str | None, seconds: float = 0.5, **kwargs: Any) -> None:
        response = ModelResponse(model=CHAT.model, usage=usage(cached_tokens=1))
        response._hidden_params = {} if served is None else {"provider_response_model": served}
        call = {
            "stream": True,
            "litellm_params": {"metadata": {"model_info": MODEL_INFO}},
            "api_call_start_time": START,
            "completion_start_time": START + timedelta(seconds=seconds),
            **kwargs,
        }
        await self.served.async_log_success_event(call, response, None, None)

    def test_begins_at_zero_for_models_that_are_told(self) -> None:
        born = [
            (s.labels, s.value)
            for family in self.registry.collect()
            for s in family.samples
            if s.name == "lockstep_served_answers_total"
        ]
        labels = {"route": "chat", "model": CHAT.model, "match": "pinned", "served": CHAT.model}
        self.assertEqual(born, [(labels, 0)])

    async def test_an_answer_by_what_it_says(self) -> None:
        await self.answer(ModelResponse(model=CHAT.model))
        await self.answer(ModelResponse(model="gpt-5.4-2026-06-01"))
        await self.answer(EmbeddingResponse(model=None))
        self.assertEqual(
            self.counts(),
            {
                ("chat", CHAT.model, "pinned", CHAT.model): 1,
                ("chat", CHAT.model, "other", "gpt-5.4-2026-06-01"): 1,
                ("chat", CHAT.model, "unknown", ""): 1,
            },
        )

    async def test_a_stream_by_what_its_parts_say_and_not_by_what_was_asked_for(self) -> None:
        await self.stream("gpt-5.4-2026-06-01")
        await self.stream(None)
        self.assertEqual(
            self.counts(),
            {
                ("chat", CHAT.model, "other", "gpt-5.4-2026-06-01"): 1,
                ("chat", CHAT.model, "unknown", ""): 1,
            },
        )
        self.assertEqual(self.first_tokens(), {("chat", "hit"): (2, 1.0)})

    async def test_each_answer_once(self) -> None:
        """The event comes for what is not streamed too, with the route's name as its model."""
        await self.stream(CHAT.model, stream=False)
        self.assertEqual((self.counts(), self.first_tokens()), ({}, {}))

    async def test_no_answer_that_no_model_gave(self) -> None:
        mock = {"lockstep_breaker": {"asked": None}}
        await self.answer(ModelResponse(model=CHAT.model), metadata=mock)
        await self.stream(CHAT.model, litellm_params={"metadata": {"model_info": MODEL_INFO, **mock}})
        await self.stream(CHAT.model, cache_hit=True)
        self.assertEqual((self.counts(), self.first_tokens()), ({}, {}))
        await self.answer(ModelResponse(model=CHAT.model), metadata={"lockstep_breaker": {"asked": "chat"}})
        self.assertEqual(len(self.counts()), 1)

    async def test_nothing_of_what_was_not_declared(self) -> None:
        await self.answer(ModelResponse(model=CHAT.model), model_info={"id": "elsewhere"})
        await self.answer(ModelResponse(model=CHAT.model), model_info=None)
        await self.answer({"model": CHAT.model})
        self.assertEqual(self.counts(), {})
        self.assertEqual(self.first_tokens(), {})


class Anthropic(BaseHTTPRequestHandler):
    """Anthropic's format, streamed or not; the answer names another model than was asked for."""

    SERVED = "claude-sonnet-5-20260901"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        usage = {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 3}
        head = {"id": "1", "type": "message", "role": "assistant", "model": self.SERVED, "usage": usage}
        text = {"type": "text", "text": "Hello."}
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        self.send_response(200)
        if not asked.get("stream"):
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({**head, "content": [text], **end}).encode())
            return
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for event in (
            {"type": "message_start", "message": {**head, "content": []}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello."}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": end, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        ):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())


class Telling(unittest.IsolatedAsyncioTestCase):
    """Through LiteLLM itself, for the provider that answers in a format of its own."""

    async def test_anthropic_tells_which_model_answered_and_what_was_cached(self) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Anthropic)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        registry = CollectorRegistry()
        deployments = {"chat.fast.1": Deployment("chat", "claude-sonnet-5", True)}
        params = {
            "model": "anthropic/claude-sonnet-5",
            "api_key": "not-a-key",
            "api_base": f"http://127.0.0.1:{server.server_port}",
        }
        model = {"model_name": "chat", "litellm_params": params, "model_info": {"id": "chat.fast.1"}}
        callbacks = [Served(deployments, Metrics(registry, deployments))]
        direct = mock.patch.dict(os.environ, {"NO_PROXY": "127.0.0.1"})
        with direct, mock.patch.object(litellm, "callbacks", callbacks):
            router = litellm.Router(model_list=[model])
            messages = [{"role": "user", "content": "Hello?"}]
            ask: Any = functools.partial(router.acompletion, model="chat", messages=messages)
            await ask()
            async for _ in await ask(stream=True):
                pass
            labels = {"route": "chat", "model": "claude-sonnet-5", "match": "other", "served": Anthropic.SERVED}
            for _ in range(50):
                if registry.get_sample_value("lockstep_served_answers_total", labels) == 2:
                    break
                await asyncio.sleep(0.1)
        server.shutdown()
        server.server_close()
        self.assertEqual(registry.get_sample_value("lockstep_served_answers_total", labels), 2)
        hits = {"route": "chat", "cache": "hit"}
        self.assertEqual(registry.get_sample_value("lockstep_first_token_seconds_count", hits), 1)


if __name__ == "__main__":
    unittest.main()
