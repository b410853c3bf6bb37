"""What an ID token must say, who is let in, and as what."""

from __future__ import annotations

from typing import Any

import pytest

from farthing.rules.oidc import (
    LEEWAY_S,
    Expected,
    Identity,
    Policy,
    identity_of,
    newcomer_refusal,
    refusal,
    role_of,
    role_to_set,
    token_problem,
)

NOW_S = 1_772_366_400
EXPECTED = Expected("https://login.example.com", "farthing", "n-1")
GOOD: dict[str, Any] = {
    "iss": EXPECTED.issuer,
    "aud": "farthing",
    "sub": "1",
    "nonce": "n-1",
    "iat": NOW_S,
    "exp": NOW_S + 300,
}
ADA = Identity(EXPECTED.issuer, "1", "ada@example.com", frozenset({"staff", "finance"}))
NOBODY = Identity(EXPECTED.issuer, "2", None, frozenset())
MAPPED = Policy({"staff": "viewer", "finance": "admin", "root": "owner"}, has_workspace=True)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"aud": ["farthing"]},
        {"aud": ["farthing", "other"], "azp": "farthing"},
        {"exp": NOW_S - LEEWAY_S + 1},
        {"iat": NOW_S + LEEWAY_S},
    ],
)
def test_an_answer_to_us_has_no_problem(said: dict[str, Any]) -> None:
    assert token_problem(GOOD | said, EXPECTED, NOW_S) is None


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"iss": "https://login.example.com/"}, "issued by"),
        ({"iss": None}, "issued by"),
        ({"aud": "other"}, "for another application"),
        ({"aud": []}, "for another application"),
        ({"aud": ["farthing", "other"]}, "for several applications"),
        ({"azp": "other"}, "given to another application"),
        ({"exp": NOW_S - LEEWAY_S}, "expired"),
        ({"exp": "later"}, "expired"),
        ({"exp": True}, "expired"),
        ({"iat": NOW_S + LEEWAY_S + 1}, "was issued at"),
        ({"iat": None}, "was issued at"),
        ({"nonce": "n-2"}, "another request"),
        ({"nonce": None}, "another request"),
        ({"sub": ""}, "who signed in"),
        ({"sub": 1}, "who signed in"),
        ({"sub": "x" * 256}, "who signed in"),
    ],
)
def test_anything_else_has_one(said: dict[str, Any], problem: str) -> None:
    assert problem in (token_problem(GOOD | said, EXPECTED, NOW_S) or "")


@pytest.mark.parametrize(
    ("said", "email"),
    [
        ({"email": " Ada@Example.com ", "email_verified": True}, "ada@example.com"),
        ({"email": "ada@example.com", "email_verified": "true"}, "ada@example.com"),
        ({"email": "ada@example.com", "email_verified": False}, None),
        ({"email": "ada@example.com", "email_verified": "false"}, None),
        ({"email": "ada@example.com"}, None),
        ({"email": ["ada@example.com"], "email_verified": True}, None),
        ({}, None),
    ],
)
def test_an_address_is_one_when_the_provider_has_verified_it(said: dict[str, Any], email: str | None) -> None:
    assert identity_of(GOOD | said, "groups").email == email


@pytest.mark.parametrize(
    ("said", "groups"), [(["a", 1, "b"], {"a", "b"}), ("a", {"a"}), ({"a": 1}, set()), (None, set())]
)
def test_groups_are_a_text_or_a_list_of_texts(said: Any, groups: set[str]) -> None:
    assert identity_of(GOOD | {"my_groups": said}, "my_groups").groups == groups


def test_of_several_groups_the_highest_role_counts_and_none_makes_an_owner_unasked() -> None:
    assert role_of(MAPPED, ADA) == "admin"
    assert role_of(MAPPED, NOBODY) is None
    assert role_of(Policy(MAPPED.roles, "viewer", has_workspace=True), NOBODY) == "viewer"
    assert role_of(Policy(MAPPED.roles, "viewer"), ADA) is None


def test_only_verified_addresses_of_the_domains_are_let_in() -> None:
    policy = Policy(domains=frozenset({"example.com"}))
    assert refusal(policy, ADA) is None
    assert "verified" in (refusal(policy, NOBODY) or "")
    other = Identity(ADA.issuer, "3", "eve@not-example.com", frozenset())
    assert "domain" in (refusal(policy, other) or "")
    below = Identity(ADA.issuer, "3", "eve@x.example.com", frozenset())
    assert "domain" in (refusal(policy, below) or "")


def test_where_groups_are_mapped_whoever_has_none_is_refused_even_when_linked() -> None:
    assert "groups" in (refusal(MAPPED, NOBODY) or "")
    assert refusal(Policy(MAPPED.roles, "viewer", has_workspace=True), NOBODY) is None


def test_newcomers_need_a_verified_address_and_a_role() -> None:
    assert newcomer_refusal(Policy(default="viewer", has_workspace=True), ADA) is None
    assert "verified" in (newcomer_refusal(Policy(default="viewer", has_workspace=True), NOBODY) or "")
    assert "members already" in (newcomer_refusal(Policy(), ADA) or "")


def test_roles_are_set_again_at_each_sign_in_only_where_groups_are_mapped() -> None:
    assert role_to_set(MAPPED, ADA, "owner") == "admin"
    assert role_to_set(MAPPED, ADA, "admin") is None
    assert role_to_set(MAPPED, ADA, None) == "admin"
    assert role_to_set(Policy(default="viewer", has_workspace=True), ADA, "admin") is None
    assert role_to_set(Policy(default="viewer", has_workspace=True), ADA, None) is None
