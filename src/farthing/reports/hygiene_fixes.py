"""What to mend first: for each doubt where it comes from, how many calls it would mend, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from farthing.reports.hygiene import Hygiene
from farthing.reports.hygiene_facts import HygieneGroup
from farthing.rules.hygiene import WEIGHTS, IssueName, looks_like_test

_DEFAULTED: Final = ("data_mode_defaulted", "environment_defaulted")
_MODES: Final = "defaults_of_the_key"
_WEIGHTS: Final[dict[str, int]] = {
    **{str(name): weight for name, weight in WEIGHTS.items()},
    _MODES: WEIGHTS["data_mode_defaulted"],
}
_STAGING: Final = ("staging", "stage", "uat", "qa")

_OF_KEY: Final[dict[IssueName, str]] = {
    "endpoint_tag_missing": "Send `endpointTag`: the feature that makes the call, e.g. checkout.ai_summary.",
    "user_missing": "Send `userId`: for whom the call was made, as a hash.",
    "tenant_missing": "Send `tenantId`: for which of your customers the call was made, as a hash.",
    "late": "Send each call right after it; for a backlog this is as it must be.",
    "future_dated": "Set the clock of the sender (NTP): its calls come from the future.",
    "real_looking": 'Send "environment": "staging" or "dev" with tests, or "dataMode": "real".',
}
_OF_ENDPOINT: Final[dict[IssueName, str]] = {
    "usage_missing": (
        "Send the tokens that the provider counted. Streams tell them when asked: "
        'at OpenAI with "stream_options": {"include_usage": true}.'
    ),
    "usage_inconsistent": "Send the provider's own object as `usage`, instead of counts of your own.",
    "prompt_version_missing": "Send `promptVersion`, and let it grow with every change of the prompt.",
}
ADVICE: Final[dict[IssueName, str]] = _OF_KEY | _OF_ENDPOINT
"""What its sender does about an issue."""
_REFUSALS: Final[dict[str, str]] = {
    "validation_failed": "Read `errors` of the answers: it names each field and what is wrong with it.",
    "plan_limit_reached": "The plan's requests of the month are used up: ask the operator for another plan.",
    "rate_limited": "Send in batches (POST /v1/ingest/llm-requests), and wait as long as `Retry-After` says.",
    "queue_full": "Send again after `Retry-After`, or in batches: the server could not keep up.",
    "body_too_large": "Send fewer calls in a batch.",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """The call of the API that mends it: what a button does."""

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Fix:
    """One thing to do. `requests` are the calls that would not have had the issue, or would be there.

    `what` is for people. `issue` is a name of rules.hygiene.ISSUES, "defaults_of_the_key", which stands for
    both that are defaulted, or "refused:" and the reason. What stands at None is not part of it.
    """

    issue: str
    requests: int
    what: str
    api_key_id: int | None = None
    endpoint_tag: str | None = None
    call: Call | None = None


@dataclass(frozen=True)
class KeyFacts:
    """What is known of a key: its id on the wire, its name, whether it is live and so can be changed.

    `is_told` is whether by now it says of its calls what they are: calls in doubt are older than that.
    """

    wire: str
    name: str
    is_live: bool
    is_told: bool = False


def fixes(report: Hygiene, keys: Mapping[int, KeyFacts]) -> list[Fix]:
    """What to do: first what the score gains most by, calls times weight; then what is not scored.

    Where one call of the API mends two things, it stands with the one that gains more.
    """
    found = [*_defaults(report, keys), *_tests(report, keys), *_plain(report), *_refused(report)]
    if report.total.issues["unpriced"]:
        found.append(_unpriced(report))
    ordered = sorted(found, key=lambda fix: (-_gain(fix), -fix.requests, fix.issue, _place(fix)))
    seen: list[Call] = []
    kept = []
    for fix in ordered:
        if fix.call is None or fix.call not in seen:
            kept.append(fix)
        if fix.call is not None:
            seen.append(fix.call)
    return kept


def _gain(fix: Fix) -> int:
    return fix.requests * _WEIGHTS.get(fix.issue, 0)


def _place(fix: Fix) -> tuple[int, str]:
    return fix.api_key_id or 0, fix.endpoint_tag or ""


def _defaults(report: Hygiene, keys: Mapping[int, KeyFacts]) -> Iterator[Fix]:
    """A key that says what its calls are, for calls that do not."""
    for key_id in sorted(report.by_key):
        groups = [group for group in report.groups if group.api_key_id == key_id]
        mute = [group for group in groups if any(flag in _DEFAULTED for flag in group.flags)]
        count = sum(group.requests for group in mute)
        facts = keys.get(key_id)
        if not count or (facts is not None and facts.is_told):
            continue
        if facts is None or not facts.is_live or _is_shared(groups):
            what = "Send `dataMode` and `environment` with each call: this key's calls are of several sorts."
            if not _is_shared(groups):
                what = "Send `dataMode` and `environment` with each call."
            yield Fix(issue=_MODES, requests=count, what=what, api_key_id=key_id)
        else:
            yield Fix(
                issue=_MODES,
                requests=count,
                what=_default_told(facts),
                api_key_id=key_id,
                call=_patch(facts, _default_body(facts.name)),
            )


def _is_shared(groups: list[HygieneGroup]) -> bool:
    """Whether calls of a key name other environments or modes than those that say nothing are taken for."""
    return len({(group.data_mode, group.environment) for group in groups}) > 1


def _default_body(name: str) -> dict[str, Any]:
    """What the key's name suggests. A key for prod alone says by that what its calls are."""
    if not looks_like_test(name):
        return {"allowedEnvironments": ["prod"], "defaultEnvironment": "prod"}
    is_staging = any(word in name.lower() for word in _STAGING)
    return {"defaultDataMode": "test", "defaultEnvironment": "staging" if is_staging else "dev"}


