"""The oracle's random lives with a copy that lags: every answer is still what plain Python answers.

Calls are recorded late, amended, voided, put back, priced anew, deleted and removed by age, while the copy
hears of it now or later. No answer may tell.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import given, note, settings

from farthing.rules.deletion import NOTHING_LEFT
from tests.analytics.copied import CopiedPlaces
from tests.oracle import test_deletions, test_oracle, test_retention
from tests.oracle.plain import Books
from tests.oracle.programs import Program, programs
from tests.storages import install, opened


@settings(max_examples=16)
@given(program=programs)
async def test_a_copied_storage_answers_what_plain_python_answers(
    copied_places: CopiedPlaces, program: Program
) -> None:
    async with copied_places.empty() as place, opened(place) as storage:
        await install(storage, program.timezone)
        books = Books()
        for step in program.steps:
            note(repr(step))
            await test_oracle.take(step, storage, books)


@settings(max_examples=6)
@given(program=test_deletions.programs)
async def test_what_is_deleted_is_gone_from_the_copy(
    copied_places: CopiedPlaces, program: tuple[str, list[test_deletions.Step]]
) -> None:
    async with copied_places.empty() as place, opened(place) as storage:
        await install(storage, program[0])
        life = test_deletions.Life(storage)
        for step in program[1]:
            await life.live(step)
        for number in range(len(life.deletions)):
            while life.deletions[number].cursor != NOTHING_LEFT:
                await life.go_on(number, 2)
        await life.end()


@settings(max_examples=6)
@given(program=test_retention.programs)
async def test_what_is_removed_by_age_is_gone_from_the_copy(
    copied_places: CopiedPlaces, program: tuple[str, list[test_retention.Step]]
) -> None:
    async with copied_places.empty() as place, opened(place) as storage:
        await install(storage, program[0])
        model = test_retention.Model()
        for step in program[1]:
            await test_retention.take(step, storage, model)
        await test_retention.agree_on_rows(storage, model)


def test_the_copy_has_answered_most_questions_of_rows(copied_places: CopiedPlaces) -> None:
    answered = Counter(source for source in copied_places.sources if not source.startswith("by_"))
    assert answered["rows"] < answered["clickhouse"] + answered["clickhouse + rows"]
    assert min(answered["clickhouse"], answered["clickhouse + rows"]) > 5
