"""`farthing prices import`, `update` and `versions`, over an installation, with the release's own book."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest

from farthing.clock import SystemClock
from farthing.prices import build, load_price_book
from farthing.prices.faults import RULES
from farthing.rules.instants import instant
from tests.terminal import Terminal
from tools.files import ROOT

SNAPSHOT: Final = files("farthing.prices") / "snapshot.json"
DATE: Final = json.loads(SNAPSHOT.read_bytes())["date"]
"""When the release's book was made."""
TODAY: Final = instant(SystemClock().now())[:10]
"""When the prices of these tests change: an earlier day would have to be confirmed."""
Change = Callable[[dict[tuple[str, str], dict[str, Any]]], object]


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> tuple[str, str]:
    """A set-up installation, as flags."""
    flags = ("--data", str(tmp_path / "data"))
    words = ("--email", "ada@example.com", "--workspace", "W", "--password-stdin")
    assert terminal.type("init", *words, *flags, stdin="a long password\n")[0] == 0
    return flags


def changed(folder: Path, change: Change) -> str:
    """A file with the release's book, changed by a function that gets the lines of models by their names."""
    content = json.loads(SNAPSHOT.read_bytes())
    lines = {(line["provider"], line["model"]): line for line in content["models"]}
    change(lines)
    path = folder / "new.json"
    path.write_text(json.dumps(content | {"models": list(lines.values())}), encoding="utf-8")
    return str(path)


def further(factor: int, model: str = "gpt-4o") -> Change:
    """The plain price of a model changes today."""

    def change(lines: dict[tuple[str, str], dict[str, Any]]) -> None:
        line = lines["openai", model]
        (plain,) = [each for each in line["prices"] if "tier" not in each]
        rates = {unit: rate * factor for unit, rate in plain["rates"].items()}
        line["prices"].append({"rates": rates, "start": TODAY})
        plain["end"] = TODAY

    return change


