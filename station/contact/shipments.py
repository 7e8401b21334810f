"""``station shipments``: the desk's shipment records (出荷報告), and with ``--follow`` each new one."""

import argparse
import csv
import sys

from station.clock import elapsed_s
from station.config.contact import ContactConfig
from station.contact.arguments import add_common_arguments, identifier
from station.contact.asking import Asking, Question
from station.contact.exits import Exit
from station.contact.line import Line, on_line, say_aside
from station.contact.outcomes import tell_silence
from station.contact.phrases import Say
from station.contact.words import shipment_words
from station.feed.mqtt import Arrived, Connected
from station.protocol.codec import Invalid, encode
from station.protocol.identifiers import new_identifier
from station.protocol.outcome import Shipment, ShipmentPage, ShipmentQuery, decode_shipment_page
from station.protocol.status import decode_desk_status
from station.protocol.topics import Address, AnswerTo, QueryFrom, ShipmentOf, StatusOfDesk, Topics

LOOK_AGAIN_S = 30.0
"""A shipment's message can be lost, and the last of a day leaves no gap to see."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which records."""
    parser.add_argument("--order", type=identifier, metavar="ORDER", help="only this order's")
    parser.add_argument("--after", type=int, default=0, metavar="N", help="only those numbered higher")
    parser.add_argument("--follow", action="store_true", help="go on with each new one, until interrupted")
    parser.add_argument("--csv", action="store_true", help="print a table with a heading, for a spreadsheet")
    add_common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print shipment records, oldest first."""

    def subscriptions(topics: Topics, config: ContactConfig) -> tuple[Address | str, ...]:
        answers = AnswerTo(config.name)
        if not arguments.follow:
            return (answers,)
        return (answers, ShipmentOf(arguments.order) if arguments.order else topics.pattern(ShipmentOf))

    def talk(line: Line, config: ContactConfig) -> Exit:
        reader = _Reader(line, config, arguments)
        if arguments.follow:
            reader.follow()
        return Exit.IN_TIME if reader.read_all() else Exit.NO_ANSWER

    try:
        return on_line(arguments, subscriptions, talk)
    except KeyboardInterrupt:
        return Exit.IN_TIME


def _cells(shipment: Shipment) -> list[object]:
    """A row: several tracking numbers with blanks between, yes and no as 1 and 0."""
    row: list[object] = []
    for name in Shipment.__struct_fields__:
        value = getattr(shipment, name)
        row.append(" ".join(value) if isinstance(value, tuple) else int(value) if isinstance(value, bool) else value)
    return row


class _Reader:
    """Reads on from the last record that was printed."""

    def __init__(self, line: Line, config: ContactConfig, arguments: argparse.Namespace) -> None:
        self._line = line
        self._config = config
        self._arguments = arguments
        self._last: int = arguments.after
        self._epoch = ""
        self._is_news = False
        """Something was heard since the desk was last asked."""
        self._is_restored = False
        """The desk numbers again since it was last asked."""
        self._table = csv.writer(sys.stdout)
        if arguments.csv:
            self._table.writerow(Shipment.__struct_fields__)

    def read_all(self) -> bool:
        """Print what the desk has after the last one, page by page; whether it answered."""
        page: ShipmentPage | None = None
        while page is None or page.more:
            page = self._page()
            if page is None:
                tell_silence(self._line)
                return False
            for shipment in page.shipments:
                self._last = shipment.number
                self._print(shipment)
        return True

    def _print(self, shipment: Shipment) -> None:
        if self._arguments.csv:
            self._table.writerow(_cells(shipment))
            sys.stdout.flush()
        else:
            print(encode(shipment).decode() if self._arguments.json else shipment_words(shipment), flush=True)

    def follow(self) -> None:
        """Read again whenever a record is announced, and now and then. It ends by interruption.

        The records come from the desk's answers alone, so that none is left out, doubled or out of turn when messages
        are. A desk restored from an old copy numbers again: then everything is read again.
        """
        while True:
            if self._is_restored:
                self._last = self._arguments.after
            self._is_news = self._is_restored = False
            self.read_all()
            until_s = elapsed_s() + LOOK_AGAIN_S
            while not self._is_news and (event := self._line.next_event(until_s)) is not None:
                if isinstance(event, Connected):
                    self._is_news = True
                else:
                    self._hear(event)

    def _hear(self, message: Arrived) -> None:
        """A record that is announced, or a desk that was restored, is news."""
        try:
            address = self._line.topics.parse(message.topic)
            if isinstance(address, StatusOfDesk):
                self._hear_epoch(decode_desk_status(message.payload).epoch)
        except Invalid:
            return
        if isinstance(address, ShipmentOf):
            self._is_news = True

    def _hear_epoch(self, epoch: str) -> None:
        before, self._epoch = self._epoch, epoch
        if before not in ("", epoch):
            say_aside(Say.NEW_EPOCH, epoch=epoch)
            self._is_news = self._is_restored = True

    def _page(self) -> ShipmentPage | None:
        query = ShipmentQuery(query=new_identifier(), after=self._last, order=self._arguments.order)

        def read(payload: bytes) -> ShipmentPage | None:
            page = decode_shipment_page(payload)
            return page if page.query == query.query else None

        topics, name = self._line.topics, self._config.name
        question = Question(
            topics.of(QueryFrom(name)), encode(query), topics.of(AnswerTo(name)), read, lambda _page: True
        )
        for answer in self._line.ask(Asking([question], wait_s=self._arguments.wait), self._hear):
            return answer.message
        return None