def _default_told(facts: KeyFacts) -> str:
    body = _default_body(facts.name)
    if "allowedEnvironments" in body:
        return "Bind the key to prod, if all that it sends is production: its calls then need not say it."
    return f"Let the key say what its calls are: test calls of {body['defaultEnvironment']}."


def _patch(facts: KeyFacts, body: dict[str, Any]) -> Call:
    return Call(method="PATCH", path=f"/v1/settings/api-keys/{facts.wire}", body=body)


def _tests(report: Hygiene, keys: Mapping[int, KeyFacts]) -> Iterator[Fix]:
    """Real calls that look like tests, by the key they came with."""
    for key_id, tally in sorted(report.by_key.items()):
        count = tally.issues["test_looking"]
        if not count:
            continue
        facts = keys.get(key_id)
        if facts is not None and facts.is_live and not facts.is_told and looks_like_test(facts.name):
            what = "Let calls of this key be tests unless they say that they are real."
            call: Call | None = _patch(facts, _default_body(facts.name))
        else:
            what, call = 'Send "dataMode": "test" with these calls, or with a key whose default it is.', None
        yield Fix(issue="test_looking", requests=count, what=what, api_key_id=key_id, call=call)


def _plain(report: Hygiene) -> Iterator[Fix]:
    for key_id, tally in sorted(report.by_key.items()):
        for issue, what in _OF_KEY.items():
            if tally.issues[issue]:
                yield Fix(issue=issue, requests=tally.issues[issue], what=what, api_key_id=key_id)
    for (key_id, endpoint), tally in report.pairs.items():
        for issue, what in _OF_ENDPOINT.items():
            if tally.issues[issue]:
                count = tally.issues[issue]
                yield Fix(issue=issue, requests=count, what=what, api_key_id=key_id, endpoint_tag=endpoint)


def _refused(report: Hygiene) -> Iterator[Fix]:
    for key_id, posts in sorted(report.posts_by_key.items()):
        for reason, count in posts.refusals.items():
            what = _REFUSALS.get(reason, "Read `message` of the answers: it says what is wrong.")
            yield Fix(issue=f"refused:{reason}", requests=count, what=what, api_key_id=key_id)


def _unpriced(report: Hygiene) -> Fix:
    return Fix(
        issue="unpriced",
        requests=report.total.issues["unpriced"],
        what="Set a price or an alias for the models that have none, then price these calls anew.",
        call=Call(method="GET", path="/v1/dashboard/unpriced-models"),
    )
