"""``station revise``: a new revision of an order's instruction, in time or not.

The desk gives no instruction back, so the current one comes from the order feed's file, or the new one is given whole.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.config.contact import ContactConfig
from station.contact import hold, release
from station.contact.arguments import add_common_arguments, identifier
from station.contact.changes import (
    NotPossible,
    add_change_arguments,
    asked_changes,
    changed,
    changed_fields,
    changed_headings,
    drops_sort_code,
)
from station.contact.exits import Exit
from station.contact.line import Line, on_line, say_aside
from station.contact.orders_file import json_line, read_orders
from station.contact.outcomes import ask_one, exit_of_answer, revision_question
from station.contact.phrases import Say
from station.contact.text_file import ENCODINGS, Unusable, read_text, replace_file
from station.protocol.codec import Invalid
from station.protocol.hold import HoldKind
from station.protocol.identifiers import new_identifier
from station.protocol.instruction import Instruction, decode_instruction
from station.protocol.topics import OutcomeOf

IN_PLACE = Path()
"""``--save`` without a name: the file that the instruction came from."""
NEW = True
"""``--hold`` without an id: a new hold."""


class NoInstruction(Exception):
    """The command line gives no instruction to publish."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What is published, and where it is saved when it is accepted."""

    instruction: Instruction
    kind: HoldKind
    save: Path | None = None
    source: Path | None = None
    encoding: str | None = None

    def contents(self) -> bytes:
        """Of the file to save. Raises Unusable."""
        if self.source is not None and self.save == IN_PLACE:
            return read_orders(self.source, self.encoding).with_revision(self.instruction)
        return json_line(self.instruction).encode()

    @property
    def path(self) -> Path:
        """Of the file to save."""
        return self.source if self.source is not None and self.save == IN_PLACE else self.save or IN_PLACE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The order, where its instruction comes from, what changes, what is done around it."""
    parser.add_argument("order", type=identifier, metavar="ORDER")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="source", type=Path, metavar="FILE", help="with the current instruction")
    source.add_argument("--instruction", type=Path, metavar="FILE", help="the new instruction, as JSON; - for stdin")
    parser.add_argument("--encoding", choices=ENCODINGS, help="of the file; default: UTF-8 if it is, else Shift_JIS")
    parser.add_argument("--revision", type=int, metavar="N", help="default: one more than the file's")
    add_change_arguments(parser)
    parser.add_argument(
        "--hold",
        nargs="?",
        const=NEW,
        type=identifier,
        metavar="ID",
        help="hold the order first, or go on with that hold; release it when the revision is accepted",
    )
    parser.add_argument(
        "--swap",
        action="store_true",
        help="should the label be out already: print this one in its place, when the old one is scanned at the dock",
    )
    parser.add_argument(
        "--save",
        nargs="?",
        const=IN_PLACE,
        type=Path,
        metavar="FILE",
        help="write the accepted instruction back into the file it came from, or alone into another",
    )
    add_common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Publish a revision. The exit status says whether it came in time."""
    try:
        revision = _revision(arguments)
        if revision.save is not None:
            revision.contents()
    except (NoInstruction, NotPossible) as error:
        print(f"station revise: {error}", file=sys.stderr)
        return Exit.USAGE
    except Unusable as error:
        say_aside(Say.FILE_UNUSABLE, path=arguments.source or arguments.instruction, reason=str(error))
        return Exit.NO_INPUT

    held = new_identifier() if arguments.hold is NEW else arguments.hold
    subjects = [f"revision-{revision.instruction.revision}", *([f"hold-{held}"] if held else [])]

    def talk(line: Line, config: ContactConfig) -> Exit:
        status = _publish(line, config, revision, held, arguments)
        if status in (Exit.IN_TIME, Exit.SWAP_ORDERED) and revision.save is not None:
            saved = _save(revision)
            return status if saved is Exit.IN_TIME else saved
        return status

    return on_line(arguments, lambda *_: tuple(OutcomeOf(arguments.order, each) for each in subjects), talk)


def _publish(
    line: Line, config: ContactConfig, revision: Revision, held: str | None, arguments: argparse.Namespace
) -> Exit:
    """The revision, with a hold around it where one was asked for. A hold that did its work is released."""
    if held is None:
        return _ask(line, revision, arguments)
    status = hold.place(line, config, arguments, held, kind=revision.kind, note="")
    if status in (Exit.REFUSED, Exit.NO_ANSWER):
        return status
    if status is Exit.IN_TIME:
        status = _ask(line, revision, arguments)
        if status is Exit.IN_TIME:
            return release.lift(line, config, arguments, held, note="")
    say_aside(Say.HOLD_STANDS, hold=held, order=arguments.order)
    return status


def _ask(line: Line, revision: Revision, arguments: argparse.Namespace) -> Exit:
    return exit_of_answer(ask_one(line, revision_question(line.topics, revision.instruction, line.is_now), arguments))


def _save(revision: Revision) -> Exit:
    try:
        replace_file(revision.path, revision.contents())
    except Unusable as error:
        say_aside(Say.NOT_SAVED, path=revision.path, reason=str(error))
        return Exit.NO_INPUT
    say_aside(Say.SAVED, path=revision.path)
    return Exit.IN_TIME


def _revision(arguments: argparse.Namespace) -> Revision:
    """What to publish. Raises NoInstruction, NotPossible, Unusable."""
    changes = asked_changes(arguments)
    if arguments.swap and arguments.hold:
        raise NoInstruction("--swap goes without --hold: a hold keeps the new label back, too")
    if arguments.instruction is not None:
        return _whole(arguments, changes)
    if not changes:
        raise NoInstruction("nothing changes; give at least one of the changes (--help), or --instruction")
    taken = read_orders(arguments.source, arguments.encoding).newest(arguments.order)
    if taken is None:
        raise Unusable(f"has no usable instruction of order {arguments.order} (station orders load says why)")
    before = taken.instruction
    after = changed(before, changes, before.revision + 1 if arguments.revision is None else arguments.revision)
    after = msgspec.structs.replace(after, swap=arguments.swap)
    if not changed_fields(before, after):
        raise NoInstruction("nothing changes: the file's instruction says all of that already")
    say_aside(Say.CHANGED, fields=changed_headings(before, after))
    if drops_sort_code(changes) and before.sort_code is not None:
        say_aside(Say.SORT_CODE_DROPPED)
    kind: HoldKind = "address_change" if before.ship_to != after.ship_to else "service_change"
    return Revision(after, kind, arguments.save, arguments.source, arguments.encoding)


def _whole(arguments: argparse.Namespace, changes: dict[str, object]) -> Revision:
    if changes:
        raise NoInstruction("--instruction is the whole new instruction; changes go with --from")
    if arguments.save == IN_PLACE:
        raise NoInstruction("--save needs the name of a file here")
    path = Path("/dev/stdin") if str(arguments.instruction) == "-" else arguments.instruction
    try:
        instruction = decode_instruction("".join(read_text(path, arguments.encoding).lines).encode())
    except Invalid as error:
        raise NoInstruction(f"--instruction: {error}") from None
    if instruction.order != arguments.order:
        raise NoInstruction(f"--instruction is of another order than {arguments.order}")
    if arguments.revision is not None:
        instruction = changed(instruction, {}, arguments.revision)
    if arguments.swap:
        instruction = msgspec.structs.replace(instruction, swap=True)
    return Revision(instruction, "other", arguments.save)
