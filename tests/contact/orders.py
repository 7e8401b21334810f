"""Orders for the tests of the contact center's commands."""

from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from station.contact.orders_file import json_line
from station.protocol.instruction import Instruction
from tests.label.orders import PLAIN, tracking_number

_numbers = count(1)


def new_order(**changes: Any) -> Instruction:
    """An order that no other test has, nor its tracking number."""
    count_of_all = next(_numbers)
    number = f"T-{count_of_all:05}"
    piece = {"tracking_number": tracking_number(40_100_000_000 + count_of_all)}
    tree = msgspec.to_builtins(PLAIN) | {"order": number, "slips": [number], "pieces": [piece]} | changes
    return msgspec.convert(tree, Instruction)


def write_lines(path: Path, *instructions: Instruction) -> Path:
    """An orders file of JSON lines."""
    path.write_text("".join(json_line(each) for each in instructions), "utf-8")
    return path
