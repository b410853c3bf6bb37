"""The readable twin of the databases: the whole storage contract in plain Python over lists and dicts.

It is a test double for everything above the storage, and the plainest statement of what a storage answers.
Nothing is folded or sealed: `facts` walks the events. Everything is gone when the process ends.
"""

from __future__ import annotations

from farthing.storage.memory.storage import MemoryStorage

__all__ = ["MemoryStorage"]
