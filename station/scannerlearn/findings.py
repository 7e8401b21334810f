"""From scans of the patterns to what a scanner is, and what should be set otherwise on it. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from station.config.scanners import UNPROVEN
from station.devices.barcode import GS
from station.devices.keymap import Keymap, keymap
from station.devices.scanner_hid import InputEvent
from station.scannerlearn.heard import Chunk, Heard, heard_by_keys, heard_by_line
from station.scannerlearn.patterns import GS1_ELEMENTS, NW7_ENDS, Pattern

LAYOUTS = ("us", "jp")
DEFAULT_GAP_MS, MOST_GAP_MS = 200, 5000
SLOW_MS = 50
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]\Z")
_FNC1_FORM = re.compile(r"[!-/:-@\[-`{-~][!-~]{0,7}")
_GS1 = re.compile(rf"(?P<first>.*?){GS1_ELEMENTS[0]}(?P<fnc1>.*?){GS1_ELEMENTS[1]}(?P<after>.*)", re.DOTALL)


class NotRecognised(ValueError):
    """A scan that is none of the patterns, by any layout that is known. The text says what to look at."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a serial line is set."""

    baud: int
    data_bits: int = 8
    parity: str = "none"


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of a scanner."""

    device: str
    layout: str = ""
    """Of a keyboard; empty for a serial line."""
    line: Line | None = None
    end: str = ""
    """``cr``, ``lf``, ``crlf``, ``tab`` or, where nothing ends a code, empty."""
    fnc1: str = UNPROVEN
    gap_ms: int = DEFAULT_GAP_MS
    advice: tuple[str, ...] = ()
    """What to set on the scanner, the most important first."""


def pattern_of(text: str) -> Pattern:
    """Which pattern a scan is. Raises NotRecognised."""
    if _GS1.search(text):
        return Pattern.GS1
    for pattern in (Pattern.LAYOUT, Pattern.NW7):
        if pattern.value in text:
            return pattern
    raise NotRecognised(
        f"{len(text)} characters came, and they are none of the three patterns: scan one of the sheet. Where it was "
        "one, the scanner is set to a keyboard layout other than US and JP, to keypad or Alt codes with a code page, "
        "or to change what it reads; restore its factory settings and try again"
    )


def layout_of(events: Sequence[InputEvent]) -> str:
    """The layout by which a scan of the first pattern reads as what it is. Raises NotRecognised."""
    heard = {name: heard_by_keys(events, keymap(name)) for name in LAYOUTS}
    for name, each in heard.items():
        if Pattern.LAYOUT.value in each.text:
            return name
    pattern_of(heard[LAYOUTS[0]].text)
    raise NotRecognised("this is another pattern: scan the first one (layout) first")


def line_of(chunks: Sequence[Chunk], baud: int) -> Line | None:
    """How a line is set on which the first pattern came as these bytes, read with 8 bits; None at another speed.

    Seven bits and a parity bit read as eight show themselves: the eighth bit makes every byte even, or odd.
    """
    content = b"".join(chunk for chunk, _ in chunks)
    if Pattern.LAYOUT.value.encode() in content:
        return Line(baud)
    if Pattern.LAYOUT.value.encode() not in bytes(each & 0x7F for each in content):
        return None
    parities = {each.bit_count() % 2 for each in content}
    if len(parities) != 1:
        return None
    return Line(baud, 7, "odd" if parities == {1} else "even")


def found_by_keys(device: str, layout: str, scans: Mapping[Pattern, Sequence[InputEvent]]) -> Findings:
    """What the scans of a keyboard tell."""
    by_layout: Keymap = keymap(layout)
    heard = {pattern: heard_by_keys(events, by_layout) for pattern, events in scans.items()}
    return _found(Findings(device, layout=layout), heard)


def found_by_line(device: str, line: Line, scans: Mapping[Pattern, Sequence[Chunk]]) -> Findings:
    """What the scans of a serial line tell; their bytes were read as the line is set."""
    return _found(Findings(device, line=line), {pattern: heard_by_line(chunks) for pattern, chunks in scans.items()})


def block(findings: Findings, name: str) -> str:
    """The ``[[scanners]]`` block for station.toml."""
    keys: list[tuple[str, object]]
    if findings.line is None:
        keys = [("kind", "hid"), ("name", name), ("device", findings.device), ("layout", findings.layout)]
    else:
        line = findings.line
        keys = [("kind", "serial"), ("name", name), ("port", findings.device), ("baud", line.baud)]
        if line.parity != "none":
            keys += [("data_bits", line.data_bits), ("parity", line.parity)]
        keys.append(("end", findings.end if findings.end in ("cr", "lf", "crlf") else "any"))
    if findings.fnc1 != UNPROVEN:
        keys.append(("fnc1", findings.fnc1))
    if findings.gap_ms != DEFAULT_GAP_MS:
        keys.append(("gap_ms", findings.gap_ms))
    return "\n".join(("[[scanners]]", *(f"{key} = {_toml(value)}" for key, value in keys)))


def _toml(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}'" if "'" not in text else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _found(findings: Findings, heard: Mapping[Pattern, Heard]) -> Findings:
    """The same for both kinds: a scanner's settings show in the characters."""
    fnc1, fnc1_advice = _fnc1(heard.get(Pattern.GS1))
    end, end_advice = _end([each.end for each in heard.values()])
    gap_ms, gap_advice = _gap([each.slowest_s for each in heard.values()])
    advice = (*end_advice, *_around(heard), *fnc1_advice, *_nw7(heard.get(Pattern.NW7)), *gap_advice)
    return replace(findings, fnc1=fnc1, end=end, gap_ms=gap_ms, advice=advice)


