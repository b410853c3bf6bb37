"""A storage that is not open says so, each method in the same way; and what it held is there afterwards."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from farthing.reports.hygiene_facts import HygieneQuery, IntakeKey
from farthing.reports.priced_calls import PricedQuery
from farthing.rules.agent_totals import Leaf
from farthing.rules.budget_periods import Period
from farthing.rules.budgets import Budget, Limit
from farthing.storage.contract import (
    AlertQuery,
    ArrivalQuery,
    AuditQuery,
    DeliveryQuery,
    IncidentQuery,
    NameSweep,
    Rotation,
    RowWalk,
    Storage,
    StorageUnavailableError,
)
from tests.contract.deletions import deletion
from tests.contract.erasures import erasure
from tests.contract.known_spans import total
from tests.contract.outbox import delivery
from tests.contract.repricings import job, repricing
from tests.contract.samples import ALL_MODES, EVER, MONTH, WORKSPACE_ID, event, event_count, ids, query
from tests.storages import Place, install, opened

WALK: Final = RowWalk(workspace_id=WORKSPACE_ID, window=EVER, filters=ALL_MODES, last_request_id=9)


async def _nothing(_: object) -> None:
    """Work that asks nothing."""


BUDGET: Final = Budget(
    id=1, workspace_id=WORKSPACE_ID, name="a", limit=Limit("usd", 1), period=Period(kind="day")
)
PRICED: Final = PricedQuery(workspace_id=WORKSPACE_ID, window=EVER, filters=ALL_MODES)
ARRIVALS: Final = ArrivalQuery(
    workspace_id=WORKSPACE_ID, window=EVER, filters=ALL_MODES, after=0, until=9, limit=10
)
HYGIENE: Final = HygieneQuery(workspace_id=WORKSPACE_ID, window=EVER, filters=ALL_MODES)
CALLS: Final[dict[str, Callable[[Storage], Awaitable[object]]]] = {
    "forget_token_days": lambda s: s.forget_token_days(1, 1),
    "condition": lambda s: s.condition(),
    "watch": lambda s: s.watch(1),
    "learnt": lambda s: s.learnt(1),
    "keep_learnt": lambda s: s.keep_learnt(1, [], 0),
    "incident": lambda s: s.incident(1, 1),
    "incidents": lambda s: s.incidents(1, IncidentQuery(), 10),
    "lively_incidents": lambda s: s.lively_incidents(1, 0),
    "mutes": lambda s: s.mutes(1, 0),
    "stored_span": lambda s: s.stored_span(1),
    "check_cells": lambda s: s.check_cells(1, "day", (0, 96)),
    "repair_cells": lambda s: s.repair_cells(1, "day", (0, 96)),
    "check_rows": lambda s: s.check_rows(1, (0, 96)),
    "record": lambda s: s.record([event()]),
    "fold": lambda s: s.fold(10),
    "seal": lambda s: s.seal(EVER.end),
    "delete": lambda s: s.delete(WORKSPACE_ID, "test", None),
    "facts": lambda s: s.facts(query("request_count")),
    "rows_since": lambda s: s.rows_since(WORKSPACE_ID, EVER, ALL_MODES, 10),
    "priced_calls": lambda s: s.priced_calls(PRICED),
    "consistently": lambda s: s.consistently(_nothing),
    "extent": lambda s: s.extent(1),
    "request": lambda s: s.request(WORKSPACE_ID, 1),
    "requests": lambda s: s.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None),
    "turns": lambda s: s.turns(),
    "newer_requests": lambda s: s.newer_requests(WORKSPACE_ID, EVER, ALL_MODES, 10, (1, 1)),
    "arrivals": lambda s: s.arrivals(ARRIVALS),
    "last_request_id": lambda s: s.last_request_id(),
    "export_page": lambda s: s.export_page(WALK, None, 10),
    "has_accounts": lambda s: s.has_accounts(),
    "user_by_email": lambda s: s.user_by_email("ada@example.org"),
    "people": lambda s: s.people(["a"]),
    "memberships": lambda s: s.memberships(1),
    "membership": lambda s: s.membership("a", "b"),
    "api_key_by_hash": lambda s: s.api_key_by_hash(b"h" * 32),
    "api_keys": lambda s: s.api_keys(1),
    "note_key_uses": lambda s: s.note_key_uses({1: 2}),
    "members": lambda s: s.members(1),
    "workspace": lambda s: s.workspace(1),
    "session_by_hash": lambda s: s.session_by_hash(b"t" * 32),
    "sessions": lambda s: s.sessions(1),
    "see_session": lambda s: s.see_session(1, 2),
    "personal_token_by_hash": lambda s: s.personal_token_by_hash(b"t" * 32),
    "personal_tokens": lambda s: s.personal_tokens(1),
    "use_personal_token": lambda s: s.use_personal_token(1, 2),
    "signing_keys": lambda s: s.signing_keys(),
    "person_of_identity": lambda s: s.person_of_identity("https://login.example.com", "1"),
    "checklist_ended_at": lambda s: s.checklist_ended_at(1, 1),
    "names_by_age": lambda s: s.names_by_age(1, "model", ["a"]),
    "names_with": lambda s: s.names_with(1, "model", "a", 5),
    "request_number": lambda s: s.request_number(1, "a"),
    "totp": lambda s: s.totp(1),
    "use_totp_step": lambda s: s.use_totp_step(1, 2),
    "recovery_code_count": lambda s: s.recovery_code_count(1),
    "rotate_session": lambda s: s.rotate_session(1, b"b" * 32, Rotation(secret_hash=b"a" * 32)),
    "secret": lambda s: s.secret("jwt", b"fresh"),
    "change": lambda s: s.change(_nothing),
    "audit_entries": lambda s: s.audit_entries(1, AuditQuery(), 10),
    "audit_heads": lambda s: s.audit_heads(),
    "audit_chain": lambda s: s.audit_chain(1, 0, 10),
    "workspace_plans": lambda s: s.workspace_plans(MONTH),
    "plan_uses": lambda s: s.plan_uses(MONTH),
    "request_count": lambda s: s.request_count(1, MONTH),
    "roster": lambda s: s.roster(1),
    "open_invitations": lambda s: s.open_invitations(1),
    "invitation_by_hash": lambda s: s.invitation_by_hash(b"i" * 32),
    "deleted_workspaces": lambda s: s.deleted_workspaces(),
    "password_reset": lambda s: s.password_reset(b"r" * 32),
    "own_price_versions": lambda s: s.own_price_versions(),
    "own_prices": lambda s: s.own_prices(1),
    "job": lambda s: s.job(1, 1),
    "jobs_of": lambda s: s.jobs_of(1, "export", 10),
    "jobs": lambda s: s.jobs(1, 10),
    "deletion": lambda s: s.deletion(1, 1),
    "deletions": lambda s: s.deletions(1, 10),
    "go_on_deleting": lambda s: s.go_on_deleting(deletion(id=1), 10),
    "real_money": lambda s: s.real_money(1, 0),
    "deletable_count": lambda s: s.deletable_count(1, "test", None),
    "unfinished_jobs": lambda s: s.unfinished_jobs(),
    "change_job": lambda s: s.change_job(job(id=1)),
    "repricing": lambda s: s.repricing(1, 1),
    "repricings": lambda s: s.repricings(1, 10),
    "repricings_in": lambda s: s.repricings_in(1, ("applied",)),
    "change_repricing": lambda s: s.change_repricing(repricing(id=1)),
    "reprice": lambda s: s.reprice(repricing(id=1), (0, 0), [], 1),
    "revert": lambda s: s.revert(repricing(id=1), 10, 1),
    "rewrite_count": lambda s: s.rewrite_count(1),
    "budgets": lambda s: s.budgets(1),
    "budget": lambda s: s.budget(1, 1),
    "standings": lambda s: s.standings(1, 2),
    "past_standings": lambda s: s.past_standings(1, 1, 2),
    "budget_gate": lambda s: s.budget_gate(event(), 1),
    "reserve_budget": lambda s: s.reserve_budget(event(), 1, 2),
    "settle_budget": lambda s: s.settle_budget(1, 1),
    "budgeting_workspaces": lambda s: s.budgeting_workspaces(),
    "trim_budget": lambda s: s.trim_budget(BUDGET, 1),
    "begin_budget_count": lambda s: s.begin_budget_count(1, 2),
    "seed_budget": lambda s: s.seed_budget(BUDGET, {}, ()),
    "forget_budget_counts": lambda s: s.forget_budget_counts(1, 2),
    "spend_ids": lambda s: s.spend_ids(1, []),
    "expire_spent_ids": lambda s: s.expire_spent_ids(1, 2),
    "change_calls": lambda s: s.change_calls(_nothing),
    "call": lambda s: s.call(1, 1),
    "call_by_external_id": lambda s: s.call_by_external_id(1, "a"),
    "call_history": lambda s: s.call_history(1, 1),
    "voided_calls": lambda s: s.voided_calls(1, 10, None),
    "erasure": lambda s: s.erasure(1, 1),
    "erasures": lambda s: s.erasures(1, 10),
    "change_erasure": lambda s: s.change_erasure(erasure(id=1)),
    "erase_names": lambda s: s.erase_names(erasure(id=1)),
    "erase_requests": lambda s: s.erase_requests(erasure(id=1), 10),
    "clean_files": lambda s: s.clean_files(None),
    "retention": lambda s: s.retention(1),
    "legal_hold": lambda s: s.legal_hold(1),
    "raw_starts": lambda s: s.raw_starts(),
    "advance_retention": lambda s: s.advance_retention(1, {}),
    "remove_rows": lambda s: s.remove_rows(1, 1, 10, 0),
    "remove_cells": lambda s: s.remove_cells(1, 1, 10),
    "unfinished_retentions": lambda s: s.unfinished_retentions(),
    "give_back": lambda s: s.give_back(10),
    "compact": lambda s: s.compact(),
    "database_bytes": lambda s: s.database_bytes(),
    "removed": lambda s: s.removed(1, 1),
    "hygiene_groups": lambda s: s.hygiene_groups(HYGIENE),
    "add_intake_counts": lambda s: s.add_intake_counts({IntakeKey(1, 1, 1, "duplicate", "real"): 1}),
    "intake_counts": lambda s: s.intake_counts(1, 0, 9),
    "newest_price_book": lambda s: s.newest_price_book(),
    "price_books": lambda s: s.price_books(),
    "price_book_body": lambda s: s.price_book_body(1),
    "channels": lambda s: s.channels(1),
    "channel": lambda s: s.channel(1, 1),
    "channel_secret": lambda s: s.channel_secret(1, 1),
    "due_deliveries": lambda s: s.due_deliveries(1, (), 10),
    "change_delivery": lambda s: s.change_delivery(delivery(id=1)),
    "delivery": lambda s: s.delivery(1, 1),
    "deliveries": lambda s: s.deliveries(1, DeliveryQuery(), 10),
    "alert_settings": lambda s: s.alert_settings(1),
    "all_alert_settings": lambda s: s.all_alert_settings(),
    "alerts": lambda s: s.alerts(1, AlertQuery(now=1), 10),
    "alert": lambda s: s.alert(1, 1),
    "open_alert_count": lambda s: s.open_alert_count(1, 1, 10),
    "alert_marks": lambda s: s.alert_marks(1, ["a"]),
    "workspace_policy": lambda s: s.workspace_policy(1),
    "observing_workspaces": lambda s: s.observing_workspaces(),
    "forget_messages": lambda s: s.forget_messages(1),
    "saved_views": lambda s: s.saved_views(1, 1),
    "saved_view": lambda s: s.saved_view(1, 1, 1),
    "export_schedules": lambda s: s.export_schedules(1),
    "export_schedule": lambda s: s.export_schedule(1, 1),
    "export_secret": lambda s: s.export_secret(1, 1),
    "due_export_schedules": lambda s: s.due_export_schedules(1, 10),
    "begin_name_sweep": lambda s: s.begin_name_sweep(1),
    "look_for_names": lambda s: s.look_for_names(NameSweep(1, 0, 0, bytearray(1)), 1),
    "drop_names": lambda s: s.drop_names(NameSweep(1, 0, 0, bytearray(1)), 1),
    "name_count": lambda s: s.name_count(1),
    "meet_leaves": lambda s: s.meet_leaves(1, [Leaf(1, 0, 1, 1, 1)], 1, 2),
    "hold_totals": lambda s: s.hold_totals([total(1)]),
    "due_traces": lambda s: s.due_traces(1, 10),
    "totals_of": lambda s: s.totals_of(1, 1),
    "put_off": lambda s: s.put_off(total(1), 1),
    "forget_spans": lambda s: s.forget_spans(1, 10),
    "add_token_points": lambda s: s.add_token_points(1, [], 1),
    "token_metrics": lambda s: s.token_metrics(1, 0, 9),
    "forget_series": lambda s: s.forget_series(1, 10),
    "claim": lambda s: s.claim("a", 1, 2),
    "move_turn": lambda s: s.move_turn("a", 1, 2),
    "forget_ended": lambda s: s.forget_ended(1),
}
"""A call of every method that needs an open storage."""


def test_every_method_of_the_contract_is_called_here() -> None:
    methods = {name for name, _ in inspect.getmembers(Storage, inspect.isfunction) if name[0] != "_"}
    assert methods - {"open", "close", "is_ready"} == set(CALLS)


async def refusals(storage: Storage) -> dict[str, type[BaseException] | None]:
    """What each method raises."""
    raised: dict[str, type[BaseException] | None] = {}
    for method, call in CALLS.items():
        (answer,) = await asyncio.gather(call(storage), return_exceptions=True)
        raised[method] = type(answer) if isinstance(answer, BaseException) else None
    return raised


async def test_every_method_of_a_closed_storage_is_unavailable(place: Place) -> None:
    async with opened(place) as storage:
        await install(storage)
    assert await refusals(storage) == dict.fromkeys(CALLS, StorageUnavailableError)


async def test_every_method_of_a_storage_never_opened_is_unavailable(place: Place) -> None:
    storage = place.storage()
    assert await refusals(storage) == dict.fromkeys(CALLS, StorageUnavailableError)
    await storage.close()


async def test_it_is_ready_from_open_to_close(place: Place) -> None:
    storage = place.storage()
    assert not await storage.is_ready()
    await storage.open()
    assert await storage.is_ready()
    await storage.close()
    assert not await storage.is_ready()


async def test_the_condition_of_a_sound_database_names_no_problem_and_the_newest_schema(place: Place) -> None:
    async with opened(place) as storage:
        await install(storage)
        await storage.record([event()])
        found = await storage.condition()
    assert (found.schema, found.problems) == (found.newest_schema, ())
    assert found.now is None or found.now > 0


async def test_closing_twice_is_closing(place: Place) -> None:
    async with opened(place) as storage:
        await storage.record([event()])
    await storage.close()
    with pytest.raises(StorageUnavailableError):
        await storage.record([event("late")])


async def test_events_and_sums_are_there_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        await install(storage)
        (folded,) = await storage.record([event("folded")])
        await storage.fold(10)
        await storage.record([event("pending", user_id="ada")])
    async with opened(place) as storage:
        assert await event_count(storage) == 2
        page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)
        assert ids(page.items) == ["pending", "folded"]
        (again, new) = await storage.record([event("folded"), event("new", user_id="ada")])
        assert again.duplicate_of is not None
        assert again.request_id == folded.request_id
        assert new.request_id not in {each.request_id for each in page.items}
        while await storage.fold(10):
            pass
        assert await event_count(storage) == 3


async def test_opening_again_changes_nothing(place: Place) -> None:
    async with opened(place) as storage:
        membership = await install(storage)
    for _ in range(2):
        async with opened(place) as storage:
            assert await storage.memberships(membership.user.id) == [membership]
