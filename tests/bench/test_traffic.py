from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from genai_prices import Usage, calc_price

from bench import traffic

CALLS = traffic.calls(traffic.TEMPLATE_COUNT, seed=1)


def test_the_same_seed_makes_the_same_calls() -> None:
    assert traffic.calls(200, seed=5) == traffic.calls(200, seed=5)
    assert traffic.calls(200, seed=5) != traffic.calls(200, seed=6)


def test_an_endpoint_uses_three_models_and_four_prompt_versions() -> None:
    models, versions = defaultdict(set), defaultdict(set)
    for call in CALLS:
        models[call.endpoint_tag].add(call.model)
        versions[call.endpoint_tag].add(call.prompt_version)

    assert set(models) == set(traffic.ENDPOINT_TAGS)
    assert {len(found) for found in models.values()} == {3}
    assert {len(found) for found in versions.values()} == {4}


def test_most_calls_are_real_and_in_production_and_some_fail() -> None:
    share = Counter((call.data_mode, call.environment) for call in CALLS)[("real", "prod")] / len(CALLS)
    failed = [call for call in CALLS if call.status == "error"]

    assert 0.85 < share < 0.97
    assert 0.01 < len(failed) / len(CALLS) < 0.04
    assert all(call.error_code and call.output_tokens == 0 for call in failed)


def test_few_users_make_most_of_the_calls() -> None:
    counts = Counter(call.user_id for call in CALLS if call.user_id)
    top = sum(count for _, count in counts.most_common(100))

    assert len(counts) > 4_000
    assert top / len(CALLS) > 0.35


def test_no_call_contradicts_itself() -> None:
    assert all(call.cached_input_tokens <= call.input_tokens for call in CALLS)
    assert all(call.reasoning_tokens <= call.output_tokens for call in CALLS)


@pytest.mark.parametrize(("provider", "model"), traffic.MODELS)
def test_every_model_has_a_price(provider: str, model: str) -> None:
    assert (
        calc_price(Usage(input_tokens=1000, output_tokens=100), model, provider_id=provider).total_price > 0
    )


def test_every_fifth_body_has_the_shape_of_a_client_library() -> None:
    bodies = list(traffic.bodies(CALLS[:10]))

    assert ["metadata" in body for body in bodies] == [False, False, False, False, True] * 2
    assert all("errorCode" in body for body in bodies if "metadata" in body)
