"""What the contact center's commands share on their command lines."""

import argparse
from pathlib import Path

import msgspec

from station.protocol.codec import Identifier, ShortText


def add_common_arguments(parser: argparse.ArgumentParser, *, wait: bool = True) -> None:
    """The configuration, the form of the answer, and how long to wait for it."""
    default = Path("/etc/packing-station/contact.toml")
    parser.add_argument("--config", type=Path, default=default, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print messages as JSON, one a line")
    if wait:
        parser.add_argument(
            "--wait", type=seconds, default=10.0, metavar="SECONDS", help="for the last answer; default: %(default)s"
        )


def add_note_argument(parser: argparse.ArgumentParser) -> None:
    """A few words to the packer."""
    parser.add_argument("--note", type=_note, default="", help="to the packer; no personal data")


def identifier(text: str) -> str:
    """The name of an order, a hold, a station or a grant."""
    return _checked(text, Identifier, "1 to 64 characters, none of them a control character")


def seconds(text: str) -> float:
    """A time to wait."""
    number = float(text)
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400 seconds")
    return number


def _note(text: str) -> str:
    return _checked(text, ShortText, "at most 200 characters")


def _checked(text: str, kind: object, expected: str) -> str:
    try:
        return str(msgspec.convert(text, type=kind))
    except msgspec.ValidationError:
        raise argparse.ArgumentTypeError(f"{text[:80]!r} has to be {expected}") from None
