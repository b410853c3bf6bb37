"""What the Python SDK adds to a call: `python -m tools.measure_sdk`.

Against a method that answers at once, where nothing hides behind the provider's time, and against a client
that asks a stand-in on loopback, as a ratio to the same calls without the SDK: with a server that takes
events, and with none at the address.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import statistics
import time
from collections.abc import Callable, Iterator

import openai
from openai.types.chat import ChatCompletion

import farthing_sdk
from farthing_sdk import active
from farthing_sdk.wrapping.methods import measure
from farthing_sdk.wrapping.openai_client import operations
from tests.sdk.scripted import scripted_server
from tests.sdk.stand_in import CHAT_USAGE, chat_answer, standing_in

BARE_CALLS, REAL_CALLS, ROUNDS = 2_000, 60, 5


class Completions:
    """Answers at once."""

    def __init__(self) -> None:
        self.answer = ChatCompletion.model_validate(chat_answer("gpt-4o-mini", CHAT_USAGE))

    def create(self, **_: object) -> ChatCompletion:
        return self.answer


def seconds_per_call(call: Callable[[], object], count: int) -> float:
    """The median of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter() - begun) / count)
        farthing_sdk.flush(2)
    return statistics.median(rounds)


@contextlib.contextmanager
def addresses() -> Iterator[dict[str, str | None]]:
    """Where to send to: nowhere, to a server, to an address at which nobody answers."""
    with scripted_server() as server, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        yield {"off": None, "server up": server.url, "server down": nobody}


def configured(url: str | None) -> None:
    if url is None:
        farthing_sdk.configure(is_enabled=False)
    else:
        farthing_sdk.configure(api_key="k", base_url=url, exit_seconds=0.1, queue_events_max=100_000)


def bare(url: str | None) -> float:
    configured(url)
    completions = Completions()
    if url is not None:
        measure(completions, "create", operations("openai")["chat.completions"]["create"])
    with farthing_sdk.context(endpoint_tag="measured", user_id="u"):
        return seconds_per_call(lambda: completions.create(model="gpt-4o-mini"), BARE_CALLS)


def real(url: str | None, root: str) -> float:
    configured(url)
    with openai.OpenAI(api_key="k", base_url=f"{root}/openai/v1", max_retries=0) as client:
        if url is not None:
            farthing_sdk.wrap(client)
        completions = client.chat.completions
        return seconds_per_call(
            lambda: completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "x"}]),
            REAL_CALLS,
        )


def main() -> None:
    logging.getLogger("farthing_sdk").setLevel(logging.ERROR)
    with addresses() as urls, standing_in() as provider:
        without = bare(None)
        for name, url in list(urls.items())[1:]:
            print(f"{name}: {(bare(url) - without) * 1e6:.1f} µs added to a call")
        plain = real(None, provider.root)
        print(f"off: {plain * 1e3:.2f} ms a call over loopback")
        for name, url in list(urls.items())[1:]:
            print(f"{name}: {real(url, provider.root) / plain:.3f} times that")
    farthing_sdk.close(0.1)
    active._reporter = None


if __name__ == "__main__":
    main()
