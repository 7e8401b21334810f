"""Personal data stay in memory: no core file of this process, and a word where its memory may be swapped out."""

import ctypes
import os
import resource
from contextlib import suppress
from pathlib import Path

from station.telemetry.messages import CoreFilesNotForbidden, MayBeSwapped
from station.telemetry.telling import tell

_PR_SET_DUMPABLE = 4
"""prctl(2). A core that goes to a program (systemd-coredump) heeds no limit of size, but this."""


def keep_in_memory() -> None:
    """At the start of a program that has personal data. What can be seen of a swap is said in the log.

    Memory is not locked (mlockall): that would pin what is never used, too, in a few hundred MB that other programs
    need; the units forbid swap instead (MemorySwapMax=0).
    """
    with suppress(OSError, ValueError):  # a unit may forbid the call; it has set the limit itself (LimitCORE=0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        tell(CoreFilesNotForbidden(os.strerror(ctypes.get_errno())))
    if advice := swap_advice():
        tell(MayBeSwapped(advice))


def swap_advice(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> str:
    """What to do where this process may be swapped out; empty where it may not, or where that cannot be seen."""
    try:
        areas = (proc / "swaps").read_text("utf-8").splitlines()[1:]
        group = (proc / "self/cgroup").read_text("utf-8").splitlines()[-1].rpartition("::")[2].lstrip("/")
    except (OSError, IndexError):
        return ""
    # In RAM (zram) nothing reaches a disk.
    on_disk = [line.split()[0] for line in areas if not line.startswith("/dev/zram")]
    try:
        may_swap = (groups / group / "memory.swap.max").read_text("ascii").strip() != "0"
    except OSError:
        may_swap = True
    if not on_disk or not may_swap:
        return ""
    return (
        f"this machine swaps to {', '.join(on_disk)}, where names and addresses would stay: start the program by its "
        "unit (MemorySwapMax=0; on a Raspberry Pi with cgroup_enable=memory), or turn swap off"
    )
