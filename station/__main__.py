"""``python -m station``, and the program ``station``."""

import faulthandler
import sys

from station import cli


def main() -> int:
    """Run the subcommand that the command line names; its exit status."""
    faulthandler.enable()
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
