"""``python -m station.emulator``: the emulated printer."""

import argparse
import sys

from station.emulator.command import DESCRIPTION, add_arguments, run


def main() -> int:
    """Runs with the process's arguments."""
    parser = argparse.ArgumentParser(prog="python -m station.emulator", description=DESCRIPTION)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
