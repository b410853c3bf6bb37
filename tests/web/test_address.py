"""The state of a view in its address."""

from __future__ import annotations

from farthing.web.address import Address, address_of

VIEW = Address("/", (("range", "30d"), ("model", "a b"), ("model", "c"), ("by", "userId"), ("cursor", "1.2")))


def test_an_address_prints_as_its_url() -> None:
    assert str(VIEW) == "/?range=30d&model=a+b&model=c&by=userId&cursor=1.2"
    assert str(Address("/requests")) == "/requests"


def test_putting_replaces_and_leaves_the_place_in_the_list() -> None:
    assert str(VIEW.put(model="d", range=None)) == "/?by=userId&model=d"
    assert str(Address("/").put(from_="2026-01-01")) == "/?from=2026-01-01"


def test_a_repeated_parameter_grows_and_shrinks_by_one_value() -> None:
    assert str(VIEW.add("model", "c")) == "/?range=30d&model=a+b&model=c&by=userId"
    assert str(VIEW.add("model", "d")).endswith("&model=d")
    assert str(VIEW.drop("model", "c")) == "/?range=30d&model=a+b&by=userId"


def test_another_page_gets_the_range_and_the_filters_only() -> None:
    assert str(VIEW.on("/requests")) == "/requests?range=30d&model=a+b&model=c"


def test_a_form_carries_everything_that_it_does_not_give_itself() -> None:
    assert VIEW.hidden("model") == (("range", "30d"), ("by", "userId"))


def test_empty_parameters_are_left_out() -> None:
    assert address_of("/", [("range", " "), ("model", " x ")]) == Address("/", (("model", "x"),))
