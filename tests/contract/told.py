"""Everything that names a user beside calls: what was told of it, and what people ask for about it."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from farthing.rules.alert_settings import AlertRule, AlertSettings, UnitCostRule
from farthing.rules.filters import Filters
from farthing.rules.message import Fact
from farthing.storage.contract import AlertQuery, Storage
from tests.contract.export_schedules import export_schedule
from tests.contract.known_spans import total
from tests.contract.outbox import message
from tests.contract.samples import AT, WORKSPACE_ID, event
from tests.contract.saved_views import saved_view
from tests.contract.test_budgets import budget, keep
from tests.storages import Changed


async def tell(storage: Storage, name: str) -> None:
    """Tell of the user, and ask for it, in every way there is; some of it is removed again."""
    about, changed = Filters(equals=(("user_id", (name,)),)), Changed(storage)
    await keep(storage, budget(9, name=f"of {name}", filters=about))
    gone = await keep(storage, budget(9, name=f"once of {name}", filters=about))
    await changed.change_budget(replace(gone, removed_at=AT))
    await keep(storage, budget(0, name="each", per="user_id"))  # its first call crosses it
    await storage.record([event("crossing", user_id=name)])
    said = message(
        title=f"{name} spends",
        text=f"It is {name}'s.",
        path=f"/?{urlencode({'userId': name})}",
        facts=(Fact("For", name),),
        data={"value": name, "scope": {"user_id": name}},
        filters=(("userId", name), ("tags", f"mail:{name}")),
    )
    await changed.send(said)
    pairs = (("userId", f"!{name}"),)
    await changed.add_export_schedule(export_schedule(f"for {name}", filters=pairs), None)
    dropped = await changed.add_export_schedule(export_schedule("dropped", filters=pairs), None)
    await changed.change_export_schedule(replace(dropped, removed_at=AT))
    await changed.add_saved_view(saved_view(f"all of {name}", question=(("measure", "cost"), *pairs)))
    rule = UnitCostRule(
        name=f"{name} is dear", metric="cost_per_request", filters=pairs, hours=1, warning_picousd=1
    )
    route = AlertRule(name=f"all of {name}", created_at=AT)
    await changed.keep_alert_settings(
        AlertSettings(workspace_id=WORKSPACE_ID, rules=(route,), unit_costs=(rule,))
    )
    held = event("held", user_id=name, extra={"metadata": {"mail": name}})
    await storage.hold_totals([total(1, event=msgspec.json.encode(held).decode()), total(2, event="")])


async def told(storage: Storage) -> str:
    """What can be read of it, as text."""
    return repr(
        (
            await storage.alerts(WORKSPACE_ID, AlertQuery(now=AT), 100),
            await storage.alert_settings(WORKSPACE_ID),
            await storage.budgets(WORKSPACE_ID),
            await storage.export_schedules(WORKSPACE_ID),
            await storage.saved_views(WORKSPACE_ID, 1),
            await storage.totals_of(WORKSPACE_ID, 1),
        )
    )
