"""Compares files and keys with the types of the LiteLLM that is installed. Reads JSON, writes a list as JSON."""

import inspect
import json
import sys
import typing
from pathlib import Path
from typing import Any

import litellm
from litellm.caching.caching import Cache
from litellm.integrations.s3_v2 import S3Logger
from litellm.proxy._types import ConfigGeneralSettings
from litellm.router import Router
from litellm.types.router import AllowedFailsPolicy, LiteLLM_Params, ModelInfo, RetryPolicy
from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

package = Path(litellm.__file__).parent
# Keys that LiteLLM reads without a type, and a file of it that does so.
UNTYPED = {
    "litellm_params": {
        "aws_region_name": "llms/bedrock/base_aws_llm.py",
        "max_parallel_requests": "router_utils/client_initalization_utils.py",
        "max_tokens": "constants.py",
        "order": "utils.py",
        "seed": "constants.py",
        "temperature": "constants.py",
        "weight": "router_strategy/simple_shuffle.py",
    },
    "model_info": {
        "allowed_fails_policy": "router_utils/cooldown_handlers.py",
        "cooldown_time": "router_utils/cooldown_handlers.py",
        "max_input_tokens": "router.py",
        "max_output_tokens": "utils.py",
        "mode": "utils.py",
    },
    "litellm_settings": {"cache_params": "proxy/proxy_server.py"},
    "cache_params": {"ssl": "caching/valkey_semantic_cache.py"},
}
# Ours.
OWN = {"model_info": {"lockstep"}}

router = typing.get_type_hints(Router.__init__)
module = {name: Any for name in dir(litellm)}


def hints(model: Any) -> dict[str, Any]:
    return {name: field.annotation for name, field in model.model_fields.items()}


def parameters(function: Any) -> dict[str, Any]:
    return {name: Any for name in inspect.signature(function).parameters}


KNOWN: dict[str, dict[str, Any]] = {
    "deployment": {"model_name": str, "litellm_params": dict, "model_info": dict},
    "litellm_params": hints(LiteLLM_Params),
    "model_info": hints(ModelInfo),
    "allowed_fails_policy": hints(AllowedFailsPolicy),
    "router_settings": router,
    "model_group_retry_policy": hints(RetryPolicy),
    "litellm_settings": module,
    "s3_callback_params": parameters(S3Logger.__init__),
    "cache_params": parameters(Cache.__init__),
    "general_settings": hints(ConfigGeneralSettings),
}


def is_known(section: str, key: str) -> bool:
    if key in KNOWN[section] or key in OWN.get(section, ()):
        return True
    file = UNTYPED.get(section, {}).get(key)
    if file is None:
        return False
    text = (package / file).read_text(encoding="utf-8")
    # As the key of a map, or as a parameter.
    return f'"{key}"' in text or f" {key}: " in text


def adapter_of(hint: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))
    except PydanticUserError:
        return TypeAdapter(hint)


def fits(section: str, key: str, value: Any) -> bool:
    # A reference is replaced as LiteLLM reads its file.
    if isinstance(value, str) and value.startswith("os.environ/"):
        return True
    try:
        if section == "general_settings":
            ConfigGeneralSettings.model_validate({key: value})
        hint = KNOWN[section].get(key, Any)
        # A map may stand for a model of it.
        adapter_of(hint).validate_python(value, strict=not isinstance(value, dict))
        return True
    except ValidationError:
        return False


def of(section: str, values: dict[str, Any]) -> list[str]:
    return [
        f"{section}.{key} is unknown" if not is_known(section, key) else f"{section}.{key} is of another type"
        for key, value in values.items()
        if not is_known(section, key) or not fits(section, key, value)
    ]


def sections(proxy: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    settings = proxy["litellm_settings"]
    deployments = proxy["model_list"]
    return [
        *(("deployment", one) for one in deployments),
        *(("litellm_params", one["litellm_params"]) for one in deployments),
        *(("model_info", one["model_info"]) for one in deployments),
        *(("allowed_fails_policy", one["model_info"].get("allowed_fails_policy", {})) for one in deployments),
        ("router_settings", proxy["router_settings"]),
        *(
            ("model_group_retry_policy", policy)
            for policy in proxy["router_settings"]["model_group_retry_policy"].values()
        ),
        ("litellm_settings", settings),
        ("s3_callback_params", settings.get("s3_callback_params", {})),
        ("cache_params", settings.get("cache_params", {})),
        ("general_settings", proxy["general_settings"]),
    ]


given = json.load(sys.stdin)
found = [
    *(
        f"{section}.{key} is unknown"
        for section, keys in given["keys"].items()
        for key in keys
        if not is_known(section, key)
    ),
    *(line for proxy in given["proxies"] for part in sections(proxy) for line in of(*part)),
]
print(json.dumps(found))
