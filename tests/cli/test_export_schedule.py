"""`farthing export schedule`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terminal import Terminal

ADA = ("--email", "ada@example.com")
SCHEDULE = ("export", "schedule")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A set-up installation that may put files into a folder."""
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("FARTHING_EXPORT_ROOT", str(tmp_path / "out"))
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def test_one_is_added_run_changed_and_removed(terminal: Terminal, data: str, tmp_path: Path) -> None:
    at = (*ADA, "--data", data)
    first = ("add", "nightly", "summary", "--folder", "finance", "--by", "model", "--filter", "dataMode=all")
    code, out, err = terminal.type(*SCHEDULE, *first, *at)
    assert (code, out) == (0, "exs_1 nightly: folder finance\n"), err
    code, out, err = terminal.type(*SCHEDULE, "run", "nightly", *at)
    assert code == 0, err
    (path,) = (tmp_path / "out").rglob("*.csv")
    assert out.startswith(path.relative_to(tmp_path / "out").as_posix())
    code, _, err = terminal.type(*SCHEDULE, "run", "nightly", "--day", "2999-01-01", *at)
    assert (code, "over" in err) == (1, True)
    changed = ("change", "exs_1", "--off", "--every", "weekly", "--name", "weekly")
    assert terminal.type(*SCHEDULE, *changed, *at)[0] == 0
    code, out, _ = terminal.type(*SCHEDULE, "list", "--json", *at)
    (told,) = json.loads(out)
    assert (told["name"], told["every"], told["state"], told["by"]) == ("weekly", "weekly", "off", ["model"])
    assert (told["runs"][0]["state"], told["filters"]["dataMode"]) == ("succeeded", ["all"])
    assert "folder finance" in terminal.type(*SCHEDULE, "list", *at)[1]
    assert terminal.type(*SCHEDULE, "remove", "weekly", *at)[1] == "weekly is removed\n"
    assert terminal.type(*SCHEDULE, "remove", "weekly", *at)[0] == 1


def test_a_bucket_is_given_with_its_secret_on_standard_input_and_what_is_wrong_is_named(
    terminal: Terminal, data: str
) -> None:
    at = (*ADA, "--data", data)
    bucket = ("--bucket", "costs", "--endpoint", "https://s3.invalid", "--region", "r", "--key-id", "AK")
    code, out, err = terminal.type(*SCHEDULE, "add", "lake", "requests", *bucket, *at, stdin="sesame\n")
    assert (code, "sesame" in out + err) == (0, False), err
    code, _, err = terminal.type(*SCHEDULE, "run", "lake", *at)
    assert (code, "s3.invalid is not found" in err) == (1, True)
    for flags, told in (
        ((), "must say where files go"),
        (("--folder", "x", "--bucket", "y"), "goes without the flags of a bucket"),
        (("--folder", "x", "--filter", "model"), "must be such as"),
        (("--folder", "x", "--filter", "no=1"), "filters.no"),
        (("--folder", "../x"), "destination.folder"),
        (("--folder", "x", "--timezone", "Mars/Olympus"), "timezone"),
    ):
        code, _, err = terminal.type(*SCHEDULE, "add", "other", "requests", *flags, *at)
        assert (code, told in err) == (1, True), (flags, err)
