"""``python -m station``, and the program ``station``."""

import faulthandler
import io
import os
import sys

from station import cli

READER_LEFT = 128 + 13
"""As a shell reports SIGPIPE."""


def main() -> int:
    """Run the subcommand that the command line names; its exit status."""
    faulthandler.enable()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a character gets its number; the command goes on.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = cli.main()
        sys.stdout.flush()
    except BrokenPipeError:
        # `station watch | head -1`. Python's flush at the end would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_LEFT
    return status


if __name__ == "__main__":
    sys.exit(main())
