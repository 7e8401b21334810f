"""What a keyboard-wedge scanner sends for a text: the event stream of a USB keyboard, for tests."""

import struct
from collections.abc import Iterable, Iterator

from station.devices.keymap import KEYPAD_DIGITS, Key, keymap
from station.devices.scanner_hid import EV_KEY, EV_SYN, SYN_REPORT, InputEvent

EV_MSC, MSC_SCAN = 0x04, 0x04
GS = "\x1d"


def stroke(key: int, value: int, at_s: float) -> list[InputEvent]:
    """One key going down (1), up (0) or repeating (2), as the kernel's HID driver reports it."""
    return [
        (EV_MSC, MSC_SCAN, 0x70000 + key, at_s),
        (EV_KEY, key, value, at_s),
        (EV_SYN, SYN_REPORT, 0, at_s),
    ]


def typed(text: str, layout: str, start_s: float, *, pace_s: float = 0.008) -> list[InputEvent]:
    """The whole stream for these characters, one character every ``pace_s``."""
    events: list[InputEvent] = []
    for place, character in enumerate(text):
        events += _character(character, layout, start_s + place * pace_s)
    return events


def typed_on_keypad(digits: str, start_s: float) -> list[InputEvent]:
    """Digits by the keys of the numeric keypad, NumLock pressed before and after."""
    num_lock = [*stroke(Key.NUM_LOCK, 1, start_s), *stroke(Key.NUM_LOCK, 0, start_s)]
    keys = {digit: key for key, digit in KEYPAD_DIGITS.items()}
    strokes = (event for digit in digits for value in (1, 0) for event in stroke(keys[digit], value, start_s))
    return [*num_lock, *strokes, *num_lock]


def typed_by_number(text: str, start_s: float, *, form: str = "03", code_page: str = "ascii") -> list[InputEvent]:
    """Each character as Alt with its number on the keypad, in a format (``03``, ``04``) and a code page."""
    keys = {digit: key for key, digit in KEYPAD_DIGITS.items()}
    events: list[InputEvent] = []
    for character in text:
        number = ord(character) if code_page == "unicode" else int.from_bytes(character.encode(code_page))
        events += stroke(Key.LEFT_ALT, 1, start_s)
        for digit in f"{number:{form}}":
            events += [*stroke(keys[digit], 1, start_s), *stroke(keys[digit], 0, start_s)]
        events += stroke(Key.LEFT_ALT, 0, start_s)
    return events


def _character(character: str, layout: str, at_s: float) -> Iterator[InputEvent]:
    around = Key.LEFT_CTRL if character == GS else None
    wanted = "]" if character == GS else character
    key, shifted = next(
        (key, levels[0] != wanted) for key, levels in sorted(keymap(layout).keys.items()) if wanted in levels[:2]
    )
    if shifted:
        around = Key.LEFT_SHIFT
    if around:
        yield from stroke(around, 1, at_s)
    yield from stroke(key, 1, at_s)
    yield from stroke(key, 0, at_s)
    if around:
        yield from stroke(around, 0, at_s)


def as_kernel_bytes(events: Iterable[InputEvent]) -> bytes:
    """The same events as ``struct input_event`` records, as read() delivers them."""
    return b"".join(
        struct.pack("@llHHi", int(at_s), int(at_s % 1 * 1_000_000), kind, code, value)
        for kind, code, value, at_s in events
    )
