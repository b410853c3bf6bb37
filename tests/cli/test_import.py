"""`farthing import`: what a person sees of it, here and on a server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from farthing.storage.sqlite import SqliteStorage
from tests.crash.rounds import set_up
from tests.imports.test_formats import LITELLM, OPENAI_USAGE
from tests.installations import EMAIL, installed, price_book
from tests.processes import serving
from tests.terminal import Terminal

ODD = LITELLM | {"request_id": "odd", "region_hint": "eu"}
BAD = LITELLM | {"request_id": "bad", "prompt_tokens": -1, "metadata": {}}


def set_up_here(data: Path) -> None:
    async def make() -> None:
        async with installed(SqliteStorage(data / "farthing.db"), price_book()):
            pass

    asyncio.run(make())


def lines(folder: Path, *rows: dict[str, Any]) -> str:
    path = folder / "logs.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


def test_a_person_sees_what_became_of_each_row(tmp_path: Path, terminal: Terminal) -> None:
    set_up_here(tmp_path)
    command = ("import", lines(tmp_path, LITELLM, ODD, BAD), "--email", EMAIL, "--data", str(tmp_path))
    code, weighed, err = terminal.type(*command, "--dry-run")
    assert (code, err) == (0, "")
    assert "LiteLLM spend logs, NDJSON, known by its columns" in weighed
    for said in ("calls    2  would be stored", "refused  1", 'region_hint  "eu"', "prompts are never kept"):
        assert said in weighed
    assert "line 3: inputTokens must be a whole number" in weighed
    assert "0.000075" in weighed
    (told,) = json.loads(terminal.type(*command, "--json")[1])["files"]
    assert (told["stored"], told["duplicates"], told["refused"]) == (2, 0, 1)
    assert told["unknownColumns"] == [{"column": "region_hint", "example": '"eu"'}]
    assert told["refusedRows"][0]["line"] == 3
    again = terminal.type(*command)[1]
    assert "stored      0" in again
    assert "duplicates  2  were there already" in again


def test_a_table_by_a_mapping_in_a_file_and_by_flags(tmp_path: Path, terminal: Terminal) -> None:
    set_up_here(tmp_path)
    file = tmp_path / "table.csv"
    file.write_text("ts,model name,in,out\n2026-02-20 10:00,gpt-4o-mini,120,45\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\noccurredAt = "ts"\nmodel = "model name"\n[values]\nprovider = "openai"\n')
    command = ("import", str(file), "--email", EMAIL, "--data", str(tmp_path), "--mapping", str(mapping))
    flags = ("--map", "input_tokens=in", "--map", "outputTokens=out", "--set", "endpointTag=old.tool")
    code, out, err = terminal.type(*command, *flags)
    assert (code, err) == (0, "")
    assert "a table, CSV, as it was said" in out
    code, out, err = terminal.type(*command)
    assert code == 1
    assert "inputTokens is required" in out
    assert "all of 1 rows that should be calls were refused; nothing was stored" in err


def test_columns_that_may_be_meant_for_fields_come_with_the_flag_that_takes_them(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up_here(tmp_path)
    monkeypatch.setenv("FARTHING_EMAIL", EMAIL)
    file = tmp_path / "table.csv"
    file.write_text(
        "occurredAt,provider,model,inputTokens,outputTokens,user,endpoint,latency,latencyMs\n"
        "2026-02-20 10:00,openai,gpt-4o-mini,120,45,ada,chat,1,1000\n"
    )
    code, out, err = terminal.type("import", str(file), "--data", str(tmp_path), "--dry-run")
    assert (code, err) == (0, "")
    assert "  --map userId=user\n  --map endpointTag=endpoint\n" in out
    assert "latencyMs=latency" not in out  # there is one


def test_refused_rows_of_a_run_are_kept_once_and_end_it_with_1(tmp_path: Path, terminal: Terminal) -> None:
    set_up_here(tmp_path)
    kept = tmp_path / "rejected.ndjson"
    command = ("import", lines(tmp_path, LITELLM, BAD), "--email", EMAIL, "--data", str(tmp_path))
    assert terminal.type(*command, "--rejected", str(kept), "--dry-run")[0] == 0
    code, out, err = terminal.type(*command, "--rejected", str(kept))
    assert (code, err, "stored      1" in out) == (1, "", True)
    assert len(kept.read_text().splitlines()) == 1


def test_what_cannot_be_is_told_in_a_line(tmp_path: Path, terminal: Terminal) -> None:
    set_up_here(tmp_path)
    file = lines(tmp_path, OPENAI_USAGE)
    place = ("--email", EMAIL, "--data", str(tmp_path))
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[colums]\na = 1\n")
    for arguments, said in (
        ((), "name at least one"),
        ((file, "--format", "xml"), "--format: must be one of"),
        ((file,), "--confirm stores them"),
        ((file, "--map", "model"), "no field=column"),
        ((file, "--map", "colour=x"), "colour is no field of a call, which has"),
        ((file, "--map", "colour=x", "--map", "hue=x"), "colour, hue are no fields of a call, which has"),
        ((file, "--mapping", str(wrong)), "[colums] is not"),
        ((str(tmp_path / "none.csv"),), "No such file"),
        ((file, "--server", "http://127.0.0.1:9"), "--api-key-stdin"),
    ):
        code, out, err = terminal.type("import", *arguments, *place)
        assert (code, out) == (1, ""), arguments
        assert said in err
    assert "--email: is needed" in terminal.type("import", file, "--data", str(tmp_path), "--confirm")[2]


def test_a_server_elsewhere_takes_the_same_calls(tmp_path: Path, terminal: Terminal) -> None:
    key = set_up(tmp_path)
    file = lines(tmp_path, LITELLM, ODD, BAD)
    with serving(tmp_path) as server:
        command = ("import", file, "--server", server.url, "--api-key-stdin")
        code, out, err = terminal.type(*command, "--json", stdin=f"{key}\n")
        assert (code, err) == (1, "")  # one was refused
        (told,) = json.loads(out)["files"]
        assert (told["stored"], told["duplicates"], told["refused"]) == (2, 0, 1)
        assert told["models"][0]["amountUsd"] == "0.000075000000"
        code, _, err = terminal.type(*command, stdin="fk_live_wrong\n")
        assert (code, "X-API-Key" in err) == (1, True)
    here = ("import", file, "--email", EMAIL, "--data", str(tmp_path), "--json")
    assert json.loads(terminal.type(*here)[1])["files"][0]["duplicates"] == 2
