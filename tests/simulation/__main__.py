"""``scripts/simulate``: whole worlds with faults, many of them, or the story of one."""

import argparse
import logging
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from functools import partial
from itertools import count, islice
from multiprocessing.pool import AsyncResult
from pathlib import Path

from tests.simulation.world import STATIONS, Judged, run_world

MEMORY = Path("/dev/shm")  # noqa: S108  (made for this: files that need not outlive the machine)
AT_ONCE = 8
"""Worlds that a process is given at a time."""
AHEAD = 4
"""So many times that wait for each process: none is idle until a slow one is done."""


def main() -> int:
    """Exit status 1 where a promise was broken."""
    arguments = _parser().parse_args()
    if arguments.orders is None and arguments.worlds is None:
        arguments.worlds = 1
    logging.disable()
    faults: Counter[str] = Counter()
    worlds, orders, broken, began = 0, 0, 0, time.monotonic()
    for judged in lived(arguments.seed, arguments.stations, arguments.worlds, arguments.jobs):
        worlds, orders, broken = worlds + 1, orders + judged.orders, broken + bool(judged.broken)
        faults += judged.faults
        if judged.broken:
            print(f"seed {judged.seed}: {judged.broken}", flush=True)
            print(f"again: scripts/simulate --seed {judged.seed} --stations {arguments.stations} --story", flush=True)
        if arguments.story and (judged.broken or arguments.worlds == 1):
            print("\n".join(judged.story))
        if arguments.orders is not None and orders >= arguments.orders:
            break
    seconds = time.monotonic() - began
    print(
        f"{worlds} worlds of {arguments.stations} stations, {orders} orders, {broken} broken, "
        f"{seconds:.1f} s, {orders / seconds:.0f} orders a second"
    )
    print("faults:", ", ".join(f"{kind} {number}" for kind, number in faults.most_common()))
    return 1 if broken else 0


def lived(first: int, stations: int, worlds: int | None, jobs: int) -> Iterator[Judged]:
    """World after world in the order of their seeds, however many processes live through them."""
    seeds = islice(count(first), worlds)
    live = partial(live_once, stations=stations)
    if jobs == 1 or worlds == 1:
        yield from map(live, seeds)
        return
    ahead: deque[AsyncResult[list[Judged]]] = deque()
    with multiprocessing.Pool(jobs) as pool:
        while True:
            while len(ahead) < AHEAD * jobs and (some := list(islice(seeds, AT_ONCE))):
                ahead.append(pool.map_async(live, some, chunksize=AT_ONCE))
            if not ahead:
                return
            yield from ahead.popleft().get()


def live_once(seed: int, stations: int) -> Judged:
    """One world, with its files in memory: a power cut here is that of a process."""
    logging.disable()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return run_world(seed, Path(folder), stations)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first world; each next has the next")
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--worlds", type=int, metavar="N", help="so many worlds")
    wanted.add_argument("--orders", type=int, metavar="M", help="worlds until so many orders are simulated")
    parser.add_argument("--stations", type=int, choices=range(2, len(STATIONS) + 1), default=2, help="in each world")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--story", action="store_true", help="tell what happened, of a world that broke or of one only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
