"""Write the reference pages of docs/ from the code they describe, so that they can't differ from it.

`make docs` writes; a test fails when a page is not what the code says. What needs explaining stands in the
descriptions of settings, measures and commands themselves, where the program shows it too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from farthing.api.otlp import PREFIXES, TRACES
from farthing.cli import app, failures
from farthing.intake.imports.registry import FORMATS as IMPORTED
from farthing.intake.imports.table import FIELDS
from farthing.intake.otlp.accounting import SENDERS
from farthing.intake.otlp.attributes import TABLE
from farthing.plan_settings import PlanSettings
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.measures import MEASURES
from farthing.rules.roles import ANYBODY, KEY, PERMISSIONS, PERSON, ROLE_NAMES, ROLES
from farthing.rules.usage_formats.format import Format
from farthing.rules.usage_formats.registry import FORMATS
from farthing.settings import Settings
from tools import imports_page, otlp_page
from tools.files import ROOT
from tools.routes import Route, every_route

NOTE: Final = "<!-- Written by `make docs` from the code; change it there. -->"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def page(title: str, opening: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTE, opening, *parts]) + "\n"


def settings() -> str:
    """Every setting with its variable, default and meaning, in the order of the class."""
    rows = [
        (f"`{name}`", f"`FARTHING_{name.upper()}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    of_plan = [(f"`{name}`", field.description or "") for name, field in PlanSettings.model_fields.items()]
    return page(
        "Settings",
        "A flag of `farthing serve` wins over the variable in the environment, that over the TOML file which "
        "`FARTHING_CONFIG` names. Names in the file are those of the first column.",
        table(("name", "variable", "default", "meaning"), rows),
        "## Plans",
        "What a table `[plans.NAME]` may hold ([plans](plans.md)). What it leaves out is without limit.",
        table(("name", "meaning"), of_plan),
    )


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "none"
    return f"`{value}`" if value != {} and str(value) else "empty"


def measures() -> str:
    """Every measure and dimension of the registries, in their order."""
    figures = [(f"`{m.name}`", m.label, m.kind, m.description) for m in MEASURES.values()]
    groups = [(f"`{d.name}`", f"`{d.wire}`", d.label) for d in DIMENSIONS.values()]
    return page(
        "Measures and dimensions",
        "What reports, pages and exports can show, and what they can group by and filter on.",
        "## Measures",
        table(("name", "label", "kind", "meaning"), figures),
        "## Dimensions",
        table(("name", "in URLs and JSON", "label"), groups),
    )


def usage() -> str:
    """Every format of raw usage objects, in the order in which they are tried."""
    rows = [(f"`{f.name}`", f.title, ", ".join(_needed(f)), f.source_url) for f in FORMATS.values()]
    return page(
        "Usage objects", _USAGE, table(("`usageFormat`", "answers of", "needs", "published at"), rows)
    )


_USAGE: Final = """\
A call says what it used in flat fields (`inputTokens`, `outputTokens` …), or by the object that its
provider answered with, as it is, in `usage`. The format is known by the object's shape; `usageFormat`
names it where you would rather not rely on that. An object of no known shape is refused with the names of
its fields.

```json
{"provider": "anthropic", "model": "claude-sonnet-4-5", "status": "success",
 "usage": {"input_tokens": 100, "output_tokens": 50, "cache_read_input_tokens": 900}}
```

Whatever the provider counts inside or on top of its totals, what is kept are disjoint units
(`usage.buckets` of the answer), with the format that was read as `accountingRule`. The service tier, the
batch flag and a cost of its own that an object names are taken over: the tier decides the price, the cost
is kept beside ours as reported, unless the call gives another in `reportedCostUsd`.

