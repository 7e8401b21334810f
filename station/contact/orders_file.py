"""A file of orders, CSV or JSON lines: read whole, and one order of it written back in its place."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.contact.orders_csv import csv_rows, read_csv
from station.contact.phrases import Say, pair
from station.contact.reading import Reading, Taken, mistake_of
from station.contact.text_file import TextFile, Unusable, decoded, read_text
from station.protocol.codec import MAX_PAYLOAD_BYTES, Invalid
from station.protocol.instruction import Instruction, decode_instruction


@dataclass(frozen=True, slots=True)
class OrdersFile:
    """A file as it was read: of each order the newest revision."""

    text: TextFile
    is_json: bool
    reading: Reading

    def newest(self, order: str) -> Taken | None:
        """An order's newest instruction."""
        return next((taken for taken in self.reading.taken if taken.instruction.order == order), None)

    def with_revision(self, instruction: Instruction) -> bytes:
        """The file with another instruction in the place of its order's, and nothing else changed.

        Raises Unusable where the file's form cannot say it.
        """
        old = self.newest(instruction.order)
        rows = old.rows if old else ()
        end = self.text.line_end
        if self.is_json:
            new: tuple[str, ...] = (json_line(instruction, end),)
        else:
            new = csv_rows(instruction, self.text.lines[0], end)
        lines: list[str] = []
        for number, line in enumerate(self.text.lines, start=1):
            if number not in rows:
                lines.append(line)
            elif number == rows[0]:
                lines.extend(new)
        data = self.text.encoded(tuple(lines))
        written = orders_in(decoded(data, self.text.encoding)).newest(instruction.order)
        if written is None or written.instruction != instruction:
            raise Unusable("cannot say all of the instruction; save as JSON lines")
        return data


def read_orders(path: Path, encoding: str | None = None) -> OrdersFile:
    """The orders of a file. A mistake spoils its own order and no other. Raises Unusable."""
    return orders_in(read_text(path, encoding))


def orders_in(text: TextFile) -> OrdersFile:
    """The orders of a file's text. Raises Unusable."""
    first = next((line.strip() for line in text.lines if line.strip()), "")
    if first.startswith("["):
        raise Unusable("is a JSON array; write one object a line")
    if not first:
        raise Unusable("is empty")
    is_json = first.startswith("{")
    reading = _read_json(text) if is_json else read_csv(text)
    _keep_newest(reading)
    return OrdersFile(text, is_json, reading)


def json_line(instruction: Instruction, line_end: str = "\n") -> str:
    """An instruction as one line."""
    return msgspec.json.encode(instruction).decode() + line_end


def _read_json(text: TextFile) -> Reading:
    reading = Reading()
    for number, line in enumerate(text.lines, start=1):
        body = line.strip()
        if not body:
            continue
        try:
            instruction = decode_instruction(body.encode())
        except Invalid as error:
            mistake = mistake_of(str(error))
            reading.spoil(number, _order_of(body), mistake.column, mistake.reason)
        else:
            reading.taken.append(Taken(instruction, (number,)))
    return reading


class _Named(msgspec.Struct):
    order: str


def _order_of(body: str) -> str:
    """The order that a line speaks of, where even that can be read."""
    try:
        return msgspec.json.decode(body[: MAX_PAYLOAD_BYTES * 2], type=_Named).order[:64]
    except (msgspec.DecodeError, RecursionError):
        return ""


def _keep_newest(reading: Reading) -> None:
    """Of each order the newest revision; of two with one number, none unless they say the same."""
    by_order: defaultdict[str, list[Taken]] = defaultdict(list)
    for taken in reading.taken:
        by_order[taken.instruction.order].append(taken)
    reading.taken.clear()
    for order, revisions in by_order.items():
        newest = max(revisions, key=lambda each: each.instruction.revision)
        same_number = [each for each in revisions if each.instruction.revision == newest.instruction.revision]
        if all(each.instruction == newest.instruction for each in same_number):
            reading.taken.append(newest)
            reading.passed_over.extend(each for each in revisions if each not in same_number)
        else:
            for each in same_number:
                reading.spoil(each.rows[0], order, None, pair(Say.TWICE, revision=newest.instruction.revision))