def doubled(lines: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Every rate of OpenAI is overwritten, and a model is gone."""
    for (provider, _), line in lines.items():
        for price in line.get("prices", ()) if provider == "openai" else ():
            price["rates"] = {unit: rate * 2 for unit, rate in price["rates"].items()}
    del lines["anthropic", "claude-sonnet-4-5"]


def held(terminal: Terminal, data: tuple[str, str]) -> list[str]:
    """All versions, the one that holds marked."""
    told = json.loads(terminal.type("prices", "versions", "--json", *data)[1])
    return [each["version"] + ("*" if each["holds"] else "") for each in told]


def test_an_export_imported_again_is_the_same_book(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "book.json"
    path.write_text(terminal.type("prices", "export", "--format", "snapshot")[1], encoding="utf-8")
    assert path.read_bytes() == SNAPSHOT.read_bytes()
    code, out, err = terminal.type("prices", "import", str(path), *data)
    assert (code, err) == (0, "")
    assert "says all of it already" in out
    assert held(terminal, data) == [load_price_book().version + "*"]

    path = Path(changed(tmp_path, further(2)))
    assert terminal.type("prices", "import", str(path), *data)[0] == 0
    assert terminal.type("prices", "export", "--format", "snapshot", *data)[1].encode() == path.read_bytes()


def test_a_part_of_a_book_is_no_snapshot(terminal: Terminal) -> None:
    code, out, err = terminal.type("prices", "export", "--format", "snapshot", "--provider", "openai")
    assert (code, out) == (1, "")
    assert "--provider: a snapshot holds all providers" in err


def test_an_imported_book_is_what_the_installation_asks_and_the_release_stays_what_it_was(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    path = changed(tmp_path, further(2))
    code, out, err = terminal.type("prices", "import", path, *data)
    assert (code, err) == (0, "")
    assert "holds from now on" in out
    assert "1 added, 0 removed, 1 changed" in " ".join(out.split())
    for words in (("list", "--provider", "openai"), ("history", "openai", "gpt-4o"), ("check",)):
        own, release = [
            json.loads(terminal.type("prices", *words, "--json", *flags)[1])["priceBookVersion"]
            for flags in (data, ())
        ]
        assert (own != release, release) == (True, load_price_book().version)
    shown = json.loads(terminal.type("prices", "show", "openai", "gpt-4o", "--json", *data)[1])
    assert shown["entries"][0]["priceId"] == f"openai/gpt-4o@{TODAY}"
    assert shown["entries"][0]["rates"][0]["rateUsd"] == "5"
    assert f"openai/gpt-4o@{TODAY}" in terminal.type("prices", "export", "--provider", "openai", *data)[1]
    assert f"openai/gpt-4o@{TODAY}" not in terminal.type("prices", "export", "--provider", "openai")[1]


def test_versions_tell_who_imported_what(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    terminal.type("prices", "import", changed(tmp_path, further(2)), *data)
    release, imported = json.loads(terminal.type("prices", "versions", "--json", *data)[1])
    assert (release["isRelease"], release["holds"], release["importedBy"]) == (True, False, None)
    assert (imported["isRelease"], imported["holds"], imported["importedBy"]) == (False, True, "ada")
    assert (imported["source"], imported["modelCount"]) == ("new.json", release["modelCount"])
    assert imported["changes"] == {"added": 1, "removed": 0, "changed": 1}
    out = terminal.type("prices", "versions", *data)[1]
    assert "this release" in out
    assert "+1 -0 ~1" in out
    assert "new.json" in out


def test_a_refusal_names_the_first_fifty_rows_and_counts_the_rest_and_changes_nothing(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    path = changed(tmp_path, doubled)
    code, out, err = terminal.type("prices", "import", path, "--confirm", *data)
    told = json.loads(terminal.type("prices", "import", path, "--json", *data)[1])
    assert code == 1
    assert err == f"farthing: book: {len(told['refused']):,} rows break a rule; nothing was changed\n"
    assert len(told["refused"]) > 100
    assert out.count(" - model_missing") == 1
    text = " ".join(out.split())
    assert text.count(" against ") == 50
    assert f"and {len(told['refused']) - 50:,} more; --json has all" in text
    assert RULES["entry_changed"] in text
    row = next(each for each in told["refused"] if each["priceId"] == "openai/gpt-4o")
    assert {name: row[name] for name in ("provider", "model", "unit", "given", "limit", "rule")} == {
        "provider": "openai",
        "model": "gpt-4o",
        "unit": "input_uncached",
        "given": "5",
        "limit": "2.5",
        "rule": "entry_changed",
    }
    assert held(terminal, data) == [load_price_book().version + "*"]


def test_rates_that_are_no_pico_dollars_are_all_named(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    def split(lines: dict[tuple[str, str], dict[str, Any]]) -> None:
        for model in ("gpt-4o", "gpt-4o-mini"):
            lines["openai", model]["prices"][0]["rates"]["input_uncached"] = 0.5

    code, out, err = terminal.type("prices", "import", changed(tmp_path, split), *data)
    assert code == 1
    assert "openai/gpt-4o input_uncached 0.5 (pico-dollars) - rate_not_whole" in out
    assert "openai/gpt-4o-mini input_uncached 0.5" in out
    assert "2 rows" in err


def test_a_big_change_has_to_be_confirmed(terminal: Terminal, data: tuple[str, str], tmp_path: Path) -> None:
    path = changed(tmp_path, further(4))
    code, out, err = terminal.type("prices", "import", path, *data)
    assert code == 1
    assert f"openai/gpt-4o@{TODAY} input_uncached 10 against 2.5 (1M tokens)" in out
    assert "farthing: --confirm: 4 rows need a look first" in err
    assert len(held(terminal, data)) == 1
    assert terminal.type("prices", "import", path, "--confirm", *data)[0] == 0
    assert len(held(terminal, data)) == 2


def test_a_check_says_the_same_and_changes_nothing(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    for change, expected in ((further(2), 0), (further(4), 1), (doubled, 1)):
        path = changed(tmp_path, change)
        checked, told, _ = terminal.type("prices", "import", path, "--check", *data)
        assert (checked, "would hold" in told) == (expected, expected == 0)
    assert held(terminal, data) == [load_price_book().version + "*"]


def test_a_book_of_another_day_is_refused(terminal: Terminal, data: tuple[str, str], tmp_path: Path) -> None:
    for day, told in (("2026-11-23", "the later one holds"), ("2999-01-01", "has not come yet")):
        path = tmp_path / "dated.json"
        path.write_bytes(SNAPSHOT.read_bytes().replace(f'"{DATE}"'.encode(), f'"{day}"'.encode(), 1))
        code, _, err = terminal.type("prices", "import", str(path), *data)
        assert code == 1
        assert told in err


def test_a_file_that_is_no_snapshot_is_refused(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "book.csv"
    path.write_text(terminal.type("prices", "export", "--provider", "cohere")[1], encoding="utf-8")
    code, _, err = terminal.type("prices", "import", str(path), *data)
    assert code == 1
    assert "book.csv is no snapshot of prices" in err
    assert terminal.type("prices", "import", str(tmp_path / "absent"), *data)[0] == 1


def test_an_update_from_the_packages_that_the_book_is_made_of_says_nothing_new(
    terminal: Terminal, data: tuple[str, str]
) -> None:
    code, out, err = terminal.type("prices", "update", *data)
    assert (code, err) == (0, "")
    assert "says all of it already" in out
    assert len(held(terminal, data)) == 1


def test_an_update_carries_an_imported_book_on(
    terminal: Terminal, data: tuple[str, str], tmp_path: Path
) -> None:
    terminal.type("prices", "import", changed(tmp_path, further(2)), *data)
    told = json.loads(terminal.type("prices", "update", "--json", *data)[1])
    assert (told["isStored"], told["changes"]) == (True, {"added": 1, "removed": 0, "changed": 1})
    steps = json.loads(terminal.type("prices", "history", "openai", "gpt-4o", "--json", *data)[1])["steps"]
    plain = [each["entry"] for each in steps if not each["entry"]["conditions"]]
    assert [each["rates"][0]["rateUsd"] for each in plain] == ["2.5", "5", "2.5"]
    assert [each["end"] for each in plain[:-1]] == [each["start"] for each in plain[1:]]


def test_an_update_without_the_packages_says_how_to_get_them(
    terminal: Terminal, data: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(build._PACKAGES, "model-prices", "no_such_module")
    code, out, err = terminal.type("prices", "update", *data)
    assert (code, out) == (1, "")
    assert err.startswith("farthing: model-prices is not installed beside Farthing; `pip install")


def test_the_page_about_prices_lists_every_rule() -> None:
    page = (ROOT / "docs" / "prices.md").read_text(encoding="utf-8")
    assert [line for name, asks in RULES.items() if (line := f"| `{name}` | {asks} |") not in page] == []
