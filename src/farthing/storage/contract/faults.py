"""What a storage raises."""

from __future__ import annotations


class StorageError(Exception):
    """A storage cannot do what was asked; the message is for people and says what to do."""


class StorageUnavailableError(StorageError):
    """The database does not answer now (locked, full, restarting); the same call may succeed later."""


class StorageUnusableError(StorageError):
    """The database can't be used as it is (foreign file, newer schema, read-only) and was left untouched."""


class AlreadyExistsError(StorageError):
    """A value that must be unique (an e-mail address, a key hash) is there already."""


class HeldError(StorageError):
    """A legal hold is on: nothing of the workspace may be removed."""


class RewrittenError(StorageError):
    """Stored calls were changed since a snapshot of them was taken; take another one."""
