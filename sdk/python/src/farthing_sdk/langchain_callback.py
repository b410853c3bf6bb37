"""LangChain: `model.invoke(..., config={"callbacks": [FarthingCallback()]})`, or given to the model itself.

Only models are reported. Chains and agents repeat what their models have used.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler

from farthing_sdk.active import reporter
from farthing_sdk.context import current_fields, within
from farthing_sdk.event import plain
from farthing_sdk.notes import note_failure, swallowed
from farthing_sdk.record import record
from farthing_sdk.wrapping.measure import error_code_of

if TYPE_CHECKING:
    from uuid import UUID

_PROVIDERS = {
    "azure_openai": "azure",
    "bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "google_genai": "google",
    "google_vertexai": "google",
    "mistralai": "mistral_ai",
    "xai": "x_ai",
}
_RUNS_MAX = 10_000
_MS = 1_000


class _Run:
    """A call that has begun."""

    def __init__(self, provider: str, model: str | None) -> None:
        self.provider, self.model = provider, model
        self.began_at, self.began = time.time(), time.perf_counter()
        self.first: float | None = None
        self.fields = current_fields()


class FarthingCallback(BaseCallbackHandler):
    """Reports each call of a model. One object may serve all of them, in any thread."""

    raise_error = False
    run_inline = True  # in the context of the caller, where `with context(...)` holds

    def __init__(self) -> None:
        self._runs: dict[UUID, _Run] = {}

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: UUID,
        metadata: Any = None,
        **kwargs: Any,
    ) -> None:
        """A chat model is called."""
        self._begin(run_id, metadata, kwargs)

    def on_llm_start(
        self,
        serialized: Any,
        prompts: Any,
        *,
        run_id: UUID,
        metadata: Any = None,
        **kwargs: Any,
    ) -> None:
        """A model of the older kind is called."""
        self._begin(run_id, metadata, kwargs)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A stream goes on."""
        run = self._runs.get(run_id)
        if run is not None and run.first is None:
            run.first = time.perf_counter()

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """The model has answered."""
        with swallowed("langchain"):
            run = self._runs.pop(run_id, None)
            if run is not None:
                _report(run, run_id, response)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """The model has failed."""
        with swallowed("langchain"):
            run = self._runs.pop(run_id, None)
            if run is not None:
                _tell(run, run_id, status="error", error_code=error_code_of(error))

    def _begin(self, run_id: UUID, metadata: Any, kwargs: dict[str, Any]) -> None:
        try:
            if not reporter().is_on or len(self._runs) >= _RUNS_MAX:
                return
            known = metadata or {}
            provider = str(known.get("ls_provider") or "unknown")
            asked = kwargs.get("invocation_params") or {}
            model = known.get("ls_model_name") or asked.get("model") or asked.get("model_name")
            self._runs[run_id] = _Run(_PROVIDERS.get(provider, provider), model)
        except Exception as error:  # noqa: BLE001 - it is the application's call that matters
            note_failure("langchain", error)


def _report(run: _Run, run_id: UUID, response: Any) -> None:
    messages = [
        message
        for generations in getattr(response, "generations", None) or ()
        for generation in generations
        if (message := getattr(generation, "message", None)) is not None
    ]
    output = getattr(response, "llm_output", None) or {}
    if not messages:
        usage = plain(output.get("token_usage"))
        _tell(run, run_id, model=output.get("model_name"), usage=usage)
        return
    told = getattr(messages[0], "response_metadata", None) or {}
    model = told.get("model_name") or told.get("model") or output.get("model_name")
    raw = plain(told.get("usage") or told.get("token_usage") or output.get("token_usage"))
    more: dict[str, Any] = {"response_id": told.get("id") or getattr(messages[0], "id", None)}
    if isinstance(told.get("service_tier"), str):
        more["service_tier"] = told["service_tier"]
    if raw and _is_whole(raw):
        _tell(run, run_id, model=model, usage=raw, usage_format=_format(raw, run.provider), **more)
    else:
        _tell(run, run_id, model=model, **_counts(messages), **more)


def _is_whole(raw: dict[str, Any]) -> bool:
    return any(name in raw for name in ("input_tokens", "prompt_tokens", "inputTokens", "prompt_token_count"))


def _format(raw: dict[str, Any], provider: str) -> str | None:
    """The name of the format where its shape alone could be another's."""
    if provider == "anthropic":
        return "anthropic_messages"
    if provider in {"openai", "azure"}:
        return "openai_chat" if "prompt_tokens" in raw else "openai_responses"
    return None


def _counts(messages: list[Any]) -> dict[str, Any]:
    """The counts in LangChain's own words, which are inclusive for every provider."""
    totals: dict[str, int] = {}
    for message in messages:
        usage = getattr(message, "usage_metadata", None) or {}
        inner = usage.get("input_token_details") or {}
        outer = usage.get("output_token_details") or {}
        short, long = (int(inner.get(f"ephemeral_{age}_input_tokens") or 0) for age in ("5m", "1h"))
        for name, count in (
            ("input_tokens", usage.get("input_tokens")),
            ("output_tokens", usage.get("output_tokens")),
            ("cached_input_tokens", inner.get("cache_read")),
            ("cache_write_tokens", short or inner.get("cache_creation")),
            ("cache_write_1h_tokens", long),
            ("audio_input_tokens", inner.get("audio")),
            ("audio_output_tokens", outer.get("audio")),
            ("reasoning_tokens", outer.get("reasoning")),
        ):
            totals[name] = totals.get(name, 0) + int(count or 0)
    return {name: count for name, count in totals.items() if count}


def _tell(run: _Run, run_id: UUID, *, model: Any = None, usage: Any = None, **more: Any) -> None:
    now, first = time.perf_counter(), run.first
    if first is not None:
        more.update(streamed=True, time_to_first_token_ms=round((first - run.began) * _MS))
    with within(run.fields):
        record(
            run.provider,
            str(model or run.model or "unknown"),
            usage=usage,
            requested_model=run.model,
            latency_ms=round((now - run.began) * _MS),
            external_request_id=run_id.hex,
            operation="langchain",
            occurred_at=run.began_at,
            **more,
        )
