"""``station hold``: stop an order until the hold is released."""

import argparse
from typing import get_args

from station.clock import wall_clock
from station.config.contact import ContactConfig
from station.contact.arguments import add_common_arguments, add_note_argument, identifier
from station.contact.exits import Exit
from station.contact.line import Line, on_line, say_aside
from station.contact.outcomes import ask_one, exit_of_hold, hold_question
from station.contact.phrases import Say
from station.contact.words import hold_words
from station.protocol.hold import Hold, HoldKind
from station.protocol.identifiers import new_identifier
from station.protocol.topics import OutcomeOf

KINDS = tuple(kind for kind in get_args(HoldKind) if kind != "unreadable")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which order, why, and under which id."""
    parser.add_argument("order", type=identifier, metavar="ORDER")
    parser.add_argument("--kind", choices=KINDS, default="other", help="why; default: %(default)s")
    add_note_argument(parser)
    parser.add_argument("--hold", type=identifier, metavar="ID", help="its id, to say it again; default: a new one")
    add_common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Hold an order. The exit status says whether it came in time."""
    hold = arguments.hold or new_identifier()

    def talk(line: Line, config: ContactConfig) -> Exit:
        return place(line, config, arguments, hold, kind=arguments.kind, note=arguments.note)

    return on_line(arguments, lambda *_: (OutcomeOf(arguments.order, f"hold-{hold}"),), talk)


def place(
    line: Line, config: ContactConfig, arguments: argparse.Namespace, hold: str, *, kind: HoldKind, note: str
) -> Exit:
    """Publish a hold until it is answered, and tell the answer."""
    message = Hold(hold=hold, kind=kind, state="active", note=note, by=config.name, at=wall_clock())
    outcome = ask_one(line, hold_question(line.topics, arguments.order, message, line.is_now), arguments, hold_words)
    if outcome is None:
        say_aside(Say.HOLD_AGAIN, hold=hold)
    return exit_of_hold(outcome)
