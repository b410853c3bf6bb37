"""`farthing prices export` and `diff`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from farthing.prices import load_price_book
from farthing.rules.csv_cell import csv_cell
from farthing.rules.pricing import rate_usd_text
from tests.terminal import Terminal

SNAPSHOT: Final = files("farthing.prices") / "snapshot.json"


def changed_snapshot(folder: Path) -> Path:
    """A copy of the release's snapshot with one rate changed and one model left out."""
    content = json.loads(SNAPSHOT.read_bytes())
    kept: list[dict[str, Any]] = []
    for line in content["models"]:
        if (line["provider"], line["model"]) == ("openai", "gpt-4o"):
            continue
        if (line["provider"], line["model"]) == ("openai", "gpt-4o-mini"):
            line["prices"][0]["rates"]["input_uncached"] *= 2
        kept.append(line)
    path = folder / "other.json"
    path.write_text(json.dumps(content | {"models": kept}), encoding="utf-8")
    return path


def test_an_export_holds_every_rate_once(terminal: Terminal) -> None:
    code, out, _ = terminal.type("prices", "export", "--provider", "Open AI")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    told = {(row["priceId"], row["unit"]): row["rateUsd"] for row in rows if row["unit"]}
    expected = {
        (price.price_id, unit): rate_usd_text(unit, picousd)
        for entry in load_price_book().models
        if entry.provider == "openai"
        for price in entry.prices
        for unit, picousd in price.rates.items()
    }
    assert told == expected
    assert len(rows) >= len(expected)


def test_an_export_as_objects_has_the_same_rows(terminal: Terminal) -> None:
    lines = terminal.type("prices", "export", "--provider", "mistral", "--format", "ndjson")[1].splitlines()
    rows = list(csv.DictReader(io.StringIO(terminal.type("prices", "export", "--provider", "mistral")[1])))
    objects = [json.loads(line) for line in lines]
    assert [list(each) for each in objects] == [list(row) for row in rows]
    assert [each["rateUsd"] for each in objects] == [row["rateUsd"] for row in rows]


def test_an_export_as_json_is_one_object_with_the_same_rows(terminal: Terminal) -> None:
    lines = terminal.type("prices", "export", "--provider", "mistral", "--format", "ndjson")[1].splitlines()
    told = json.loads(terminal.type("prices", "export", "--provider", "mistral", "--json")[1])
    assert told["rates"] == [json.loads(line) for line in lines]
    assert told["version"]
    code, _, said = terminal.type("prices", "export", "--json", "--format", "ndjson")
    assert (code, "--json" in said) == (1, True)


def test_who_reads_only_the_first_line_ends_the_export_quietly() -> None:
    command = [sys.executable, "-m", "farthing", "prices", "export"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"provider,model,")
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_no_cell_is_a_formula() -> None:
    assert [csv_cell(text) for text in ("=1+1", "+1", "-1", "@a", "a=1", None, 0)] == [
        "'=1+1", "'+1", "'-1", "'@a", "a=1", "", "0",
    ]  # fmt: skip


def test_a_book_does_not_differ_from_itself(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "same.json"
    path.write_bytes(SNAPSHOT.read_bytes())
    code, out, _ = terminal.type("prices", "diff", str(path))
    assert code == 0
    assert "entries 0 added, 0 removed, 0 changed" in " ".join(out.split())


def test_a_changed_rate_and_a_model_that_would_go_are_told(terminal: Terminal, tmp_path: Path) -> None:
    path = changed_snapshot(tmp_path)
    told = json.loads(terminal.type("prices", "diff", str(path), "--json")[1])
    removed = [each for each in told["differences"] if each["kind"] == "removed"]
    assert {each["model"] for each in removed} == {"gpt-4o"}
    (changed,) = [each for each in told["differences"] if each["kind"] == "changed"]
    assert changed["changes"] == [
        {"unit": "input_uncached", "beforeUsd": "0.15", "afterUsd": "0.3", "rateUnit": "1M tokens"}
    ]
    out = terminal.type("prices", "diff", str(path))[1]
    assert "0 added, 5 removed, 1 changed" in " ".join(out.split())


def test_a_file_that_is_no_snapshot_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    path.write_text("{}", encoding="utf-8")
    code, _, error = terminal.type("prices", "diff", str(path))
    assert code == 1
    assert "is no snapshot of prices" in error
    assert terminal.type("prices", "diff", str(tmp_path / "absent.json"))[0] == 1
