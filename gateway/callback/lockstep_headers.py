"""Response headers, as a callback of LiteLLM 1.106.2: a client sees those that are named here, and no others.

LiteLLM answers with the provider's address and headers, its own version, the spend of the key and the parts
of the price. It has no setting for that, and its hook can only add headers. So this wraps the whole
application, as LiteLLM loads it: answers, streams, errors and what middleware says. See docs/gateway.md.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

ALLOWED = frozenset(
    {
        # HTTP's own.
        b"allow",
        b"cache-control",
        b"content-disposition",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"location",
        b"retry-after",
        b"transfer-encoding",
        b"vary",
        b"www-authenticate",
        # Browsers'.
        b"access-control-allow-credentials",
        b"access-control-allow-headers",
        b"access-control-allow-methods",
        b"access-control-allow-origin",
        b"access-control-expose-headers",
        b"access-control-max-age",
        b"content-security-policy",
        b"x-content-type-options",
        b"x-frame-options",
        # By which a client names a request when it asks about it.
        b"x-litellm-call-id",
        # Which deployment answered, what it cost, and what was tried before: teams and measurements read them.
        b"x-litellm-model-id",
        b"x-litellm-response-cost",
        b"x-litellm-attempted-retries",
        b"x-litellm-attempted-fallbacks",
    }
)
PREFIX = b"x-lockstep-"


def is_allowed(name: bytes) -> bool:
    return name.lower() in ALLOWED or name.lower().startswith(PREFIX)


class HeaderFilter:
    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def filtered(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
                headers = [pair for pair in message.get("headers") or () if is_allowed(pair[0])]
                message = {**message, "headers": headers}
            await send(message)

        await self._application(scope, receive, filtered)


def install(application: Any) -> None:
    """Starlette makes the stack when it begins to start, before LiteLLM reads its file."""
    stack = getattr(application, "middleware_stack", None)
    if stack is None:
        raise RuntimeError("The application has no middleware stack: response headers cannot be filtered.")
    if not isinstance(stack, HeaderFilter):
        application.middleware_stack = HeaderFilter(stack)


def __getattr__(name: str) -> CustomLogger:
    """`headers`, of which LiteLLM asks nothing more: that it is loaded installs the filter."""
    if name != "headers":
        raise AttributeError(name)
    from litellm.proxy.proxy_server import app

    install(app)
    return CustomLogger()
