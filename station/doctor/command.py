"""``station doctor``: its command line."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from station.config.program import installed, read_program
from station.doctor.checks import CHECKS, examined
from station.doctor.daemon import find_daemon
from station.doctor.examination import Examination
from station.doctor.findings import Finding, Mark, status_of
from station.doctor.machine import Machine

EPILOG = """
A line for each thing, and behind each fault its remedy; docs/maintenance.md has them all. With the program stopped,
devices and the broker's rights are tried; while it runs, what it says of them counts. Nothing is printed or changed.

Exit status: 0 fit; 1 there are faults; 2 no fault, but not all could be looked at (use sudo); 78 the configuration
cannot be used.
"""
VERDICTS = {0: "fit", 1: "NOT FIT", 2: "no fault seen, but not all could be looked at"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose machine, and what of it."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="station.toml or desk.toml (default: the installed one)")
    names = [check.name for check in CHECKS]
    add("--only", nargs="+", choices=names, default=[], metavar="CHECK", help=", ".join(names))
    add("--json", action="store_true", help="one JSON object")
    add("--root", type=Path, default=Path("/"), metavar="DIRECTORY", help="of the machine (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Examine; the exit status. Raises ConfigError."""
    machine, config = Machine(arguments.root), read_program(arguments.config or installed())
    examination = Examination(machine, config, find_daemon(machine, config))
    findings = []
    for finding in examined(examination, arguments.only):
        findings.append(finding)
        if not arguments.json:
            print(finding, flush=True)
    status = status_of({finding.mark for finding in findings})
    if arguments.json:
        print(_as_json(findings, status))
    else:
        faults = sum(finding.mark is Mark.FAULT for finding in findings)
        print(f"{VERDICTS[status]}: {faults} faults" if faults else VERDICTS[status])
    return status


def _as_json(findings: list[Finding], status: int) -> str:
    return json.dumps({"status": status, "findings": [asdict(each) for each in findings]}, ensure_ascii=False)
