"""Tests of lockstep_headers.py without a proxy: `python -m unittest` here, where LiteLLM is installed."""

import unittest
from types import SimpleNamespace
from typing import Any

from lockstep_headers import HeaderFilter, install


class HeadersTest(unittest.IsolatedAsyncioTestCase):
    async def sent(self, *messages: dict[str, Any]) -> list[Any]:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            for message in messages:
                await send(message)

        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await HeaderFilter(application)({"type": "http"}, lambda: None, send)
        return sent

    async def test_only_what_is_named_passes(self) -> None:
        names = [b"Content-Type", b"x-litellm-model-api-base", b"x-litellm-model-id", b"x-lockstep-breaker", b"x-new"]
        body = {"type": "http.response.body", "body": b"x-litellm-model-api-base"}
        start = {"type": "http.response.start", "status": 200, "headers": [(name, b"1") for name in names]}
        passed = [(b"Content-Type", b"1"), (b"x-litellm-model-id", b"1"), (b"x-lockstep-breaker", b"1")]
        self.assertEqual(await self.sent(start, body), [{**start, "headers": passed}, body])

    async def test_a_response_without_headers_passes(self) -> None:
        start = {"type": "http.response.start", "status": 204}
        self.assertEqual(await self.sent(start), [{**start, "headers": []}])

    def test_it_is_installed_once_and_only_around_a_stack(self) -> None:
        application = SimpleNamespace(middleware_stack=print)
        install(application)
        first = application.middleware_stack
        self.assertIsInstance(first, HeaderFilter)
        install(application)
        self.assertIs(application.middleware_stack, first)
        for without in (SimpleNamespace(middleware_stack=None), SimpleNamespace()):
            with self.assertRaisesRegex(RuntimeError, "no middleware stack"):
                install(without)


if __name__ == "__main__":
    unittest.main()
