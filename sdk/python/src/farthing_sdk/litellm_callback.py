"""LiteLLM: `litellm.callbacks.append(handler)`.

In the settings of its proxy: `callbacks: farthing_sdk.litellm_callback.handler`. Streams of providers that
have to be asked for their usage need `stream_options={"include_usage": True}`, or LiteLLM estimates it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from litellm.integrations.custom_logger import CustomLogger

from farthing_sdk.active import reporter
from farthing_sdk.context import current_fields, within
from farthing_sdk.event import plain
from farthing_sdk.notes import swallowed
from farthing_sdk.record import record
from farthing_sdk.wrapping.measure import error_code_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROVIDERS = {
    "azure_ai": "azure",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "google",
    "vertex_ai": "google",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
}
_CALLS_MAX = 10_000
_MS = 1_000


class FarthingCallback(CustomLogger):
    """Reports each call that LiteLLM has made, whichever provider answered it.

    LiteLLM tells of a call from threads of its own, so whom it is for is noted when it begins.
    """

    def __init__(self) -> None:
        super().__init__()
        self._fields: dict[str, Mapping[str, Any]] = {}

    def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
        """A call begins."""
        with swallowed("litellm"):
            call_id = kwargs.get("litellm_call_id")
            if call_id and len(self._fields) < _CALLS_MAX:
                self._fields[call_id] = current_fields()

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """A call is over, a stream at its end. LiteLLM may tell of it twice; it has one id."""
        self._report(kwargs, response_obj, (start_time, end_time), is_error=False)

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """The same of an asynchronous one."""
        self._report(kwargs, response_obj, (start_time, end_time), is_error=False)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """A call has failed."""
        self._report(kwargs, response_obj, (start_time, end_time), is_error=True)

    async def async_log_failure_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """The same of an asynchronous one."""
        self._report(kwargs, response_obj, (start_time, end_time), is_error=True)

    def _report(self, kwargs: Any, answer: Any, times: tuple[Any, Any], *, is_error: bool) -> None:
        with swallowed("litellm"):
            if reporter().is_on:
                fields = self._fields.pop(kwargs.get("litellm_call_id"), None)
                with within(current_fields() if fields is None else fields):
                    _record(kwargs, answer, times, is_error=is_error)


def _record(kwargs: Any, answer: Any, times: tuple[Any, Any], *, is_error: bool) -> None:
    parameters = kwargs.get("litellm_params") or {}
    provider = str(kwargs.get("custom_llm_provider") or parameters.get("custom_llm_provider") or "unknown")
    answer = kwargs.get("complete_streaming_response") or answer
    error, call_id = kwargs.get("exception"), kwargs.get("litellm_call_id")
    record(
        _PROVIDERS.get(provider, provider),
        str(_of(answer, "model") or kwargs.get("model") or "unknown"),
        requested_model=kwargs.get("model"),
        status="error" if is_error else "cache_hit" if kwargs.get("cache_hit") else "success",
        error_code=error_code_of(error) if isinstance(error, BaseException) else None,
        latency_ms=_latency_ms(*times),
        streamed=True if kwargs.get("stream") else None,
        external_request_id=f"{call_id}:error" if is_error and call_id else call_id,
        response_id=_of(answer, "id"),
        operation=f"litellm.{kwargs.get('call_type') or 'completion'}",
        occurred_at=times[0] if isinstance(times[0], datetime) else None,
        **({} if is_error else _usage(plain(_of(answer, "usage")))),
    )


def _usage(usage: Any) -> dict[str, Any]:
    """LiteLLM spells the usage of every provider as OpenAI does.

    Where it says more than OpenAI's words hold, the lifetimes of cache writes, Anthropic's are used.
    """
    if not isinstance(usage, dict):
        return {}
    searches = (usage.get("server_tool_use") or {}).get("web_search_requests")
    details = usage.get("prompt_tokens_details") or {}
    split = details.get("cache_creation_token_details")
    if not split:
        named = "openai_chat" if "completion_tokens" in usage else None
        return {"usage": usage, "usage_format": named, "web_searches": searches}
    read, written = (int(usage.get(f"cache_{kind}_input_tokens") or 0) for kind in ("read", "creation"))
    told = {
        "input_tokens": int(usage["prompt_tokens"]) - read - written,
        "output_tokens": usage.get("completion_tokens", 0),
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {name: count for name, count in split.items() if count},
        "server_tool_use": usage.get("server_tool_use"),
        "service_tier": usage.get("service_tier"),
    }
    return {"usage": told, "usage_format": "anthropic_messages"}


def _of(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def _latency_ms(start: Any, end: Any) -> int | None:
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    return max(0, round((end - start).total_seconds() * _MS))


handler = FarthingCallback()
"""For the settings of LiteLLM's proxy, which name an object."""
