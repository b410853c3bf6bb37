"""`farthing reprice` as a person at a terminal sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

import pytest

from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import NewOverride, add_override
from farthing.actions.prices.reprice import NewRepricing, preview_repricing
from farthing.assembly import build_parts, running
from farthing.cli.place import Place, member, work_with
from farthing.clock import SystemClock
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.ids import repricing_id_text
from farthing.settings import load_settings
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")
RATES: Final = {"input_uncached": "0.5", "output_visible": "2"}


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """Three calls without a price, one of them two years old, and then a price for them."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0

    async def fill() -> None:
        async with running(build_parts(load_settings(data=tmp_path), SystemClock())) as parts:
            cards = parts.prices.cards(1)
            for number in range(3):
                call = Call(
                    external_request_id=f"r{number}",
                    provider="inhouse",
                    model="llama-foo",
                    status="success",
                    input_tokens=1_000,
                    output_tokens=100,
                    created_at="2024-10-03T00:00:00Z" if number == 0 else None,
                )
                read = understand(call, Sender(1, 1, 1), parts.clock.now(), cards)
                assert isinstance(read, Understood)
                await parts.recorder.record([read.event])
            await add_override(
                parts,
                await member(parts, "ada@example.com", None),
                NewOverride(provider="inhouse", model="llama-foo", rates=RATES),
            )

    asyncio.run(fill())
    return str(tmp_path)


def test_previewed_applied_listed_and_reverted(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type("reprice", *ADA, "--preview", "--note", "our GPUs", "--data", data)
    assert code == 0
    assert "rep_1: 2 of 2 calls would change" in out
    assert "2024-10 (closed)" in out
    assert "1 calls of closed months would change by 0.000700000000 USD." in out
    assert "farthing reprice --apply rep_1" in out

    code, out, _ = terminal.type("reprice", *ADA, "--apply", "rep_1", "--data", data)
    assert (code, out.splitlines()[0]) == (
        0,
        "rep_1: 2 calls changed, from 0.000000000000 to 0.001400000000 USD",
    )
    again = terminal.type("reprice", *ADA, "--apply", "rep_1", "--data", data)
    assert (again[0], again[1]) == (0, out)

    code, out, _ = terminal.type("reprice", *ADA, "--data", data)
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["rep_1", "applied"]
    assert "our GPUs" in out

    code, out, _ = terminal.type("reprice", *ADA, "--revert", "rep_1", "--data", data)
    assert (code, out) == (0, "rep_1: 2 calls have back what they had\n")


def test_the_json_is_that_of_the_api(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type("reprice", *ADA, "--data", data, "--json")
    assert (code, json.loads(out)) == (0, [])
    code, out, _ = terminal.type("reprice", *ADA, "--preview", "--model", "nobody", "--data", data, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["state"], told["scope"]["model"]) == ("previewed", ["nobody"])
    assert told["preview"]["total"]["requests"] == 0


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--preview", "--apply", "rep_1"), "goes without --apply, --revert and --cancel"),
        (("--apply", "rep_9"), "there is no re-pricing rep_9"),
        (("--apply", "9"), "there is no re-pricing"),
        (("--preview", "--model", ""), "has an empty name"),
        (("--preview", "--from", "soon"), "is neither a date"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    terminal: Terminal, data: str, flags: tuple[str, ...], told: str
) -> None:
    code, out, errors = terminal.type("reprice", *ADA, *flags, "--data", data)
    assert (code, out) == (1, "")
    assert told in errors


def test_what_is_under_way_is_cancelled(terminal: Terminal, data: str) -> None:
    async def ask(parts: Parts) -> str:
        asker = await member(parts, "ada@example.com", None)
        repricing, _ = await preview_repricing(parts, asker, NewRepricing())
        return repricing_id_text(repricing.id)

    wire = work_with(Place(data=Path(data)), ask)
    code, out, _ = terminal.type("reprice", *ADA, "--cancel", wire, "--json", "--data", data)
    assert (code, json.loads(out)["state"]) == (0, "cancelled")
    code, _, error = terminal.type("reprice", *ADA, "--cancel", wire, "--data", data)
    assert code == 1
    assert "nothing is under way" in error
