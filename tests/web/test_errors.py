"""What a person is told when something goes wrong."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import pytest

from farthing.actions import errors as actions
from farthing.storage import contract
from farthing.storage.memory import MemoryStorage
from farthing.web.errors import _TABLE, describe
from tests.installations import Installed
from tests.web.browsing import Browser

ELSEWHERE = {
    actions.ActionError,
    actions.NoPlaceError,
    actions.SignInRefusedError,  # said beside the form, as the next two are
    actions.TotpRequiredError,
    actions.HalfEndedError,
    actions.InvalidKeyError,  # ingest only
    contract.StorageError,
    contract.AlreadyExistsError,  # always turned into an action's own refusal
}


def families() -> list[type[Exception]]:
    found = [*vars(actions).values(), *vars(contract).values()]
    errors = [each for each in found if inspect.isclass(each) and issubclass(each, Exception)]
    return [each for each in errors if each.__module__ in (actions.__name__, contract.__name__)]


def test_every_error_of_the_layers_below_has_its_page() -> None:
    assert set(families()) - ELSEWHERE - set(_TABLE) == set()


async def test_an_address_that_is_none_has_a_page(stranger: Browser) -> None:
    for sign_in in (False, True):
        if sign_in:
            await stranger.sign_in()
        page = await stranger.open("/nothing/here")
        assert stranger.status == 404
        assert page.one("h1").text == "There is nothing here"


async def test_the_way_back_leads_to_the_page_before_if_it_is_ours(owner: Browser) -> None:
    base = str(owner.client.base_url).rstrip("/")
    came = {
        f"{base}/requests?range=7d": "/requests?range=7d",
        f"{base}/nothing/here": None,
        "https://elsewhere.example/requests": None,
        "": None,
    }
    for referer, place in came.items():
        page = await owner.open("/nothing/here", referer=referer)
        links = {each.text: each.attributes["href"] for each in page.all("a", class_="btn")}
        assert links.get("Go back") == place, referer


async def test_a_method_that_does_not_fit_has_a_page(owner: Browser) -> None:
    owner.answer = await owner.client.put("/requests")
    assert owner.status in (403, 405)
    assert "<h1>" in owner.answer.text


class Broken(MemoryStorage):
    """A storage that fails in a way nobody thought of, or does not answer."""

    error: Exception

    async def consistently(self, *_: Any) -> Any:
        raise self.error

    async def requests(self, *_: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (RuntimeError("secret detail"), 500, "Something went wrong"),
        (contract.StorageUnavailableError("the database is locked"), 503, "The database does not answer"),
    ],
)
async def test_a_failure_is_told_without_its_details(
    installation: Installed, error: Exception, status: int, title: str
) -> None:
    broken = Broken()
    broken.__dict__.update(installation.parts.storage.__dict__)
    broken.error = error
    browser = Browser(replace(installation.parts, storage=broken))
    await browser.sign_in()
    page = await browser.open("/")
    assert (browser.status, page.one("h1").text) == (status, title)
    assert "secret" not in browser.answer.text
    assert (len(page.all("code")) == 1) is (status == 500)
    await browser.client.aclose()


def test_a_refusal_names_each_problem() -> None:
    problems = [actions.FieldProblem("range", "is odd"), actions.FieldProblem("to", "is late")]
    page = describe(actions.InvalidInputError(problems))
    assert page.problems == (("range", "is odd"), ("to", "is late"))
