"""The reference pages of docs/ say what the code says."""

from __future__ import annotations

from pathlib import Path

from tools import docs
from tools.files import ROOT


def test_the_reference_pages_are_what_make_docs_would_write() -> None:
    assert docs.outdated(ROOT / "docs") == []


def test_a_page_that_differs_from_the_code_is_found(tmp_path: Path) -> None:
    for name, write in docs.PAGES.items():
        (tmp_path / name).write_text(write(), encoding="utf-8")
    assert docs.outdated(tmp_path) == []
    (tmp_path / "settings.md").write_text(docs.settings().replace("8787", "8788"), encoding="utf-8")
    (tmp_path / "measures.md").unlink()
    assert docs.outdated(tmp_path) == ["measures.md", "settings.md"]


def test_everything_in_the_reference_has_a_description() -> None:
    pages = [write() for write in docs.PAGES.values()]
    rows = [line for text in pages for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 40
    assert [row for row in rows if row.rstrip().endswith("|  |")] == []