Flat fields beside an object have to agree with it; they may count inclusively or as the object does.
`webSearches` adds to objects that have no word for searches. Parts that exceed their total, and fields
that disagree, are refused with both numbers, or kept and flagged with `"onInconsistent": "flag"`."""


def otlp() -> str:
    """How to export to Farthing, and what each attribute and each sender is taken for."""
    rows = [(f"`{row.attribute}`", f"`{row.field}`", otlp_page.told(row.seen)) for row in TABLE]
    senders = [
        (
            f"`otel_{each.name}`",
            f"`{each.scope}…`",
            "all" if each.until is None else "below " + ".".join(map(str, each.until)),
            each.accounting,
            each.evidence,
        )
        for each in SENDERS
    ]
    own_words = table(("sender", "setting"), otlp_page.SENDERS)
    paths = ", ".join(f"`{prefix}{TRACES}`" for prefix in PREFIXES)
    return page(
        "OpenTelemetry",
        otlp_page.OPENING.replace("{paths}", paths).replace("{senders}", own_words),
        "## Who counts how",
        otlp_page.COUNTING,
        table(("rule", "scope", "versions", "input is", "evidence"), senders),
        "## Attributes",
        "In the order in which they are looked at: of several of one field the first with a usable value "
        "counts. Attributes that are not here are never looked at. *Run*: the sender of that version was "
        "run, and sent it. *Read*: its code has it. *Text*: its documentation or the convention says so.",
        table(("attribute", "field", "sent by"), rows),
    )


def imports() -> str:
    """What can be imported, and what becomes of each column of each format."""
    rows = [(f"[`{each.name}`](#{each.name})", each.title, each.identity) for each in IMPORTED.values()]
    parts = [table(("format", "what it is", "a row is known by"), rows)]
    for each in IMPORTED.values():
        known = [(f"`{column}`", becomes) for column, becomes in each.columns.items()]
        left = [(f"`{column}`", f"*left out:* {why}") for column, why in each.ignored.items()]
        parts += [f"### {each.name}", f"{each.title}. Known from {each.seen}."]
        parts.append(table(("column", "becomes"), _without_camels([*known, *left])))
    parts += [
        "### table",
        imports_page.TABLES.strip(),
        "Fields: " + ", ".join(f"`{name}`" for name in FIELDS) + ".",
    ]
    return page("Importing", imports_page.OPENING.strip(), *parts)


def _without_camels(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of two rows that say the same of two spellings of one column, the first."""
    spelled: dict[str, tuple[str, str]] = {}
    for column, becomes in rows:
        spelled.setdefault(column.replace("_", "").lower(), (column, becomes))
    return list(spelled.values())


def _needed(format_: Format) -> list[str]:
    groups = [(need,) if isinstance(need, str) else need for need in format_.needs]
    return [" or ".join(f"`{name}`" for name in names) for names in groups]


_CLI_FOR_PROGRAMS: Final = """\
`--json` prints one object or list on standard output and nothing else; `farthing send` prints one a line,
and `top --watch` one for each look. Only `serve`, `demo`, `completion` and the exports, which have a
`--format`, are without. Progress and what is logged go to standard error.

Colours and moving lines are for terminals. In a file or pipe there are none, and a row of a table is one
line; `NO_COLOR` switches colours off on terminals too. `FARTHING_EMAIL` and `FARTHING_WORKSPACE` stand for
`--email` and `--workspace`, `FARTHING_URL` (or `FARTHING_BASE_URL`) and `FARTHING_API_KEY` for `--server` and
`--api-key`."""


def cli() -> str:
    """The whole command line as its own help says it, and the exit codes."""
    return page(
        "Command line",
        app.generate_docs(heading_level=2).strip(),
        "## Exit codes",
        "A failure is told on standard error, in one line where one says it.",
        table(("code", "means"), [(str(code), told) for code, told in failures.MEANINGS.items()]),
        "## For programs",
        _CLI_FOR_PROGRAMS,
    )


def roles() -> str:
    """What each role may do, and what every route needs."""
    marks = [
        (f"`{name}`", what, *("yes" if name in ROLES[role] else "no" for role in ROLE_NAMES))
        for name, what in PERMISSIONS.items()
    ]
    routes = every_route()
    return page(
        "Roles",
        "One table says who may do what (`rules/roles.py`); every route states what it needs of it, and one "
        "that does not keeps the server from starting. A test walks every route as everybody there is.",
        table(("permission", "allows to", *ROLE_NAMES), marks),
        "At least one owner always remains. Whoever manages members does it among those who are no owners; "
        "owners are made and unmade by owners. A personal access token has the permissions among its scopes "
        "that its person's role has at that moment.",
        "## Routes",
        table(("route", "needs"), [_needs(each) for each in routes if not each.is_page]),
        "## Pages",
        table(("page", "needs"), [_needs(each) for each in routes if each.is_page]),
    )


def _needs(route: Route) -> tuple[str, str]:
    words = {ANYBODY: "nothing", PERSON: "to be signed in", KEY: "an API key"}
    needs = words.get(route.needs, f"`{route.needs}`")
    return f"`{route}`", f"{needs}, or an API key" if route.or_key else needs


PAGES: Final[dict[str, Callable[[], str]]] = {
    "cli.md": cli,
    "import.md": imports,
    "measures.md": measures,
    "otlp.md": otlp,
    "roles.md": roles,
    "settings.md": settings,
    "usage.md": usage,
}


def outdated(folder: Path) -> list[str]:
    """Names of the pages in `folder` that are missing or not what the code says."""
    return [
        name
        for name, write in PAGES.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != write()
    ]


def main() -> int:
    for name, write in PAGES.items():
        (ROOT / "docs" / name).write_text(write(), encoding="utf-8")
    print("Wrote", ", ".join(f"docs/{name}" for name in PAGES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
