"""``python -m tests.simulation``: many worlds, or the story of one."""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.simulation.world import run_world

MEMORY = Path("/dev/shm")  # noqa: S108  (made for this: files that need not outlive the machine)


def main() -> int:
    """Exit status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first world")
    parser.add_argument("--worlds", type=int, default=1, help="how many")
    parser.add_argument("--story", action="store_true", help="tell what happened, of a world that broke or of one only")
    arguments = parser.parse_args()
    logging.disable()
    faults: Counter[str] = Counter()
    orders, broken, began = 0, [], time.monotonic()
    for seed in range(arguments.seed, arguments.seed + arguments.worlds):
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            judged = run_world(seed, Path(folder))
        faults += judged.faults
        orders += judged.orders
        if judged.broken:
            broken.append(judged)
            print(f"seed {seed}: {judged.broken}", flush=True)
        if arguments.story and (judged.broken or arguments.worlds == 1):
            print("\n".join(judged.story))
    seconds = time.monotonic() - began
    print(f"{arguments.worlds} worlds, {orders} orders, {len(broken)} broken, {seconds:.1f} s")
    print(", ".join(f"{kind} {count}" for kind, count in faults.most_common()))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
