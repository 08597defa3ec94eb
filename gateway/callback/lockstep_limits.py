"""Requests and tokens a minute, as a callback of LiteLLM 1.106.2: its own check, with another error.

LiteLLM's check, `enforce_model_rate_limits`, raises a RateLimitError with "Retry-After: 60". The router takes
that for a provider's: it waits the 60 seconds before each retry, and counts it towards a cool-down of a
deployment that is well. What is raised here is what the router's own pre-call check raises: the deployment is
not available, and the next one is called.
"""

from collections.abc import Callable
from typing import Any

from litellm.exceptions import RateLimitError
from litellm.integrations.custom_logger import CustomLogger
from litellm.router_utils.pre_call_checks.model_rate_limit_check import ModelRateLimitingCheck
from litellm.types.router import RouterRateLimitErrorBasic


class Limits(CustomLogger):
    def __init__(self, cache: Callable[[], Any]) -> None:
        super().__init__()
        self._cache = cache
        self._made: ModelRateLimitingCheck | None = None

    async def async_pre_call_check(self, deployment: dict[str, Any], parent_otel_span: Any) -> Any:
        try:
            return await self._check().async_pre_call_check(deployment, parent_otel_span)
        except RateLimitError:
            raise RouterRateLimitErrorBasic(model=deployment["model_name"]) from None

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        await self._check().async_log_success_event(kwargs, response_obj, start_time, end_time)

    def _check(self) -> ModelRateLimitingCheck:
        # The router is made after its callbacks.
        if self._made is None:
            self._made = ModelRateLimitingCheck(self._cache())
        return self._made


def router_cache() -> Any:
    """The router's own cache, which is shared through Redis where there is one."""
    from litellm.proxy.proxy_server import llm_router

    if llm_router is None:
        raise RuntimeError("There is no router.")
    return llm_router.cache


limits = Limits(router_cache)
