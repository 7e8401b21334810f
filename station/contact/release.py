"""``station release``: end one hold. The order is free when none of its holds stands."""

import argparse

from station.clock import wall_clock
from station.config.contact import ContactConfig
from station.contact.arguments import add_common_arguments, add_note_argument, identifier
from station.contact.exits import Exit
from station.contact.line import Line, on_line
from station.contact.outcomes import ask_one, exit_of_release, hold_question
from station.protocol.hold import Hold
from station.protocol.topics import OutcomeOf


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which hold of which order."""
    parser.add_argument("order", type=identifier, metavar="ORDER")
    parser.add_argument("hold", type=identifier, metavar="HOLD", help="the id that `station hold` printed")
    add_note_argument(parser)
    add_common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Release a hold."""

    def talk(line: Line, config: ContactConfig) -> Exit:
        return lift(line, config, arguments, arguments.hold, note=arguments.note)

    return on_line(arguments, lambda *_: (OutcomeOf(arguments.order, f"hold-{arguments.hold}"),), talk)


def lift(line: Line, config: ContactConfig, arguments: argparse.Namespace, hold: str, *, note: str) -> Exit:
    """Publish a hold's release until it is answered, and tell the answer."""
    message = Hold(hold=hold, kind="other", state="released", note=note, by=config.name, at=wall_clock())
    return exit_of_release(ask_one(line, hold_question(line.topics, arguments.order, message, line.is_now), arguments))
