"""The paper: a roll that ends, the strip that hangs out of the printer, and the labels that were cut off it."""

from collections import deque
from dataclasses import dataclass

_LONGEST_STRIP_ROWS = 40_000
"""5 m: a host that never cuts does not fill the memory; the strip is torn off there."""


@dataclass(frozen=True, slots=True)
class Label:
    """One piece of paper that left the printer. ``rows`` as in operations.PrintRows."""

    rows: bytes
    height_dots: int
    torn: bool = False
    """Torn off by a person instead of cut: it was not finished."""


class Paper:
    """The roll, and what of it stands between its end and the cutter. A row is one row of dots."""

    def __init__(self, row_bytes: int, cutter_distance_rows: int, rows_left: int | None) -> None:
        self.rows_left = rows_left
        """Rows until the roll's end, or None for a roll without end."""
        self.cuts = 0
        self._row_bytes = row_bytes
        self._cutter_distance_rows = cutter_distance_rows
        self._cuts_due: deque[int] = deque()
        self._labels: list[Label] = []
        self._strip = bytearray()
        self._load()

    def _load(self) -> None:
        """Paper in place ends at the cutter: blank as far as the print head."""
        self._strip = bytearray(self._row_bytes * self._cutter_distance_rows)
        self._cuts_due.clear()

    @property
    def out(self) -> bool:
        """The roll has ended."""
        return self.rows_left == 0

    @property
    def strip_rows(self) -> int:
        """Rows between the strip's edge and the print head."""
        return len(self._strip) // self._row_bytes

    @property
    def hangs_out(self) -> bool:
        """Something was printed or fed since the last cut."""
        return self.strip_rows > self._cutter_distance_rows or any(self._strip)

    def take_labels(self) -> list[Label]:
        """The labels since the last call."""
        labels, self._labels = self._labels, []
        return labels

    def print(self, rows: bytes) -> int:
        """Prints as many of the rows as there is paper for, and says how many."""
        count = self._available(len(rows) // self._row_bytes)
        at = 0
        while at < count:
            step = min(count - at, self._cuts_due[0]) if self._cuts_due else count - at
            self._strip += rows[at * self._row_bytes : (at + step) * self._row_bytes]
            self._moved(step)
            at += step
        return count

    def feed(self, count: int) -> int:
        """Feeds as many rows as there is paper for, and says how many."""
        return self.print(bytes(self._available(count) * self._row_bytes))

    def _available(self, count: int) -> int:
        return count if self.rows_left is None else min(count, self.rows_left)

    def _moved(self, count: int) -> None:
        if self.rows_left is not None:
            self.rows_left -= count
        self._cuts_due = deque(rows - count for rows in self._cuts_due)
        while self._cuts_due and self._cuts_due[0] <= 0:
            self._cuts_due.popleft()
            self.cut()
        if self.strip_rows > _LONGEST_STRIP_ROWS:
            self.tear()

    def cut(self, retract_rows: int = 0) -> None:
        """Cuts at the cutter, and draws the paper back: what is drawn back is printed on again."""
        self.cuts += 1
        height = self.strip_rows - self._cutter_distance_rows
        if height > 0:
            self._labels.append(Label(bytes(self._strip[: height * self._row_bytes]), height))
            del self._strip[: height * self._row_bytes]
        if retract_rows:
            del self._strip[-retract_rows * self._row_bytes :]
            if self.rows_left is not None:
                self.rows_left += retract_rows

    def cut_later(self, after_rows: int) -> None:
        """Cuts when the paper has moved so many rows further and the place has come to the cutter."""
        self._cuts_due.append(after_rows + self._cutter_distance_rows)

    def tear(self) -> None:
        """A person tears off what hangs out."""
        if self.hangs_out:
            self._labels.append(Label(bytes(self._strip), self.strip_rows, torn=True))
        self._load()
