"""The one group of flags that says which calls a command is about."""

from __future__ import annotations

from cyclopts import App

from farthing.actions.reads.read_query import COMMON_PARAMETERS, Accepted, read_query
from farthing.cli.filter_options import ALL_CALLS, Calls
from tests.installations import NOW


def parsed(*flags: str) -> Calls:
    app = App(result_action="return_value")

    @app.default
    def command(*, calls: Calls = ALL_CALLS) -> Calls:
        return calls

    found = app(list(flags), exit_on_error=False)
    assert isinstance(found, Calls)
    return found


def test_there_is_a_flag_for_every_parameter_of_a_read() -> None:
    named = (
        *("range", "from", "to", "timezone", "data-mode", "environment", "provider", "model", "endpoint-tag"),
        *("prompt-version", "user-id", "tenant-id", "feature-tag", "api-key", "status", "pricing-status"),
        *("error-code", "tag"),
    )
    flags = [flag for name in named for flag in (f"--{name}", name)]
    assert {name for name, _ in parsed(*flags).pairs()} == set(COMMON_PARAMETERS)


def test_flags_are_repeated_for_several_values_and_may_exclude() -> None:
    calls = parsed("--model", "a", "--model", "!b", "--tag", "team:search", "--range", "30d")
    assert calls.pairs() == [
        ("range", "30d"),
        ("model", "a"),
        ("model", "!b"),
        ("tags", "team:search"),
    ]
    query = read_query(calls.pairs(), Accepted(), NOW, "UTC")
    assert query.filters.equals == (("model", ("a",)),)
    assert query.filters.excludes == (("model", ("b",)),)


def test_without_flags_nothing_is_asked() -> None:
    assert parsed().pairs() == ALL_CALLS.pairs() == []
    assert parsed().pairs(range_default="90d") == [("range", "90d")]
    assert parsed("--from", "2026-01-01").pairs(range_default="90d") == [("from", "2026-01-01")]
