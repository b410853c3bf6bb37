"""The workspace that the events of this suite are in."""

from __future__ import annotations

import pytest

from farthing.storage.contract import Membership, Storage
from tests.contract.samples import WORKSPACE_ID
from tests.storages import install


@pytest.fixture
async def installed(storage: Storage) -> Membership:
    """The first workspace, in a zone whose days begin in the middle of an hour."""
    membership = await install(storage, timezone="Asia/Kathmandu")
    assert membership.workspace.id == WORKSPACE_ID
    return membership
