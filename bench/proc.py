"""What Linux knows of a process and its children: memory and CPU, from /proc."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_CPU_FIELDS = slice(11, 13)  # utime and stime, counted after the name in brackets


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a whole process tree. PSS shares out pages used by several processes, RSS counts them each time."""

    rss_bytes: int
    pss_bytes: int


def tree(pid: int) -> list[int]:
    """`pid` and all its living descendants."""
    found = [pid]
    for parent in found:  # grows while it is walked
        for listing in _PROC.glob(f"{parent}/task/*/children"):
            found.extend(int(child) for child in _text(listing).split())
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the living tree so far, in steps of the kernel's tick; 0 when there is none."""
    ticks = 0
    for member in tree(pid):
        after_name = _text(_PROC / str(member) / "stat").rpartition(")")[2].split()
        ticks += sum(int(value) for value in after_name[_CPU_FIELDS])
    return ticks / _TICKS_PER_S


def busy_seconds() -> float:
    """CPU time of all cores so far that was not idle, whoever used it."""
    user, nice, system, _idle, _iowait, *rest = (int(value) for value in _text(_PROC / "stat").split()[1:9])
    return (user + nice + system + sum(rest)) / _TICKS_PER_S


def memory(pid: int) -> Memory:
    """Resident memory of the living tree now."""
    sums = {"Rss": 0, "Pss": 0}
    for member in tree(pid):
        for name, kilobytes in re.findall(
            r"^(Rss|Pss):\s+(\d+) kB", _text(_PROC / str(member) / "smaps_rollup"), re.MULTILINE
        ):
            sums[name] += int(kilobytes) * 1024
    return Memory(rss_bytes=sums["Rss"], pss_bytes=sums["Pss"])


def _text(path: Path) -> str:
    """Empty for a process that has just ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@dataclass(frozen=True, slots=True)
class ThreadTimes:
    """Seconds that threads used a core, and that they were ready to and had to wait for one."""

    used_s: float
    waited_s: float

    def since(self, earlier: ThreadTimes) -> ThreadTimes:
        return ThreadTimes(self.used_s - earlier.used_s, self.waited_s - earlier.waited_s)

    @property
    def stretch(self) -> float:
        """How much longer work took than it used a core: 1 on an idle machine."""
        return 1 + self.waited_s / self.used_s if self.used_s else 1.0


def thread_times(pid: int) -> tuple[ThreadTimes, ThreadTimes]:
    """Of the first thread of a process, which is the one of an event loop, and of all others together."""
    first, others = (0, 0), (0, 0)
    for folder in (_PROC / str(pid) / "task").glob("*"):
        used_ns, waited_ns, *_ = (int(value) for value in _text(folder / "schedstat").split() or (0, 0))
        if folder.name == str(pid):
            first = (used_ns, waited_ns)
        else:
            others = (others[0] + used_ns, others[1] + waited_ns)
    return _thread_times(*first), _thread_times(*others)


def _thread_times(used_ns: int, waited_ns: int) -> ThreadTimes:
    return ThreadTimes(used_ns / 1e9, waited_ns / 1e9)
