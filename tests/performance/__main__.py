"""scripts/bench: measures everything, prints the table; exit status 1 where an aim is missed."""

import argparse
import os
import platform
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from station.demo.programs import DidNotHappen
from tests.performance import desk, labels, site, starting
from tests.performance.report import Figure, Report, as_table
from tests.performance.rig import Rig


def main() -> int:
    """Run with the process's arguments."""
    arguments = _parser().parse_args()
    load_before = os.getloadavg()
    try:
        figures = _measured(arguments)
    except DidNotHappen as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report = Report(
        at=datetime.now().astimezone().isoformat(timespec="minutes"),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        load_before=load_before,
        load_after=os.getloadavg(),
        figures=tuple(figures),
    )
    print(as_table(report))
    if arguments.json is not None:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return 0 if report.all_met else 1


def _measured(arguments: argparse.Namespace) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=arguments.folder) as folder, Rig(Path(folder)) as rig:
        measures = {
            "site": lambda: site.packed_orders(rig, arguments.orders),
            "desk": lambda: desk.answers(rig, arguments.holds, arguments.rounds),
            "start": lambda: starting.starts(rig, arguments.starts),
            "label": lambda: labels.sizes(arguments.labels),
        }
        wanted = arguments.measures or tuple(measures)
        return [figure for name in measures if name in wanted for figure in measures[name]()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "measures",
        nargs="*",
        choices=("site", "desk", "start", "label", []),
        metavar="MEASURE",
        help="site, desk, start or label; default: all",
    )
    parser.add_argument("--orders", type=int, default=500, metavar="N", help="to pack (default %(default)s)")
    parser.add_argument("--holds", type=int, default=2000, metavar="N", help="to answer (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="of each load (default %(default)s)")
    parser.add_argument("--starts", type=int, default=15, metavar="N", help="of each program (default %(default)s)")
    parser.add_argument("--labels", type=int, default=200, metavar="N", help="to count (default %(default)s)")
    parser.add_argument("--folder", metavar="DIR", help="on the disk to measure (default: the temporary directory)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
