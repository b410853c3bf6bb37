"""What the audit log has of imports, however they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farthing.actions.imports.import_files import import_here
from farthing.actions.imports.report import FileReport
from farthing.actions.imports.wanted import Wanted
from tests.imports.test_formats import LITELLM
from tests.imports.test_import import lines, many, place, stored, take_one
from tests.installations import Installed


async def test_an_import_is_entered_in_the_audit_log(tmp_path: Path) -> None:
    file = lines(tmp_path, LITELLM)
    async with place(tmp_path, is_lasting=True) as made:
        await take_one(made, file)
        await take_one(made, file)
        await take_one(made, lines(tmp_path, LITELLM | {"prompt_tokens": "x", "metadata": {}}))  # no call
        entries = await imports_entered(made)
    assert {target for _, target, _ in entries} == {"rows.ndjson"}
    told = {"format": "litellm", "rows": 1, "stored": 1, "duplicates": 0, "refused": 0}
    assert [(action, after) for action, _, after in entries] == [
        ("calls.import_begun", {"format": "litellm"}),
        ("calls.imported", told),
        ("calls.import_begun", {"format": "litellm"}),
        ("calls.imported", told | {"stored": 0, "duplicates": 1}),
    ]


async def imports_entered(made: Installed) -> list[tuple[str, str, dict[str, Any]]]:
    entries = await made.parts.storage.audit_chain(made.membership.workspace.id, 0, 100)
    return [
        (each.action, each.target, each.after or {})
        for each in entries
        if each.action.startswith("calls.import")
    ]


async def test_what_is_stored_is_entered_however_an_import_ends(tmp_path: Path) -> None:
    first = lines(tmp_path, LITELLM | {"request_id": "first"}, name="first.ndjson")
    second = lines(tmp_path, *many(2_500))
    beginnings: list[int] = []

    def break_off(report: FileReport, share: float) -> None:  # noqa: ARG001 - as it is told
        if report.file.endswith("rows.ndjson"):
            beginnings.append(report.stored_count)
            raise RuntimeError

    async with place(tmp_path / "data", is_lasting=True) as made:
        with pytest.raises(RuntimeError):
            await import_here(made.parts, made.asker, Wanted(files=[first, second]), break_off)
        there = len(await stored(made))
        entries = await imports_entered(made)
        again = await take_one(made, second)
        after = await imports_entered(made)
    assert [(action, target) for action, target, _ in entries] == [
        ("calls.import_begun", "first.ndjson"),
        ("calls.imported", "first.ndjson"),
        ("calls.import_begun", "rows.ndjson"),
        ("calls.imported", "rows.ndjson"),
    ]
    assert entries[-1][2]["brokenOff"] is True
    assert sum(each["stored"] for _, _, each in entries if "stored" in each) == there > 1
    assert after[-1][2]["stored"] == again.stored_count == 2_501 - there
