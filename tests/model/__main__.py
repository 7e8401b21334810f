"""Searches the model of the hold protocol, configuration by configuration, and says what each search was worth.

    python -m tests.model [--full] [--without GUARD]... [NAME...]

Exit status 1 where a promise is broken; then the story of it is told, message by message.
"""

import argparse
import sys

from tests.model.checker import search
from tests.model.configurations import CONFIGURATIONS, Configuration


def main() -> int:
    """The whole command."""
    parser = argparse.ArgumentParser(
        prog="scripts/check-model", description="Search the model of the hold protocol with spin."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="configurations that begin so; all without")
    parser.add_argument("--full", action="store_true", help="the long ones too: some minutes, up to 2 GB of memory")
    parser.add_argument("--without", default="", metavar="GUARD", help="take a guard away, by its name in the model")
    asked = parser.parse_args()
    chosen = [each for each in CONFIGURATIONS if _is_chosen(each, asked)]
    if not chosen:
        parser.error(f"no configuration begins so; there are: {', '.join(each.name for each in CONFIGURATIONS)}")
    broken = [each for each in chosen if _is_broken(each, asked.without)]
    return 1 if broken else 0


def _is_chosen(configuration: Configuration, asked: argparse.Namespace) -> bool:
    if asked.names:
        return any(configuration.name.startswith(name) for name in asked.names)
    return asked.full or not configuration.is_long


def _is_broken(configuration: Configuration, without: str) -> bool:
    found = search(configuration.bounds, without=(without,), optimised=configuration.is_long)
    verdict = f"BROKEN: {found.broken}" if found.broken else "holds"
    print(
        f"{configuration.name}: {configuration.bound}: {found.states:,} states, depth {found.depth:,}, "
        f"{found.memory_mb:,.0f} MB, {found.cpu_s:.0f} s: {verdict}",
        flush=True,
    )
    if found.broken:
        print(found.story)
    return bool(found.broken)


if __name__ == "__main__":
    sys.exit(main())
