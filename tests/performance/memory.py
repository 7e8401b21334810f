"""What a process weighs."""

from pathlib import Path

from tests.performance.report import Aim, Figure, Spread

_KIB = 1024


def figures(name: str, pid: int, *aims: Aim) -> list[Figure]:
    """Resident memory, now, and its proportional part where pages are shared with other processes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {key: int(rest.split()[0]) for key, _, rest in (line.partition(":") for line in rollup.splitlines()[1:])}
    return [
        Figure(name=f"resident: {name}", unit="MiB", product=_one(sizes["Rss"] / _KIB), aims=aims),
        Figure(name=f"proportional: {name}", unit="MiB", product=_one(sizes["Pss"] / _KIB)),
    ]


def _one(value: float) -> Spread:
    return Spread(1, value, value)
