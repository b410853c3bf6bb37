"""Calls sent to a server over its API, for files that lie elsewhere than the installation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from farthing.actions.errors import ActionError, InvalidKeyError
from farthing.actions.imports.take import Taken
from farthing.intake.imports.format import Document
from farthing.rules.money import PICO_PER_USD
from farthing.rules.problems import FieldProblem

if TYPE_CHECKING:
    import httpx

_PATH: Final = "/v1/ingest/llm-requests"
_AT_ONCE: Final = 500
_TRIES: Final = 8
_WAIT_S_MAX: Final = 30.0
_SECONDS: Final = 30.0
_OK, _UNAUTHORIZED, _TOO_MANY, _BROKEN = 200, 401, 429, 500
_PLAN_LIMIT: Final = "plan_limit_reached"


class ServerRefusedError(ActionError):
    """The server doesn't take what is sent, or doesn't answer; what it took before is stored."""


class Sender:
    """Sends to one server with one key. What is sent again after a failure is a duplicate there."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._url = url.rstrip("/") + _PATH
        self._headers = {"X-API-Key": key, "Content-Type": "application/json"}

    async def take(self, documents: Sequence[Document]) -> list[Taken]:
        """Raises InvalidKeyError and ServerRefusedError."""
        taken: list[Taken] = []
        for start in range(0, len(documents), _AT_ONCE):
            some = documents[start : start + _AT_ONCE]
            answer = await self._sent(msgspec.json.encode(some))
            taken += [_taken(document, one) for document, one in zip(some, answer["results"], strict=True)]
        return taken

    async def _sent(self, body: bytes) -> dict[str, Any]:
        import httpx  # noqa: PLC0415 - who imports here needs none of it

        why = ""
        for turn in range(_TRIES):
            wait_s = min(0.5 * 2**turn, _WAIT_S_MAX)
            try:
                response = await self._client.post(
                    self._url, content=body, headers=self._headers, timeout=_SECONDS
                )
            except httpx.HTTPError as error:
                why = f"it does not answer: {type(error).__name__}"
            else:
                if response.status_code == _OK:
                    answer: dict[str, Any] = response.json()
                    return answer
                why = _why(response.status_code, response.text)
                told = retry_after_s(response.headers)
                wait_s = wait_s if told is None else min(told, _WAIT_S_MAX)
            await asyncio.sleep(wait_s)
        raise ServerRefusedError(f"{self._url}: {why}")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long an answer asks to wait: seconds, or a date, against the answer's own. None for nonsense."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        until, now = (parsedate_to_datetime(each) for each in (told, headers.get("date", "")))
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError):  # no date, or one with an offset and one without
        return None


def _why(status: int, body: str) -> str:
    """What to say of a failure that may pass. Raises the errors of those that don't."""
    if status == _UNAUTHORIZED:
        raise InvalidKeyError
    why = f"it answers {status}: {body[:300]}"
    if status != _TOO_MANY and status < _BROKEN:
        raise ServerRefusedError(why)
    return why


def _taken(document: Document, result: dict[str, Any]) -> Taken:
    if not result["ok"]:
        if result.get("reason") == _PLAN_LIMIT:
            return Taken("over_limit", str(document.get("provider", "")), str(document.get("model", "")))
        problems = [FieldProblem(each["field"], each["message"]) for each in result.get("errors") or ()]
        return Taken("refused", problems=tuple(problems) or (FieldProblem("row", result["message"]),))
    pricing = result["pricing"]
    amount = pricing["amountUsd"]
    return Taken(
        "duplicate" if result["duplicate"] else "stored",
        str(document["provider"]),
        pricing["model"] or str(document["model"]),
        None if amount is None else int(Decimal(amount) * PICO_PER_USD),
        result["pricingStatus"] == "priced",
    )
