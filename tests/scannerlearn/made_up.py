"""Scanners made up: what each sends for the three patterns, by its settings, as keys or as bytes."""

from dataclasses import dataclass, field

from station.devices.scanner_hid import InputEvent
from station.scannerlearn.heard import Chunk
from station.scannerlearn.patterns import GS1_ELEMENTS, NW7_ENDS, Pattern
from tests.devices.typist import GS, typed, typed_by_number

AIM = {Pattern.LAYOUT: "]C0", Pattern.GS1: "]C1", Pattern.NW7: "]F0"}


@dataclass(frozen=True)
class Settings:
    """Of a scanner. The first is as we want it."""

    layout: str = "jp"
    aim: bool = True
    fnc1: str = GS
    leading_fnc1: bool = False
    fnc1_by_number: bool = False
    """As Alt+029."""
    nw7_ends: tuple[str, str] = NW7_ENDS
    prefix: str = ""
    suffix: str = ""
    end: str = "\r"
    pace_s: float = 0.005
    reads: frozenset[Pattern] = field(default=frozenset(Pattern))

    def text(self, pattern: Pattern) -> str:
        """The characters, but for their end."""
        content = {
            Pattern.LAYOUT: pattern.value,
            Pattern.GS1: (self.fnc1 if self.leading_fnc1 else "") + self.fnc1.join(GS1_ELEMENTS),
            Pattern.NW7: pattern.value.join(self.nw7_ends),
        }[pattern]
        return self.prefix + (AIM[pattern] if self.aim else "") + content + self.suffix

    def keys(self, pattern: Pattern) -> list[InputEvent]:
        """As a keyboard."""
        events: list[InputEvent] = []
        for number, part in enumerate(self.text(pattern).split(GS)):
            if number:
                at_s = self._next_s(events)
                events += typed_by_number(GS, at_s) if self.fnc1_by_number else typed(GS, self.layout, at_s)
            events += typed(part, self.layout, self._next_s(events), pace_s=self.pace_s)
        end = self.end.replace("\r", "\n")
        return events + typed(end, self.layout, self._next_s(events), pace_s=self.pace_s)

    def _next_s(self, events: list[InputEvent]) -> float:
        return events[-1][-1] + self.pace_s if events else 0.0

    def chunks(self, pattern: Pattern) -> list[Chunk]:
        """As bytes, one at a time."""
        content = (self.text(pattern) + self.end).encode("latin-1")
        return [(content[at : at + 1], at * self.pace_s) for at in range(len(content))]


def with_parity(content: bytes, parity: str) -> bytes:
    """Seven bits and a parity bit, as a line that is read with eight has them."""
    odd = parity == "odd"
    return bytes(each | 0x80 if (each.bit_count() % 2 == 1) != odd else each for each in content)
