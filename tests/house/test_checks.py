"""The project's own checks find the faults they are there for, and pass what is right."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import check_addresses, check_links, check_sizes
from tools.files import ROOT, project_files

Tree = Path


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty folder that git looks after."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('"resolved": "https://registry.' + "npm" + 'js.org/x/-/x-1.tgz"', "registry"),
        ("url = https://files." + "python" + "hosted.org/packages/x", "registry"),
        ('path = "/' + 'home/ada/farthing"', "machine path"),
        ("see /" + "work/notes.md", "machine path"),
        ("--index" + "-url somewhere", "index option"),
    ],
)
def test_an_address_is_found_with_its_line(tree: Tree, line: str, kind: str) -> None:
    (tree / "some.txt").write_text(f"fine\n{line}\n", encoding="utf-8")
    assert [fault.startswith(f"some.txt:2: {kind} ") for fault in check_addresses.faults(tree)] == [True]


@pytest.mark.parametrize(
    "line", ["GET /v1/root/items", "https://example.com/home/ada", "docs/home/x", "a homepage", "src/root/x"]
)
def test_what_only_resembles_an_address_passes(tree: Tree, line: str) -> None:
    (tree / "some.txt").write_text(line, encoding="utf-8")
    assert check_addresses.faults(tree) == []


def test_what_git_ignores_is_not_looked_at(tree: Tree) -> None:
    (tree / ".gitignore").write_text("built/\n", encoding="utf-8")
    (tree / "built").mkdir()
    (tree / "built" / "some.txt").write_text("/" + "root/x", encoding="utf-8")
    assert project_files(tree) == [tree / ".gitignore"]
    assert check_addresses.faults(tree) == []


def test_bytes_that_are_no_text_are_passed_over(tree: Tree) -> None:
    (tree / "font.woff2").write_bytes(b"\xff\xfe/root/x")
    assert check_addresses.faults(tree) == []


@pytest.mark.parametrize(("lines", "is_fault"), [(500, False), (501, True)])
def test_a_module_has_at_most_500_lines(tree: Tree, lines: int, is_fault: bool) -> None:  # noqa: FBT001
    (tree / "long.ts").write_text("x\n" * lines, encoding="utf-8")
    assert bool(check_sizes.faults(tree)) is is_fault


@pytest.mark.parametrize(("lines", "is_fault"), [(60, False), (61, True)])
def test_a_function_has_at_most_60_lines(tree: Tree, lines: int, is_fault: bool) -> None:  # noqa: FBT001
    body = "    x = 1\n" * (lines - 1)
    (tree / "long.py").write_text(f"class A:\n  async def f(self):\n{body}", encoding="utf-8")
    assert [f"f (line 2): {lines} lines" in fault for fault in check_sizes.faults(tree)] == [True] * is_fault


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("[x](gone.md)", "gone.md: no such file"),
        ("![x](gone.png)", "gone.png: no such file"),
        ("[x](there.md#second-part)", "there.md#second-part: no such heading"),
        ("[x](#nowhere)", "#nowhere: no such heading"),
        ("[x](there.md#a-part-of-it)", None),
        ("[x](there.md)", None),
        ("[x](https://example.com/gone)", None),
        ("`[x](gone.md)`", None),
        ("```\n[x](gone.md)\n```", None),
    ],
)
def test_a_dead_link_is_found(tree: Tree, link: str, wrong: str | None) -> None:
    (tree / "there.md").write_text("# There\n\n## A part, of it!\n", encoding="utf-8")
    (tree / "page.md").write_text(f"# Page\n\n{link}\n", encoding="utf-8")
    assert check_links.faults(tree) == ([f"page.md: {wrong}"] if wrong else [])


@pytest.mark.parametrize(("named", "is_fault"), [("gone", True), ("there", False)])
def test_a_page_that_code_names_must_exist(tree: Tree, named: str, is_fault: bool) -> None:  # noqa: FBT001
    page = f"docs/{named}.md"
    (tree / "docs").mkdir()
    (tree / "docs" / "there.md").write_text("# There\n", encoding="utf-8")
    (tree / "code.py").write_text(f'"""See {page}, and https://example.com/{page}."""\n', encoding="utf-8")
    assert check_links.faults(tree) == [f"code.py: {page}: no such page"] * is_fault


def test_the_decisions_page_lists_every_decision() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = {path.name for path in folder.glob("[0-9]*.md")}
    listed = set(check_links.targets((folder / "README.md").read_text(encoding="utf-8")))
    assert pages == listed
    assert len({name[:4] for name in pages}) == len(pages)


def test_git_ignores_no_source_file() -> None:
    """A line `build/` in .gitignore once hid the package `farthing.prices.build` from the repository."""
    seen = set(project_files(ROOT))
    folders = [ROOT / name for name in ("src", "tests", "bench", "tools")]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    assert len(sources) > 100
    assert [str(path.relative_to(ROOT)) for path in sources if path not in seen] == []
