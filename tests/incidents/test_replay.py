"""Three months of the demo, watched as they go by: what opens is what is planted, with its cause first."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.actions.incidents.evaluate import evaluate
from farthing.actions.incidents.learning import LEARN_AGAIN_MS
from farthing.actions.incidents.learning_process import Order, learn_all
from farthing.intake import demo_planted as planted
from farthing.intake.demo import Demo
from farthing.intake.demo_plan import Wanted
from farthing.intake.llm_request import Sender
from farthing.rules.incidents import AGAIN_MS, QUIET_MS
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.rules.pricebook import CardCache
from farthing.rules.watching import Learnt
from tests.incidents.replay import ReplayEvidence
from tests.installations import NOW, price_book

MIDNIGHT = NOW // DAY_MS * DAY_MS
STORY = MIDNIGHT - 7 * DAY_MS
"""Since when the planted days are: they are looked at every hour, and learnt each night as a server does."""


async def watched(evidence: ReplayEvidence) -> list[KeptIncident]:
    """All that opened, as it was when it did."""
    known: list[Learnt] = []
    lively: dict[int, KeptIncident] = {}
    opened: list[KeptIncident] = []
    at, learnt_at = evidence.first + DAY_MS, 0
    while at <= NOW:
        is_story = at >= STORY
        if at - learnt_at >= LEARN_AGAIN_MS * (1 if is_story else 4):
            places = await evidence.biggest(at)
            known, learnt_at = learn_all(Order(*await evidence.histories(places, at), at)), at
        looked = await evaluate(evidence, 1, known, list(lively.values()), at)
        for each in looked.opened:
            opened.append(replace(each, id=len(opened) + 1))
            lively[opened[-1].id] = opened[-1]
        lively |= {each.id: each for each in looked.changed}
        lively = {
            key: each
            for key, each in lively.items()
            if each.what.ended_at is None or at - each.what.ended_at < AGAIN_MS + QUIET_MS
        }
        at += HOUR_MS if is_story else 6 * HOUR_MS
    return opened


async def test_only_what_is_planted_opens_and_its_cause_is_named_first() -> None:
    demo = Demo(Sender(1, 0, 2), Wanted(NOW, 100_000, 90), CardCache(price_book()))
    opened = await watched(ReplayEvidence(demo.events()))
    causes = [dict(each.cause) for each in opened]
    assert len(causes) == len(planted.PLANTED), causes
    unknown, regression, spike, runaway = causes
    assert unknown["model"] == planted.UNPRICED_MODEL
    assert regression["prompt_version"] == planted.REGRESSED_PROMPT
    assert (spike["endpoint_tag"], spike["tenant_id"]) == (planted.SPIKE_FEATURE, planted.SPIKE_TENANT)
    assert runaway["user_id"] == planted.RUNAWAY_USER
