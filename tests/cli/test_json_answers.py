"""What changes something says what it has changed, as JSON where that is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")
BOB: Final = "bob@example.com"
STDIN: Final = ("another long password\n", "https://example.com/hook\n")
STEPS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("key edit key_1 --name Web", {"id": "key_1", "name": "Web"}),
    ("key revoke key_1", {"id": "key_1", "state": "revoked"}),
    ("budgets add All --limit-usd 5 --period month", {"name": "All"}),
    ("budgets remove All", {"name": "All"}),
    ("channels add webhook Hook", {"kind": "webhook", "isEnabled": True}),
    ("channels remove Hook", {"name": "Hook"}),
    ("alerts rules add Loud", {"name": "Loud"}),
    ("alerts rules mute rul_1 --minutes 5", {"id": "rul_1", "name": "Loud"}),
    ("alerts rules mute rul_1 --off", {"mutedUntil": None}),
    ("alerts rules remove rul_1", {"id": "rul_1"}),
    ("alerts rules limit Dear 0.5", {"name": "Dear"}),
    ("alerts rules report", {}),
    ("alerts rules report --off", {"report": None}),
    ("retention hold --reason court", {"isOn": True, "reason": "court"}),
    ("retention hold --lift", {"isOn": False}),
    (f"member add {BOB} --role member --password-stdin", {"email": BOB, "role": "member"}),
    (f"member role {BOB} admin", {"email": BOB, "role": "admin"}),
    (f"member remove {BOB}", {"email": BOB}),
    ("workspace rename Ours", {"name": "Ours", "timezone": "UTC"}),
    ("workspace delete Ours", {"name": "Ours"}),
)
OF_ALL: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("workspace restore Ours", {"name": "Ours"}),
    ("workspace plan --workspace Ours --plan none", {"plan": None, "requestLimit": None}),
    ("secrets rotate", {}),
    ("compact", {}),
)
"""Those that are in nobody's name."""


def test_what_has_changed_is_told_as_json(terminal: Terminal, tmp_path: Path) -> None:
    where = ("--data", str(tmp_path))
    words = ("--workspace", "My company", "--password-stdin", *where)
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    for command, expected in STEPS + OF_ALL:
        name = ADA if (command, expected) in STEPS else ()
        code, out, error = terminal.type(
            *command.split(), *name, "--json", *where, stdin=STDIN[command.startswith("channels")]
        )
        assert code == 0, (command, error)
        told = json.loads(out)
        assert told | expected == told, (command, told)
