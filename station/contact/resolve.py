"""``station resolve``: a supervisor's word on what a station will not say any more."""

import argparse
import sys

from station.config.contact import ContactConfig
from station.contact.arguments import add_common_arguments, identifier
from station.contact.asking import Asking, Question
from station.contact.exits import Exit
from station.contact.line import Line, on_line
from station.contact.outcomes import tell_silence
from station.contact.phrases import Say, both
from station.protocol.codec import encode
from station.protocol.identifiers import new_identifier
from station.protocol.reply import Kept, NotUnderstood, decode_inbox
from station.protocol.request import DoWithout, Resolve
from station.protocol.topics import InboxOf, RequestFrom

Answered = Kept | NotUnderstood


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which grant and how it ended, or which station to do without."""
    parser.add_argument("order", nargs="?", type=identifier, metavar="ORDER")
    parser.add_argument("--grant", type=identifier, metavar="GRANT", help="as `station hold` and the history name it")
    fate = parser.add_mutually_exclusive_group()
    fate.add_argument("--printed", dest="printed", action="store_const", const=True, help="the label came out")
    fate.add_argument(
        "--not-printed",
        dest="printed",
        action="store_const",
        const=False,
        help="no label came out, and the printer was switched off: what it held cannot come out later",
    )
    parser.add_argument(
        "--without", type=identifier, metavar="STATION", help="a restored desk need not wait for this station"
    )
    parser.add_argument("--by", type=identifier, metavar="NAME", help="who looked; default: the configuration's name")
    add_common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Tell the desk. Only a client that desk.toml names among its supervisors is heard."""
    of_grant = (arguments.order, arguments.grant, arguments.printed)
    if (None in of_grant) == (arguments.without is None) or (arguments.without and of_grant != (None, None, None)):
        print(
            "station resolve: give ORDER, --grant and --printed or --not-printed; or --without STATION", file=sys.stderr
        )
        return Exit.USAGE

    def talk(line: Line, config: ContactConfig) -> Exit:
        request = _request(arguments, arguments.by or config.name)
        answer = _ask(line, config.name, request, arguments.wait)
        if answer is None:
            tell_silence(line)
            return Exit.NO_ANSWER
        print(encode(answer).decode() if arguments.json else _words(request, answer), flush=True)
        return Exit.IN_TIME if isinstance(answer, Kept) else Exit.REFUSED

    return on_line(arguments, lambda _topics, config: (InboxOf(config.name),), talk)


def _request(arguments: argparse.Namespace, by: str) -> Resolve | DoWithout:
    name = new_identifier()
    if arguments.without is not None:
        return DoWithout(request=name, station=arguments.without, by=by)
    return Resolve(request=name, order=arguments.order, grant=arguments.grant, printed=arguments.printed, by=by)


def _ask(line: Line, name: str, request: Resolve | DoWithout, wait_s: float) -> Answered | None:
    def read(payload: bytes) -> Answered | None:
        message = decode_inbox(payload)
        if isinstance(message, Kept | NotUnderstood) and message.request == request.request:
            return message
        return None

    inbox = line.topics.of(InboxOf(name))
    question: Question[Answered] = Question(
        line.topics.of(RequestFrom(name)), encode(request), inbox, read, lambda _answer: True
    )
    for answer in line.ask(Asking([question], wait_s=wait_s)):
        return answer.message
    return None


def _words(request: Resolve | DoWithout, answer: Answered) -> str:
    if isinstance(answer, NotUnderstood):
        return both(Say.NOT_UNDERSTOOD, reason=answer.reason)
    if isinstance(request, DoWithout):
        return both(Say.DONE_WITHOUT, station=request.station)
    if answer.settled:
        return f"{request.order}  {both(Say.ALREADY_RESOLVED, grant=request.grant)}"
    key = Say.RESOLVED_PRINTED if request.printed else Say.RESOLVED_NOT_PRINTED
    return f"{request.order}  {both(key, grant=request.grant)}"
