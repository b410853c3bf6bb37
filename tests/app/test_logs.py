"""What the log shows, and what it must never show."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from farthing.logs import OUTAGE, OUTAGE_OVER, Outages, set_up_logs
from tests.logs import logs_put_back


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    with logs_put_back():
        yield


def fail_with_a_secret() -> None:
    password = "s3cret " + "password"
    raise ValueError(len(password))


def log_a_failure() -> None:
    try:
        fail_with_a_secret()
    except ValueError as error:
        structlog.get_logger("test").error("request.failed", exc_info=error, path="/v1/x")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_never_shows_the_values_of_variables(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    set_up_logs("info", log_format)
    log_a_failure()
    told = capsys.readouterr()
    assert told.out == ""
    assert "request.failed" in told.err
    assert "fail_with_a_secret" in told.err
    assert "s3cret password" not in told.err


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    log_a_failure()
    structlog.get_logger("test").info("hello", path="/")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("request.failed", "error"),
        ("hello", "info"),
    ]


def test_what_is_less_important_than_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning", "text")
    structlog.get_logger("test").info("quiet")
    structlog.get_logger("test").warning("loud")
    err = capsys.readouterr().err
    assert "quiet" not in err
    assert "loud" in err


def test_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("debug", "json")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "Invalid HTTP request received."


def test_what_fails_by_an_outage_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    log = structlog.get_logger("test")
    log.warning(OUTAGE, reason="PostgreSQL does not answer", detail="refused")
    log.warning("jobs wait", reason="PostgreSQL does not answer")
    log.error("request.failed", reason="storage_unavailable", message="PostgreSQL does not answer")
    log.warning("a delivery waits", reason="the receiver hangs")
    log.warning(OUTAGE_OVER)
    log.warning(OUTAGE, reason="PostgreSQL does not answer", detail="refused")
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == [OUTAGE, "a delivery waits", OUTAGE_OVER, OUTAGE]


def test_an_outage_that_lasts_is_told_of_each_minute() -> None:
    now = [0.0]
    outages = Outages(lambda: now[0])
    line = {"event": OUTAGE, "reason": "the disk is full"}
    assert outages(None, "warning", line) == line
    now[0] = 59
    with pytest.raises(structlog.DropEvent):
        outages(None, "warning", line)
    now[0] = 60
    assert outages(None, "warning", line) == line
