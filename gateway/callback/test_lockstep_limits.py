"""Tests of lockstep_limits.py without a proxy: `python -m unittest` here, where LiteLLM is installed."""

import unittest
from typing import Any

from litellm.caching.dual_cache import DualCache
from litellm.types.router import RouterRateLimitErrorBasic
from lockstep_limits import Limits


def deployment(**params: int) -> dict[str, Any]:
    return {
        "model_name": "chat",
        "litellm_params": {"model": "openai/one", **params},
        "model_info": {"id": "chat.one.1"},
    }


class LimitsTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.limits = Limits(lambda cache=DualCache(): cache)

    async def test_the_request_after_the_last_is_not_available_and_asks_for_no_wait(self) -> None:
        limited = deployment(rpm=2)
        for _ in range(2):
            self.assertIs(await self.limits.async_pre_call_check(limited, None), limited)
        with self.assertRaises(RouterRateLimitErrorBasic) as raised:
            await self.limits.async_pre_call_check(limited, None)
        self.assertEqual(str(raised.exception), "No deployments available for selected model.")
        self.assertFalse(hasattr(raised.exception, "response"))

    async def test_tokens_count_once_they_are_known(self) -> None:
        limited = deployment(tpm=100)
        answered = {
            "standard_logging_object": {
                "model_id": "chat.one.1",
                "total_tokens": 99,
                "hidden_params": {"litellm_model_name": "openai/one"},
            }
        }
        await self.limits.async_log_success_event(answered, None, None, None)
        self.assertIs(await self.limits.async_pre_call_check(limited, None), limited)
        answered["standard_logging_object"]["total_tokens"] = 1
        await self.limits.async_log_success_event(answered, None, None, None)
        with self.assertRaises(RouterRateLimitErrorBasic):
            await self.limits.async_pre_call_check(limited, None)

    async def test_a_deployment_without_limits_is_available(self) -> None:
        free = deployment()
        self.assertIs(await self.limits.async_pre_call_check(free, None), free)


if __name__ == "__main__":
    unittest.main()
