"""How a workspace stands: its plan in this calendar month, and what it spent today and this month (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.reports.question import Answer, Question
from farthing.rules.budget_counts import Standing
from farthing.rules.budgets import Slot
from farthing.rules.periods import Window
from farthing.rules.plans import PlanUse
from farthing.rules.utc_months import day_window, month_of, month_window
from farthing.storage.contract import Workspace


@dataclass(frozen=True)
class Spend:
    """What real events of a window cost; a lower bound when some have no price."""

    window: Window
    cost_usd: Decimal


@dataclass(frozen=True)
class WorkspaceStatus:
    """`use` is exact at the time it was read. `month` is the plan's period, too.

    `budgets` are the workspace's daily and monthly one, where they are set up.
    """

    workspace: Workspace
    use: PlanUse
    today: Spend
    month: Spend
    budgets: dict[Slot, Standing]


async def workspace_status(parts: Parts, workspace_id: int) -> WorkspaceStatus:
    """How the workspace stands now. Raises NotFoundError."""
    workspace = await parts.storage.workspace(workspace_id)
    if workspace is None:
        raise NotFoundError("there is no such workspace")
    now = parts.clock.now()
    month = month_of(now)
    standing = parts.plans.standing(workspace_id)
    use = PlanUse(
        standing.plan if standing is not None else parts.plans.plan(None),
        await parts.storage.request_count(workspace_id, month),
    )
    windows = day_window(now), month_window(month)
    questions = [Question(workspace_id=workspace_id, window=each, measures=("cost",)) for each in windows]
    today, this_month = await ask_questions(parts, *questions)
    standings = await parts.storage.standings(workspace_id, now, value_count_max=1, slots_only=True)
    held = [each for each in standings if each.state.is_in_force]
    budgets = {each.budget.slot: each for each in held if each.budget.slot is not None}
    return WorkspaceStatus(workspace, use, _spend(today), _spend(this_month), budgets)


def _spend(answer: Answer) -> Spend:
    cost = answer.total["cost"]
    return Spend(answer.question.window, cost if isinstance(cost, Decimal) else Decimal(0))
