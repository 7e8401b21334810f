"""``station orders load``: publish a file of orders, and say what became of each."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from station.config.contact import ContactConfig
from station.contact.arguments import add_common_arguments
from station.contact.asking import Answer, Asking
from station.contact.exits import Exit, worst
from station.contact.line import Line, on_line, say_aside
from station.contact.orders_file import read_orders
from station.contact.outcomes import exit_of_answer, revision_question, tell_silence
from station.contact.phrases import Say, both
from station.contact.reading import Mistake, Reading, Taken
from station.contact.text_file import ENCODINGS, Unusable
from station.contact.words import outcome_words
from station.protocol.codec import encode
from station.protocol.outcome import Outcome, OutcomeKind
from station.protocol.topics import OutcomeOf

WINDOW = 50
"""Orders under way at a time: the desk commits what lies together as one, and the feed has 100 messages in flight."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``load`` and its file."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    load = actions.add_parser("load", help="publish the orders of a file", description=__doc__)
    load.add_argument("file", type=Path, metavar="FILE", help="CSV or JSON lines (docs/orders-file.md)")
    load.add_argument("--encoding", choices=ENCODINGS, help="default: UTF-8 if it is, else Shift_JIS")
    add_common_arguments(load)


def run(arguments: argparse.Namespace) -> int:
    """Load a file. The exit status is that of the order that needs a person most."""
    try:
        reading = read_orders(arguments.file, arguments.encoding).reading
    except Unusable as error:
        say_aside(Say.FILE_UNUSABLE, path=arguments.file, reason=str(error))
        return Exit.NO_INPUT
    for mistake in reading.mistakes:
        print(_mistake_json(mistake) if arguments.json else _mistake_words(mistake))
    _tell_remarks(reading)

    def talk(line: Line, _config: ContactConfig) -> Exit:
        exits = _load(line, reading.taken, arguments)
        summary = _summary(exits, len(reading.mistakes))
        print(summary, file=sys.stderr if arguments.json else sys.stdout)
        return worst([*exits.elements(), *([Exit.REFUSED] if reading.mistakes else [])])

    return on_line(arguments, lambda topics, _: (topics.pattern(OutcomeOf),), talk)


def _load(line: Line, taken: Sequence[Taken], arguments: argparse.Namespace) -> Counter[Exit]:
    questions = [revision_question(line.topics, each.instruction, line.is_now) for each in taken]
    rows = {question.answer_topic: each for question, each in zip(questions, taken, strict=True)}
    exits: Counter[Exit] = Counter()
    for answer in line.ask(Asking(questions, wait_s=arguments.wait, window=WINDOW)):
        if answer.last:
            _tell(answer, rows[answer.question.answer_topic], as_json=arguments.json)
            exits[exit_of_answer(answer.message)] += 1
    if exits[Exit.NO_ANSWER]:
        tell_silence(line)
    return exits


def _tell(answer: Answer[Outcome], taken: Taken, *, as_json: bool) -> None:
    outcome = answer.message
    if outcome is None:
        print(f"{taken.instruction.order}  {both(Say.NO_ANSWER)}", file=sys.stderr if as_json else sys.stdout)
    elif as_json:
        print(encode(outcome).decode())
    else:
        rows = "-".join(str(row) for row in dict.fromkeys((taken.rows[0], taken.rows[-1])))
        where = f"  ({both(Say.IN_ROWS, rows=rows)})" if outcome.outcome is OutcomeKind.REFUSED else ""
        print(outcome_words(outcome) + where)


def _tell_remarks(reading: Reading) -> None:
    if reading.ignored_columns:
        say_aside(Say.COLUMNS_IGNORED, columns=", ".join(reading.ignored_columns))
    for each in reading.passed_over:
        say_aside(Say.PASSED_OVER, row=each.rows[0], revision=each.instruction.revision)


def _mistake_words(mistake: Mistake) -> str:
    column = mistake.column
    order = f"{mistake.order} " if mistake.order else ""
    field = (f"{column.japanese} ({column.name}): ", f"{column.name}: ") if column else ("", "")
    return both(Say.BAD_ROW, row=mistake.row, order=order, field=field, reason=mistake.reason)


def _mistake_json(mistake: Mistake) -> str:
    column = mistake.column.name if mistake.column else None
    return json.dumps({"row": mistake.row, "order": mistake.order, "field": column, "reason": mistake.reason[1]})


def _summary(exits: Counter[Exit], mistakes: int) -> str:
    return both(
        Say.LOADED,
        orders=exits.total(),
        accepted=exits[Exit.IN_TIME],
        too_late=exits[Exit.TOO_LATE],
        printing=exits[Exit.PRINTING],
        unknown=exits[Exit.UNKNOWN],
        refused=exits[Exit.REFUSED],
        recalling=exits[Exit.RECALLING],
        swap_ordered=exits[Exit.SWAP_ORDERED],
        silent=exits[Exit.NO_ANSWER],
        bad=mistakes,
    )
