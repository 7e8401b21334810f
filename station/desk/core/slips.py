"""Which order a scanned code stands for."""

import re

from station.desk.core.facts import Facts
from station.desk.core.order import Order

_NW7 = re.compile(r"[A-Da-d]([0-9$+\-./:]+)[A-Da-d]")


def bare(code: str) -> str:
    """A code without NW-7's start and stop character, which some scanners send and others do not."""
    framed = _NW7.fullmatch(code)
    return code if framed is None else framed[1]


def order_of_slip(facts: Facts, slip: str) -> Order | None:
    """The order of a slip."""
    order = facts.order_of_slip(slip) or facts.order_of_slip(bare(slip))
    return None if order is None else facts.order(order)
