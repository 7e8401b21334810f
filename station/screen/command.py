"""``station screen``: a station's screen in a terminal."""

import argparse
import sys
from pathlib import Path

from station.screen.reader import screens
from station.screen.terminal import drawn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose screen."""
    parser.add_argument("--socket", type=Path, required=True, metavar="PATH", help="screen_socket of station.toml")


def run(arguments: argparse.Namespace) -> int:
    """Show every change until the station ends; exit status 1 where there is no screen."""
    try:
        for screen in screens(arguments.socket):
            print(drawn(screen, colour=sys.stdout.isatty()), flush=True)
    except OSError as error:
        print(f"{arguments.socket}: no screen here ({error.strerror}); does the station run?", file=sys.stderr)
        return 1
    return 0
