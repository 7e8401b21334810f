"""``station watch``: everything at the site that is public, as it happens."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from station.clock import elapsed_s, wall_clock
from station.config.contact import ContactConfig
from station.contact.arguments import add_common_arguments, seconds
from station.contact.exits import Exit
from station.contact.line import Line, on_line, say_aside
from station.contact.phrases import Say
from station.contact.words import desk_words, outcome_words, shipment_words, shown_time, station_words
from station.feed.mqtt import Arrived
from station.protocol.codec import Invalid
from station.protocol.outcome import decode_outcome, decode_shipment
from station.protocol.status import decode_desk_status, decode_station_status
from station.protocol.topics import Address, OutcomeOf, ShipmentOf, StatusOf, StatusOfDesk, Topics

_TOLD: dict[type[Address], tuple[Callable[[bytes], Any], Callable[[Any], str]]] = {
    OutcomeOf: (decode_outcome, outcome_words),
    ShipmentOf: (decode_shipment, shipment_words),
    StatusOf: (decode_station_status, station_words),
    StatusOfDesk: (decode_desk_status, desk_words),
}
"""Of each kind of topic: how its messages are read, and in which words they are told."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """When to end."""
    parser.add_argument("--count", type=int, metavar="N", help="end after so many messages")
    parser.add_argument("--for", dest="seconds", type=seconds, metavar="S", help="end after so many seconds")
    add_common_arguments(parser, wait=False)


def run(arguments: argparse.Namespace) -> int:
    """Tell until interrupted."""

    def talk(line: Line, _config: ContactConfig) -> Exit:
        until_s = float("inf") if arguments.seconds is None else elapsed_s() + arguments.seconds
        told = 0
        while elapsed_s() < until_s and told != arguments.count:
            event = line.next_event(min(until_s, elapsed_s() + 3600))
            if isinstance(event, Arrived):
                told += _tell(line.topics, event, as_json=arguments.json)
        return Exit.IN_TIME

    try:
        return on_line(arguments, lambda topics, _: tuple(topics.pattern(kind) for kind in _TOLD), talk)
    except KeyboardInterrupt:
        return Exit.IN_TIME


def _tell(topics: Topics, message: Arrived, *, as_json: bool) -> bool:
    """Print a message with the time at which it was heard; whether it could be read."""
    try:
        read, words = _TOLD[type(topics.parse(message.topic))]
        content = read(message.payload)
    except (Invalid, KeyError) as error:
        say_aside(Say.UNREADABLE, topic=message.topic, reason=str(error))
        return False
    if as_json:
        told = {"topic": message.topic, "message": json.loads(message.payload)}
        print(json.dumps(told, ensure_ascii=False), flush=True)
    else:
        print(f"{shown_time(wall_clock())}  {words(content)}", flush=True)
    return True
