"""The workspace that the events of this suite are in."""

from __future__ import annotations

import pytest

from farthing.storage.contract import Membership, Storage
from tests.contract.samples import WORKSPACE_ID
from tests.storages import install


@pytest.fixture
async def installed(storage: Storage) -> Membership:
    """The first workspace, in the zone with the oddest days."""
    membership = await install(storage, timezone="Australia/Lord_Howe")
    assert membership.workspace.id == WORKSPACE_ID
    return membership
