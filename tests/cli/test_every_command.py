"""What holds of every command: JSON on demand, exit codes, colours only where somebody looks, completion."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cyclopts import App

from farthing.cli import app, failures
from tests.processes import COMMAND, SECONDS_MAX
from tests.terminal import Terminal

WITHOUT_JSON: Final = {
    "serve": "runs until it is stopped",
    "demo": "runs until it is stopped",
    "completion": "prints a script",
    "audit export": "has --format",
    "export requests": "has --format",
    "export summary": "has --format",
}
COLOUR: Final = re.compile(rb"\x1b\[[0-9;]*3[0-9]")


def commands(of: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, App]]:
    """Every command that does something, by its words."""
    for name in of:
        if name.startswith("-"):
            continue
        found = of[name]
        if found.default_command is None:
            yield from commands(found, (*path, name))
        else:
            yield " ".join((*path, name)), found


def test_every_command_prints_json_on_demand() -> None:
    without = {
        name
        for name, found in commands(app)
        if not any("--json" in argument.names for argument in found.assemble_argument_collection())
    }
    assert without == set(WITHOUT_JSON)


def test_completion_alone_lists_the_shells(terminal: Terminal) -> None:
    code, out, error = terminal.type("completion")
    assert (code, out, "bash, zsh or fish" in error) == (2, "", True)


def test_wrong_usage_ends_with_2_and_a_refusal_with_1(terminal: Terminal, tmp_path: Path) -> None:
    for words in (("nothing",), ("spend", "--nothing"), ("spend", "--email")):
        assert terminal.type(*words)[0] == failures.CANNOT_RUN == 2
    code, out, error = terminal.type("spend", "--email", "a@example.com", "--data", str(tmp_path))
    assert (code, out) == (failures.REFUSED, "")
    assert error.startswith("farthing: there is no installation")


def test_whoever_interrupts_a_command_sees_130(tmp_path: Path) -> None:
    pipe = tmp_path / "calls"
    os.mkfifo(pipe)
    words = (*COMMAND, "send", str(pipe), "--api-key", "x")
    with (
        subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process,
        pipe.open("wb"),  # which takes until the command has opened it, too, and reads
    ):
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=SECONDS_MAX)
    assert (process.returncode, error) == (failures.INTERRUPTED, "")


@pytest.mark.parametrize(("no_color", "is_coloured"), [("", True), ("1", False)])
def test_colours_are_for_terminals_whose_user_wants_them(
    terminal: Terminal, tmp_path: Path, no_color: str, *, is_coloured: bool
) -> None:
    words = ("doctor", "--data", str(tmp_path / "nowhere"))
    assert "\x1b" not in terminal.type(*words)[1]
    process, screen = pty.fork()
    if not process:
        environment = os.environ | {"NO_COLOR": no_color, "TERM": "xterm-256color"}
        os.execve(sys.executable, [*COMMAND, *words], environment)  # noqa: S606 - our own program
    written = b""
    while got := _read(screen):
        written += got
    os.close(screen)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == failures.REFUSED
    assert (COLOUR.search(written) is not None) == is_coloured


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 65_536)
    except OSError:  # how Linux says that the other side is gone
        return b""


COMPLETING: Final = """
source "$1"
COMP_WORDS=(farthing budg); COMP_CWORD=1; _farthing; echo "${COMPREPLY[*]}"
COMP_WORDS=(farthing spend --mod); COMP_CWORD=2; _farthing; echo "${COMPREPLY[*]}"
COMP_WORDS=(farthing key list --only ""); COMP_CWORD=4; _farthing; echo "${COMPREPLY[*]}"
"""


def test_bash_completes_commands_flags_and_choices(terminal: Terminal, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash on this machine")
    code, script, _ = terminal.type("completion", "bash")
    assert code == 0
    file = tmp_path / "farthing.bash"
    file.write_text(script)
    done = subprocess.run(
        ["bash", "-c", COMPLETING, "bash", str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["budgets", "--model", "live ended"]


@pytest.mark.parametrize(("shell", "begins"), [("zsh", "#compdef farthing"), ("fish", "# Fish completion")])
def test_other_shells_have_scripts_too(terminal: Terminal, shell: str, begins: str) -> None:
    code, script, _ = terminal.type("completion", shell)
    assert (code, script[: len(begins)]) == (0, begins)
    assert "prompt-version" in script
