"""make, CI and the documents name the same commands."""

from __future__ import annotations

import re
import subprocess

from tools.files import ROOT, project_files

PROMISED = {
    *("setup", "run", "demo", "test", "check", "fix", "bench", "bench-smoke"),
    *("shots", "docs", "lock", "wheel", "help"),
}


def make_help() -> dict[str, str]:
    """Command to sentence, as `make help` prints them."""
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {found[1]: found[2] for found in re.finditer(r"^ +make ([a-z-]+) +(.+)$", printed, re.MULTILINE)}


def test_help_lists_every_command_with_a_sentence() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    listed = make_help()
    assert set(listed) == set(phony[1].split())
    assert set(listed) >= PROMISED
    assert [name for name, sentence in listed.items() if not re.fullmatch(r"[A-Z].{10,}\.", sentence)] == []


def test_the_documents_name_only_commands_that_exist() -> None:
    pages = [*project_files(ROOT, ".md"), ROOT / ".ci" / "run"]
    spoken = re.compile(r"(?:`|^|step \d+ )make ([a-z-]+)", re.MULTILINE)
    named = {found[1] for page in pages for found in spoken.finditer(page.read_text(encoding="utf-8"))}
    assert {"run", "test", "check", "bench-smoke"} <= named
    assert named <= set(make_help())


def test_ci_runs_what_the_readme_tells_people_to_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\nmake test\n" in readme
    assert re.search(r"^step \d+ make test$", script, re.MULTILINE)
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)
