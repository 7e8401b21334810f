"""Personal data stay in memory: no core file, no swap."""

from collections.abc import Iterator

from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok

CORE = Fault(
    "memory-core",
    "a crash of {what} may leave a core file, with names and addresses in it",
    "LimitCORE=0 in the unit, as the one of scripts/install has it; then systemctl daemon-reload and restart",
)
SWAP = Fault(
    "memory-swap",
    "swap is on ({swaps}), and nothing keeps this program out of it",
    "MemorySwapMax=0 in the unit, and cgroup_enable=memory in cmdline.txt; or no swap at all",
)
SWAPPED = Fault(
    "memory-swapped",
    "{kib} KiB of the program lie in swap",
    "Restart it after swap is kept from it (MemorySwapMax=0 in the unit); then write the swap over",
)
SWAP_ON = Fault(
    "memory-swap-on", "swap is on ({swaps}); the unit is kept out of it", "The safest swap is none: swapoff", Mark.NOTE
)


def look(examination: Examination) -> Iterator[Finding]:
    """Of the program that runs what the kernel says, else what its unit says."""
    core = _core(examination)
    yield CORE.found(what=core) if core else ok("no core files")
    yield _swap(examination)


def _core(examination: Examination) -> str:
    """Whose core file could be written; empty where none can."""
    daemon = examination.daemon
    if daemon.pid is not None:
        limits = examination.machine.read(f"/proc/{daemon.pid}/limits") or ""
        for line in limits.splitlines():
            if line.startswith("Max core file size"):
                return "" if line.split()[4] == "0" else f"the program ({daemon.pid})"
    return "" if daemon.unit.last("LimitCORE") == "0" else f"{daemon.unit.name}.service"


def _swap(examination: Examination) -> Finding:
    machine, daemon = examination.machine, examination.daemon
    swaps = [line.split()[0] for line in (machine.read("/proc/swaps") or "").splitlines()[1:]]
    if not swaps:
        return ok("no swap")
    status = machine.read(f"/proc/{daemon.pid}/status") or "" if daemon.pid is not None else ""
    swapped = next((line.split()[1] for line in status.splitlines() if line.startswith("VmSwap:")), "0")
    controllers = (machine.read("/sys/fs/cgroup/cgroup.controllers") or "").split()
    if swapped != "0":
        return SWAPPED.found(kib=swapped)
    if daemon.unit.last("MemorySwapMax") != "0" or "memory" not in controllers:
        return SWAP.found(swaps=", ".join(swaps))
    return SWAP_ON.found(swaps=", ".join(swaps))
