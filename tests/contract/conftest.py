"""The workspace that the events of this suite are in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Executable

from farthing.storage.contract import Membership, Storage
from farthing.storage.sql import transaction
from farthing.storage.sql.distribution import misplaced
from farthing.storage.sql.tenancy import require_scope
from tests.contract.samples import WORKSPACE_ID
from tests.storages import install


class MisplacedError(Exception):
    """A statement that a database which is distributed by workspace could not run."""


@pytest.fixture(scope="package", autouse=True)
def statements_that_can_be_distributed() -> Iterator[None]:
    """Every statement that this suite compiles is looked at: on Citus it would have to work, too."""

    def require(statement: Executable) -> None:
        require_scope(statement)
        reason = misplaced(statement)
        if reason is not None:
            raise MisplacedError(f"{reason}: {statement}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "require_scope", require)
        yield


@pytest.fixture
async def installed(storage: Storage) -> Membership:
    """The first workspace, in a zone whose days begin in the middle of an hour."""
    membership = await install(storage, timezone="Asia/Kathmandu")
    assert membership.workspace.id == WORKSPACE_ID
    return membership
