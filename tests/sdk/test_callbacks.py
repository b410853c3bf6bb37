"""LiteLLM and LangChain, which make their own clients: the same rows and cents by their callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

import farthing_sdk
from tests.sdk import stand_in as given
from tests.sdk.calls import CHAT, CLAUDE, GPT, Told
from tests.sdk.conftest import Tap
from tests.sdk.stand_in import CANARY, FAILS, StandIn
from tests.sdk.test_clients import OWN, by_hand, rows
from tests.wire.conftest import Wire

# Of a stream LangChain keeps what it has words for: no lifetimes of cache writes, no searches.
SHORT_NAMES = {"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"}
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the libraries' own
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # they keep their clients for the next call
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # the same
    pytest.mark.filterwarnings("ignore::UserWarning"),  # Pydantic, of LiteLLM's models
]
KEY = SecretStr("k")
_CHAT = Told("openai", GPT, given.CHAT_USAGE, "openai_chat")
_SHORT = {name: count for name, count in given.MESSAGE_USAGE.items() if name in SHORT_NAMES}
_MESSAGE = Told("anthropic", CLAUDE, given.MESSAGE_USAGE, "anthropic_messages")


async def litellm_chat(root: str, **more: Any) -> None:
    import litellm  # noqa: PLC0415 - it takes seconds

    asked = {"model": f"openai/{GPT}", "messages": CHAT, "api_key": "k", "api_base": f"{root}/openai/v1"}
    answer = litellm.completion(**asked, **more)
    if more:
        for _ in answer:
            pass


async def litellm_async(root: str) -> None:
    import litellm  # noqa: PLC0415 - it takes seconds

    await litellm.acompletion(model=f"openai/{GPT}", messages=CHAT, api_key="k", api_base=f"{root}/openai/v1")


async def litellm_anthropic(root: str) -> None:
    import litellm  # noqa: PLC0415 - it takes seconds

    litellm.completion(
        model=f"anthropic/{CLAUDE}", messages=CHAT, api_key="k", api_base=f"{root}/anthropic", max_tokens=10
    )


async def langchain_chat(root: str, *, is_stream: bool = False) -> None:
    from langchain_openai import ChatOpenAI  # noqa: PLC0415

    from farthing_sdk.langchain_callback import FarthingCallback  # noqa: PLC0415 - it takes seconds

    model = ChatOpenAI(
        model=GPT,
        api_key=KEY,
        base_url=f"{root}/openai/v1",
        callbacks=[FarthingCallback()],
        stream_usage=True,
    )
    if is_stream:
        assert "".join(str(part.content) for part in model.stream(CANARY)).count(CANARY) == 3
    else:
        assert model.invoke(CANARY).content == CANARY


async def langchain_async(root: str) -> None:
    from langchain_openai import ChatOpenAI  # noqa: PLC0415

    from farthing_sdk.langchain_callback import FarthingCallback  # noqa: PLC0415 - it takes seconds

    model = ChatOpenAI(model=GPT, api_key=KEY, base_url=f"{root}/openai/v1")
    await model.ainvoke(CANARY, config={"callbacks": [FarthingCallback()]})


async def langchain_anthropic(root: str, *, is_stream: bool = False) -> None:
    from langchain_anthropic import ChatAnthropic  # noqa: PLC0415

    from farthing_sdk.langchain_callback import FarthingCallback  # noqa: PLC0415 - it takes seconds

    model = ChatAnthropic(
        model_name=CLAUDE, timeout=None, stop=None, api_key=KEY, base_url=f"{root}/anthropic"
    )
    config: Any = {"callbacks": [FarthingCallback()]}
    if is_stream:
        for _ in model.stream(CANARY, config=config):
            pass
    else:
        model.invoke(CANARY, config=config)


CALLS: dict[str, tuple[Callable[[str], Awaitable[None]], Told]] = {
    "litellm_chat": (litellm_chat, _CHAT),
    "litellm_stream": (
        partial(litellm_chat, stream=True, stream_options={"include_usage": True}),
        _CHAT,
    ),
    "litellm_async": (litellm_async, _CHAT),
    "litellm_anthropic": (litellm_anthropic, _MESSAGE),
    "langchain_chat": (langchain_chat, _CHAT),
    "langchain_stream": (partial(langchain_chat, is_stream=True), _CHAT),
    "langchain_async": (langchain_async, _CHAT),
    "langchain_anthropic": (langchain_anthropic, _MESSAGE),
    "langchain_anthropic_stream": (
        partial(langchain_anthropic, is_stream=True),
        Told("anthropic", CLAUDE, _SHORT, "anthropic_messages"),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _litellm() -> Any:
    """LiteLLM reports to us, and asks nobody for its list of prices."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        import litellm  # noqa: PLC0415 - it takes seconds

        from farthing_sdk.litellm_callback import handler  # noqa: PLC0415

        litellm.callbacks.append(handler)
        yield
        litellm.callbacks.remove(handler)


async def row_of(wire: Wire, tag: str) -> dict[str, Any]:
    """The one row; LiteLLM reports from threads and tasks of its own, a little later."""
    found: list[dict[str, Any]] = []
    for _ in range(200):
        farthing_sdk.flush(10)
        found = rows(wire, tag)
        if found:
            break
        await asyncio.sleep(0.02)
    (row,) = found
    return row


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_a_callback_reports_costs_what_it_costs_by_hand(
    sdk: Wire, provider: StandIn, tap: Tap, name: str
) -> None:
    call, told = CALLS[name]
    with farthing_sdk.context(endpoint_tag=name, user_id="u_1"):
        await call(provider.root)
    row = await row_of(sdk, name)
    wanted = by_hand(sdk, told, name)
    differing = {"usage", "totalTokensSent", *OWN}
    assert {key: row[key] for key in wanted if key not in differing} == {
        key: value for key, value in wanted.items() if key not in differing
    }
    assert row["usage"]["buckets"] == wanted["usage"]["buckets"]
    assert farthing_sdk.stats().failed == {}
    assert CANARY not in tap.text


@pytest.mark.parametrize("call", [litellm_chat, langchain_chat])
async def test_a_call_that_fails_is_a_row_with_its_code(
    sdk: Wire, provider: StandIn, tap: Tap, call: Callable[[str], Awaitable[None]]
) -> None:
    tag = f"failing_{call.__name__}"
    with farthing_sdk.context(endpoint_tag=tag), pytest.raises(Exception, match="slow down"):
        await call(f"{provider.root}/{FAILS}")
    row = await row_of(sdk, tag)
    assert (row["status"], row["costUsd"]) == ("error", 0.0)
    assert row["errorCode"] in {"rate_limit_exceeded", "RateLimitError", "429"}
    assert CANARY not in tap.text
