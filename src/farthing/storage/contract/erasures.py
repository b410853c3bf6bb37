"""Erasing identities, step by step."""

from __future__ import annotations

from typing import Protocol

from farthing.rules.erasure import Erasure


class ErasureChanges(Protocol):
    """Erasures that are asked for."""

    async def add_erasure(self, new: Erasure) -> Erasure:
        """Keep a new one (its `id` is ignored and given)."""
        ...

    async def change_erasure(self, after: Erasure) -> Erasure | None:
        """See ErasureStore."""
        ...


class ErasureStore(Protocol):
    """Erasures, and what they do. Each step can be asked for again; None when another has made it since."""

    async def erasure(self, workspace_id: int, erasure_id: int) -> Erasure | None:
        """The erasure, if the workspace has it."""
        ...

    async def erasures(self, workspace_id: int, limit: int) -> list[Erasure]:
        """Those of a workspace, newest first."""
        ...

    async def change_erasure(self, after: Erasure) -> Erasure | None:
        """Keep `after` as its next version; None when it was changed since `after` was read."""
        ...

    async def erase_names(self, before: Erasure) -> Erasure | None:
        """Rename what the dictionary has of the identity, and note up to which request the rest is to go.

        From then on what is sent under the identity is new, and belongs to no erasure. Raises HeldError.
        """
        ...

    async def erase_requests(self, before: Erasure, request_count_max: int) -> Erasure | None:
        """Take the identity out of the next so many requests, their old versions, and voided ones.

        A request id of a sender that names it is replaced, and stays spent. Sums do not change.
        Raises HeldError.
        """
        ...

    async def clean_files(self, text: str | None) -> int | None:
        """See that nothing of what was overwritten stands in the database's files any more.

        Returns how often `text` still does, None where nobody can tell.
        """
        ...
