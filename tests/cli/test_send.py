"""`farthing send`: into the database or to a server, with the API's own answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, cast

import httpx
import pytest

from farthing.api.ingest import IngestEndpoint
from farthing.assembly import served_alone
from farthing.cli.api_line import ApiLine, ServerUnreachableError
from farthing.cli.send_batches import post
from farthing.settings import load_settings
from farthing.storage.memory import MemoryStorage
from tests.installations import installed, price_book
from tests.processes import serving
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")
CALL: Final = (
    "--provider",
    "openai",
    "--model",
    "gpt-4o-mini",
    "--input-tokens",
    "120",
    "--output-tokens",
    "45",
)


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A set-up installation; its key stands in the environment."""
    words = ("--workspace", "My company", "--password-stdin", "--json", "--data", str(tmp_path))
    code, out, _ = terminal.type("init", *ADA, *words, stdin="a long password\n")
    assert code == 0
    monkeypatch.setenv("FARTHING_API_KEY", json.loads(out)["apiKey"])
    return str(tmp_path)


def stored(terminal: Terminal, data: str, *flags: str) -> list[dict[str, Any]]:
    listed = terminal.type("requests", *ADA, "--json", "--data", data, *flags)[1]
    items: list[dict[str, Any]] = json.loads(listed)["items"]
    return items


def test_a_call_of_flags_is_stored_and_its_receipt_printed(terminal: Terminal, data: str) -> None:
    named = ("--external-request-id", "r1", "--user-id", "ada", "--field", 'tags={"team":"search"}')
    code, out, error = terminal.type("send", *CALL, *named, "--data", data)
    assert (code, error) == (0, "")
    assert "0.000045 USD" in out
    assert "input_uncached" in out
    (call,) = stored(terminal, data, "--tag", "team:search")
    assert (call["userId"], call["status"]) == ("ada", "success")
    again = terminal.type("send", *CALL, *named, "--data", data)
    assert again[0] == 0
    assert "it was there already" in again[1]


def test_lines_of_standard_input_are_a_batch_whose_flags_hold_for_each(terminal: Terminal, data: str) -> None:
    good = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "status": "success",
        "inputTokens": 1,
        "outputTokens": 1,
    }
    lines = "\n".join(json.dumps(each) for each in (good, {**good, "model": "foo-9"}, {"provider": 7}))
    code, out, _ = terminal.type("send", "-", "--data-mode", "test", "--data", data, stdin=lines)
    assert code == 1  # one was refused; the others are stored all the same
    assert "2 stored, 0 were there, 1 refused" in out
    assert "unknown: no price" in out
    assert len(stored(terminal, data, "--data-mode", "test")) == 2


def test_as_json_the_answers_are_those_of_the_api(terminal: Terminal, data: str, tmp_path: Path) -> None:
    code, out, _ = terminal.type("send", *CALL, "--json", "--data", data)
    assert (code, json.loads(out)["receipt"]["totalUsd"]) == (0, "0.000045000000")
    file = tmp_path / "calls.json"
    file.write_text(json.dumps([{"model": "a"}, {"model": "b"}]))
    code, out, _ = terminal.type("send", str(file), "--json", "--data", data)
    assert (code, json.loads(out)["refused"]) == (1, 2)


def test_a_file_that_breaks_off_is_told_so_far_and_sent_again_is_stored_once(
    terminal: Terminal, data: str, tmp_path: Path
) -> None:
    file = tmp_path / "calls.json"
    good = {"provider": "openai", "model": "gpt-4o-mini", "status": "success", "inputTokens": 1}
    good |= {"outputTokens": 1}
    too_much = good | {"metadata": {"text": "x" * 20_000_000}}
    file.write_text(json.dumps([*[good] * 500, too_much, good]))
    code, out, error = terminal.type("send", str(file), "--data", data)
    assert code == 1
    assert "500 stored, 0 were there, 0 refused" in out
    assert "413" in error
    assert "500 calls are stored, of the first 500 of 502" in error
    file.write_text(json.dumps([good] * 502))
    code, out, error = terminal.type("send", str(file), "--data", data)
    assert (code, error) == (0, "")
    assert "0 stored, 500 were there, 0 refused" in out
    assert "2 stored, 0 were there, 0 refused" in out
    assert "\n502" in out
    for known in (1, 2):  # without a time, two of standard input are two
        assert terminal.type("send", "-", "--data", data, stdin=json.dumps(good))[0] == 0
        listed = terminal.type("requests", *ADA, "--json", "--data", data)[1]
        assert json.loads(listed)["total"]["requests"] == 502 + known


class LostLine(httpx.ASGITransport):
    """A way to the ingest that is gone after the first batch."""

    is_lost = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_lost:
            raise httpx.ConnectError("gone")
        self.is_lost = True
        return await super().handle_async_request(request)


async def test_what_was_answered_before_a_line_was_lost_is_told() -> None:
    call: dict[str, Any] = {"provider": "openai", "model": "gpt-4o-mini", "status": "success"}
    call |= {"inputTokens": 1, "outputTokens": 1}
    told: list[tuple[int, int]] = []
    async with installed(MemoryStorage(), price_book()) as made:
        transport = LostLine(app=cast("Any", IngestEndpoint(made.parts)))
        headers = {"X-API-Key": made.key, "Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://a", headers=headers) as client:
            with pytest.raises(ServerUnreachableError, match="500 calls are stored, of the first 500 of 600"):
                await post(
                    ApiLine(client), [call] * 600, lambda said, before: told.append((said.status, before))
                )
    assert told == [(200, 0)]


REFUSED: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    ((), "", "FILE: is needed"),
    (("--model", "a"), "", "400 validation_failed\n  provider: is required"),
    (("--model", "a", "--api-key", "fk_live_no"), "", "401 the X-API-Key header"),
    (("-",), "", "holds no call"),
    (("-",), "{", "is no JSON"),
    (("-",), "{}\n{", "line 2"),
    (("nowhere.json",), "", "can't be read"),
    (("--field", "x"), "", "NAME=VALUE"),
    (("--input-tokens", "1.5"), "", "whole number"),
    ((*CALL, "--server", "ftp://x"), "", "begins with http"),
)
"""Words, standard input, and what is said."""


def test_what_cannot_be_sent_is_refused_in_words(terminal: Terminal, data: str) -> None:
    for words, stdin, told_in_error in REFUSED:
        code, out, error = terminal.type("send", *words, "--data", data, stdin=stdin)
        assert (code, out, told_in_error in error) == (1, "", True), (words, error)


def test_without_a_key_nothing_is_sent(
    terminal: Terminal, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FARTHING_API_KEY")
    code, _, error = terminal.type("send", *CALL, "--data", data)
    assert (code, "farthing key create" in error) == (1, True)


def test_while_a_server_has_the_folder_calls_go_to_the_server(terminal: Terminal, data: str) -> None:
    with served_alone(load_settings(data=Path(data))):
        code, _, error = terminal.type("send", *CALL, "--data", data)
    assert (code, "another server works on the data folder" in error) == (2, True)
    with serving(Path(data)) as server:
        assert terminal.type("send", *CALL, "--server", server.url)[0] == 0
        assert terminal.type("send", "--model", "a", "--server", server.url)[0] == 1
        assert len(stored(terminal, data)) == 1
    code, _, error = terminal.type("send", *CALL, "--server", server.url)
    assert (code, "does not answer" in error) == (1, True)
