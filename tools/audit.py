"""Ask what is known of weaknesses in the packages that the locks pin: `make audit`.

Two services are asked, OSV for Python and npm's own for the pages, with nothing but names and versions. A
known weakness fails. No answer is not a pass: it is said in so many words, and fails with --strict only,
because CI must run on machines that reach neither.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tools.files import ROOT

LOCK = ROOT / "requirements" / "dev.txt"
SECONDS_MAX = 300


@dataclass(frozen=True)
class Finding:
    """What one service said. `count` is None when it did not answer; then `told` says why."""

    what: str
    count: int | None
    weaknesses: tuple[str, ...] = ()
    told: str = ""


def audit_python(*options: str) -> Finding:
    """Every pin of the development lock, which holds what users install too."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--no-deps"]
    done = _run([*command, "--vulnerability-service", "osv", "--format", "json", *options])
    report = _json(done.stdout)
    looked_at = [each for each in report.get("dependencies", ()) if "skip_reason" not in each]
    if not looked_at:
        return Finding("Python packages", None, told=_last_line(done.stderr))
    weak = [_weakness(each, found) for each in looked_at for found in each["vulns"]]
    return Finding("Python packages", len(looked_at), tuple(weak))


def _weakness(package: dict[str, Any], found: dict[str, Any]) -> str:
    mended = ", ".join(found["fix_versions"]) or "no release yet"
    return f"{package['name']} {package['version']}: {found['id']}, mended in {mended}"


def audit_npm(*options: str) -> Finding:
    """Every package of the pages' lock."""
    done = _run([sys.executable, "-m", "tools.npm", "audit", "--json", "--fetch-retries=0", *options])
    report = _json(done.stdout)
    if "metadata" not in report:
        return Finding("npm packages", None, told=str(report.get("message") or _last_line(done.stderr)))
    weak = [f"{name}: {found['severity']}" for name, found in report["vulnerabilities"].items()]
    return Finding("npm packages", report["metadata"]["dependencies"]["total"], tuple(weak))


def main(arguments: list[str]) -> int:
    """0: nothing known, or nobody answered; 1: a known weakness; 2: nobody answered, with --strict."""
    parser = argparse.ArgumentParser(prog="make audit", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--strict", action="store_true", help="fail when a service does not answer")
    parser.add_argument("--osv-url", help="another service that speaks OSV's query protocol")
    parser.add_argument("--registry", help="another npm registry")
    asked = parser.parse_args(arguments)
    findings = (
        audit_python(*(("--osv-url", asked.osv_url) if asked.osv_url else ())),
        audit_npm(*((f"--registry={asked.registry}",) if asked.registry else ())),
    )
    for finding in findings:
        print(_report(finding))
    if any(finding.weaknesses for finding in findings):
        return 1
    return 2 if asked.strict and any(finding.count is None for finding in findings) else 0


def _report(finding: Finding) -> str:
    if finding.count is None:
        return f"NOT AUDITED: {finding.what}, because the service did not answer: {finding.told}"
    lines = [f"{finding.what}: {finding.count} looked at, {len(finding.weaknesses)} known weaknesses"]
    return "\n  ".join([*lines, *finding.weaknesses])


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


def _json(text: str) -> dict[str, Any]:
    """The object that a tool printed; empty when it printed none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
