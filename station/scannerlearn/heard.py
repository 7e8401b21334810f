"""What a scanner sent for one scan, taken apart: the characters, their end, the longest pause between them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from station.devices.framing import LINE_ENDS
from station.devices.keymap import Keymap
from station.devices.scanner_hid import EV_KEY, KEY_DOWN, KEY_UP, InputEvent, Keyboard

Chunk = tuple[bytes, float]
"""Bytes that came together, and when, in seconds."""

_ENDS = LINE_ENDS + "\t"


@dataclass(frozen=True, slots=True)
class Heard:
    """One scan."""

    text: str
    end: str
    """The characters after it that no code has: CR, LF, CR LF, Tab, or none."""
    slowest_s: float
    """The longest pause inside it."""


def heard_by_keys(events: Sequence[InputEvent], layout: Keymap) -> Heard:
    """A scan as a keyboard sent it, read by one layout. Enter is told as CR, which a scanner sends as Enter."""
    keyboard = Keyboard(layout)
    strokes = [(code, value, at_s) for kind, code, value, at_s in events if kind == EV_KEY]
    typed = "".join(
        keyboard.key(code, down=value == KEY_DOWN) for code, value, _ in strokes if value in (KEY_UP, KEY_DOWN)
    )
    heard = _heard(typed.replace("\n", "\r"), [at_s for _, _, at_s in strokes])
    return replace(heard, end=heard.end[:1])  # CR LF is Enter twice, the second of which ends nothing


def heard_by_line(chunks: Sequence[Chunk]) -> Heard:
    """A scan as bytes from a serial line."""
    return _heard(b"".join(chunk for chunk, _ in chunks).decode("latin-1"), [at_s for _, at_s in chunks])


def _heard(text: str, moments: Sequence[float]) -> Heard:
    body = text.rstrip(_ENDS)
    return Heard(body, text[len(body) :], _slowest(moments))


def _slowest(moments: Sequence[float]) -> float:
    return max((later - before for before, later in pairwise(moments)), default=0.0)
