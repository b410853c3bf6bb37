"""`farthing doctor`: what it finds in good and in broken installations, and its exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from farthing.assembly import served_alone
from farthing.cli.examine_machine import clock, examine_backups
from farthing.cli.examine_parts import examine_parts
from farthing.clock import SystemClock
from farthing.rules.periods import HOUR_MS
from farthing.settings import load_settings
from farthing.storage.contract import Condition
from farthing.storage.memory import MemoryStorage
from tests.installations import StandingClock, installed, price_book
from tests.processes import lasting_port, serving
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set-up installation that nobody else may read; its key stands in the environment."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    words = ("--workspace", "My company", "--password-stdin", "--json", "--data", str(folder))
    code, out, _ = terminal.type("init", *ADA, *words, stdin="a long password\n")
    assert code == 0
    monkeypatch.setenv("FARTHING_API_KEY", json.loads(out)["apiKey"])
    return folder


def examined(terminal: Terminal, data: Path, *flags: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what was found by the name of the check."""
    code, out, error = terminal.type("doctor", "--json", "--data", str(data), *flags)
    assert error == ""
    told = json.loads(out)
    assert told["ok"] == (code == 0)
    return code, {each["check"]: each for each in told["checks"]}


def test_a_sound_installation_is_well_and_keeps_nothing_of_the_trial(terminal: Terminal, data: Path) -> None:
    code, found = examined(terminal, data)
    assert code == 0
    assert {name for name, each in found.items() if each["state"] == "ok"} == {
        *("folder", "disk", "clock", "date", "rights", "database", "schema", "prices", "mail", "ingest"),
    }
    assert found["channels"]["mend"].startswith("`farthing channels add`")
    assert "and voided" in found["ingest"]["told"]
    listed = terminal.type("requests", *ADA, "--json", "--data-mode", "all", "--data", str(data))[1]
    assert json.loads(listed)["total"]["requests"] == 0
    data.chmod(0o755)
    assert examined(terminal, data)[1]["rights"]["state"] == "ok"  # we make the file for its owner alone
    (data / "farthing.db").chmod(0o644)
    out = terminal.type("doctor", "--data", str(data))[1]
    assert f"! rights    others may read {data / 'farthing.db'}" in out
    assert f"\u2192 chmod 700 {data}" in out
    assert out.splitlines()[-1] == "Well, with 2 to look at."


def test_damage_is_found(terminal: Terminal, data: Path) -> None:
    file = data / "farthing.db"
    content = bytearray(file.read_bytes())
    content[-4096:] = b"\xff" * 4096
    file.write_bytes(content)
    code, found = examined(terminal, data)
    assert (code, found["database"]["state"]) == (1, "failed")


def test_a_folder_without_an_installation_is_told(terminal: Terminal, tmp_path: Path) -> None:
    code, found = examined(terminal, tmp_path / "nowhere")
    assert (code, found["folder"]["state"], found["database"]["state"]) == (1, "failed", "failed")
    assert "farthing init" in found["database"]["mend"]
    assert not (tmp_path / "nowhere").exists()


def test_secrets_that_others_may_read_and_a_mail_server_that_is_not_there_are_wrong(
    terminal: Terminal, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = data / "farthing.toml"
    config.write_text(
        'mail_from = "f@example.com"\npublic_url = "https://f.example.com"\n'
        f'smtp_url = "smtp://127.0.0.1:{lasting_port()}"\n'
    )
    monkeypatch.setenv("FARTHING_CONFIG", str(config))
    config.chmod(0o644)
    code, found = examined(terminal, data)
    assert (code, found["secrets"]["mend"], found["mail"]["state"]) == (1, f"chmod 600 {config}", "failed")
    config.chmod(0o600)
    assert examined(terminal, data)[1]["secrets"]["state"] == "ok"


def test_a_running_server_is_asked_to_store_a_call(
    terminal: Terminal, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(data) as server:
        code, found = examined(terminal, data, "--server", server.url)
        assert (code, found["server"]["state"], found["ready"]["state"]) == (0, "ok", "ok")
        assert "and voided" in found["ingest"]["told"]
        monkeypatch.setenv("FARTHING_API_KEY", "fk_live_no")
        code, found = examined(terminal, data, "--server", server.url)
        assert (code, found["ingest"]["told"][:14]) == (1, "it answers 401")
    code, found = examined(terminal, data, "--server", server.url)
    assert (code, "does not answer" in found["server"]["told"]) == (1, True)


def test_backups_are_asked_for_their_age(terminal: Terminal, data: Path, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    code, found = examined(terminal, data, "--backups", str(place))
    assert (code, found["backups"]["state"]) == (1, "failed")
    assert terminal.type("backup", "make", "--to", str(place), "--data", str(data))[0] == 0
    code, found = examined(terminal, data, "--backups", str(place))
    assert (code, found["backups"]["told"]) == (0, "1, the newest 0 hours old")
    two_days_on = SystemClock().now() + 49 * HOUR_MS
    assert examine_backups(str(place), two_days_on).state == "warning"


class DatedStorage(MemoryStorage):
    """A database with a clock of its own, which all parts go by."""

    async def condition(self) -> Condition:
        return replace(await super().condition(), now=StandingClock().now())


async def test_the_clock_of_the_machine_is_held_against_that_of_the_database() -> None:
    machine = StandingClock()
    machine.forward(90_000)
    async with installed(DatedStorage(), price_book()) as made:
        found = {each.check: each async for each in examine_parts(made.parts, machine, may_write=False)}
    assert found["database clock"].state == "failed"
    assert found["database clock"].told == "90.0 s ahead of the database's clock"


def test_beside_a_server_nothing_is_written_to_its_folder(terminal: Terminal, data: Path) -> None:
    with served_alone(load_settings(data=data)):
        code, found = examined(terminal, data)
    assert (code, found["ingest"]["state"]) == (0, "warning")
    assert "--server URL" in found["ingest"]["mend"]
    assert "--server" in found["ingest"]["mend"]


@pytest.mark.parametrize(
    ("off_ms", "state"), [(0, "ok"), (2_000, "ok"), (-2_001, "warning"), (60_001, "failed")]
)
def test_a_clock_that_is_off_is_told_by_how_far(off_ms: int, state: str) -> None:
    assert clock("clock", 1_000_000 + off_ms, 1_000_000, "theirs").state == state