_ENDS = {"\r": "cr", "\n": "lf", "\r\n": "crlf", "\t": "tab"}


def _end(ends: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if len(set(ends)) != 1 or ends[0] not in _ENDS:
        return "", ("set a terminator (suffix) of CR, which a keyboard types as Enter: without it no code is taken",)
    return _ENDS[ends[0]], ()


def _fnc1(heard: Heard | None) -> tuple[str, tuple[str, ...]]:
    if heard is None:
        return UNPROVEN, (
            "pattern 2 was not read: enable GS1-128 (and GS1 DataMatrix, GS1 QR), or no lot and serial number is read",
        )
    match = _GS1.search(heard.text)
    form = match["fnc1"] if match is not None else ""
    if form == GS:
        return "gs", ()
    if not form:
        return UNPROVEN, (
            "have FNC1 transmitted as GS (ASCII 29; Ctrl+] on a keyboard): without it a lot or serial number in the "
            "middle of a GS1 code is refused, for nobody can tell where it ends",
        )
    if _FNC1_FORM.fullmatch(form):
        return form, ()
    return UNPROVEN, (f"FNC1 comes as {form!r}, which codes may hold themselves: have it transmitted as GS (ASCII 29)",)


def _around(heard: Mapping[Pattern, Heard]) -> tuple[str, ...]:
    """AIM identifiers before the content, and what should be neither before nor after it."""
    lead, after = "", ""
    if (layout := heard.get(Pattern.LAYOUT)) is not None:
        lead, _, after = layout.text.partition(Pattern.LAYOUT.value)
    advice = []
    if not _AIM.search(lead):
        advice.append(
            "have AIM identifiers transmitted (]C0 before Code 128): they tell a tracking number from an article"
        )
    if prefix := _AIM.sub("", lead):
        advice.append(f"take the prefix {prefix!r} away")
    if after:
        advice.append(f"take the suffix {after!r} before the terminator away")
    return tuple(advice)


def _nw7(heard: Heard | None) -> tuple[str, ...]:
    if heard is None:
        return ("pattern 3 was not read: enable NW-7 (Codabar), or no tracking number is read",)
    before, _, after = heard.text.partition(Pattern.NW7.value)
    ends = (before[-1:].upper(), after[:1].upper())
    if ends != NW7_ENDS:
        return (
            "have the start and stop characters of NW-7 (Codabar) transmitted: they tell a tracking number from other "
            "digits; the station reads labels without them, too",
        )
    return ()


def _gap(slowest_s: Sequence[float]) -> tuple[int, tuple[str, ...]]:
    """A pause inside a scan must stay well below the gap that drops it."""
    slowest_ms = 1000 * max(slowest_s, default=0.0)
    wanted = max(DEFAULT_GAP_MS, min(MOST_GAP_MS, 100 * math.ceil(4 * slowest_ms / 100)))
    if slowest_ms <= SLOW_MS:
        return wanted, ()
    return wanted, (f"take the delay between characters away: {slowest_ms:.0f} ms were the longest",)
