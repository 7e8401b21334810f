"""Reading a scanner's characters as a `Code`: AIM identifiers, GTINs, NW-7. Pure.

The same characters give the same item whichever symbology carried them, so that an order's item code, which
no scanner has seen, can be compared with a scan. The AIM identifier (ISO/IEC 15424) is used for what the
characters cannot say: that a message is made of GS1 elements, that an add-on follows, that a code is no NW-7.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from biip import ParseConfig, ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin
from biip.rcn import Rcn
from biip.upc import Upc

from station.bench.core.codes import NO_ELEMENTS, Code, Elements
from station.config.scanners import UNPROVEN
from station.devices.framing import MAX_SCAN_CHARACTERS

GS = "\x1d"
"""FNC1, as scanners send it between the elements of a GS1 message (and some before the first)."""

_AIM = re.compile(r"\](?P<symbology>[A-Za-z][0-9A-Za-z])")
_GS1_MESSAGES = frozenset({"C1", "e0", "e1", "e2", "d2", "Q3", "J1"})
_EAN_WITH_ADD_ON = "E3"
_CODABAR = "F"

_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != GS}
_DIGITS = re.compile(r"[0-9]+")
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_GTIN_ELEMENT_CHARACTERS = 16  # AI 01 and 14 digits
_EXPIRIES = ("17", "15")
"""Expiry, and best before where there is none: on food it is the day after which nothing is sold."""
_UNSET = "000000"
_NW7 = re.compile(r"(?P<start>[A-Da-d])?(?P<content>[0-9$+\-./:]+)(?P<stop>[A-Da-d])?")

# Labels with an unset date (000000) are common, and their GTIN is good.
_BIIP = ParseConfig(gs1_element_strings_verify_date=False)


@lru_cache(maxsize=4096)
def read_code(raw: str, fnc1: str = UNPROVEN) -> Code:
    """Read one scan, as it came between two terminators; ``fnc1`` as the scanner is configured.

    Whatever the characters are, there is a `Code`; one that nothing can be made of has its text only, which
    is empty when only blanks and control characters came. Control characters other than GS (which some
    scanners and 2-D codes set around the content) are left out.

    Raises ValueError when ``raw`` is longer than `MAX_SCAN_CHARACTERS`.
    """
    if len(raw) > MAX_SCAN_CHARACTERS:
        raise ValueError(f"a code of {len(raw)} characters: at most {MAX_SCAN_CHARACTERS} can be read")
    characters = raw.translate(_CONTROLS).strip(" ")
    aim = _AIM.match(characters)
    symbology = aim["symbology"] if aim else ""
    text = characters[aim.end() :] if aim else characters
    is_message = symbology in _GS1_MESSAGES or GS in text
    if fnc1 in text and (is_message or _is_whole_message(text.replace(fnc1, GS))):
        text, is_message = text.replace(fnc1, GS), True
    text = text.strip()  # FNC1 before the first element is GS too, which counts as a blank
    nw7 = _NW7.fullmatch(text)
    if nw7 and bool(nw7["start"]) == bool(nw7["stop"]):
        text = text.upper()  # scanners are set to send a..d or A..D
    else:
        nw7 = None
    gtin, elements = _article(
        text[:13] if symbology == _EAN_WITH_ADD_ON else text, is_message=is_message, is_proven=fnc1 != UNPROVEN
    )
    return Code(
        text=text,
        gtin=gtin,
        nw7=nw7["content"] if nw7 and symbology[:1] in ("", _CODABAR) else None,
        elements=elements if gtin is not None else NO_ELEMENTS,
    )


def item_key(code: str) -> str:
    """An order line's item code in the form of `Code.item`, which the scan of that item is compared with."""
    return read_code(code).item


def _article(text: str, *, is_message: bool, is_proven: bool) -> tuple[str | None, Elements]:
    if not is_message and len(text) in _GTIN_LENGTHS:
        return _gtin_of_digits(text), NO_ELEMENTS
    if text.startswith(("http://", "https://")):
        return _article_of_link(text)
    if is_message or len(text) >= _GTIN_ELEMENT_CHARACTERS:
        return _article_of_message(text, is_message=is_message, is_proven=is_proven)
    return None, NO_ELEMENTS


def _gtin_of_digits(digits: str) -> str | None:
    """14 digits, or None: the check digit is wrong, or the number is an in-store one (02, 20..29).

    Eight digits that begin with 0 are a UPC-E: no article's JAN-8 begins so.
    """
    if not _DIGITS.fullmatch(digits):
        return None
    try:
        if len(digits) == 8 and digits[0] == "0":
            digits = Upc.parse(digits).as_upc_a()
        gtin = Gtin.parse(digits)
    except ParseError:
        return None
    return None if isinstance(gtin, Rcn) else gtin.as_gtin_14()


def _article_of_message(text: str, *, is_message: bool, is_proven: bool) -> tuple[str | None, Elements]:
    """Of a GS1 message. Where only the characters say that it is one, all of it must parse."""
    message = _parsed(text, is_proven=is_proven)
    if not (is_message or message.is_whole):
        return None, NO_ELEMENTS
    gtin = message.values.get("01")
    found = _gtin_of_digits(gtin) if gtin is not None else None
    return found, _elements(message.values, run_together=message.run_together or not message.is_whole)


def _article_of_link(uri: str) -> tuple[str | None, Elements]:
    """Of a GS1 Digital Link, the form of GS1 QR codes on consumer goods. Its elements cannot run together."""
    try:
        found = GS1DigitalLinkURI.parse(uri, config=_BIIP).element_strings
    except (ParseError, ValueError):  # ValueError: no URI at all (urllib.parse)
        return None, NO_ELEMENTS
    values = {element.ai.ai: element.value for element in found}
    gtin = values.get("01")
    return (_gtin_of_digits(gtin) if gtin is not None else None), _elements(values, run_together=False)


@dataclass(frozen=True, slots=True)
class _Message:
    """A GS1 message taken apart from its beginning, as far as it is certain what stands there."""

    values: Mapping[str, str]
    """By application identifier; the first of its kind."""
    is_whole: bool
    """Every character belongs to an element."""
    run_together: bool
    """An element whose length varies is followed by nothing that ends it."""


def _parsed(text: str, *, is_proven: bool) -> _Message:
    """``is_proven``: the scanner is known to send FNC1, so that a message without one needs none.

    An element of variable length ends at FNC1 or with the message (GS1 General Specifications, section 7.8). From a
    scanner that may leave FNC1 out, the last one is certain only where no end of it reads as further elements.
    """
    values: dict[str, str] = {}
    is_proven = is_proven or GS in text
    rest, run_together = text, False
    while rest:
        try:
            element = GS1ElementString.extract(rest, config=_BIIP)
        except ParseError:
            return _Message(values, is_whole=False, run_together=run_together)
        rest = rest[len(element) :]
        if element.ai.separator_required and (
            (rest and rest[0] != GS) or (not rest and not is_proven and _hides_elements(element.value))
        ):
            run_together = True
        if not run_together:
            values.setdefault(element.ai.ai, element.value)
        rest = rest.lstrip(GS)
    return _Message(values, is_whole=True, run_together=run_together)


def _hides_elements(value: str) -> bool:
    """Whether an end of this value reads as elements of its own, so that it may be two that have run together."""
    return any(_is_whole_message(value[at:]) for at in range(1, len(value) - 2))


def _is_whole_message(text: str) -> bool:
    try:
        GS1Message.parse(text, config=_BIIP)
    except ParseError:
        return False
    return True


def _elements(values: Mapping[str, str], *, run_together: bool) -> Elements:
    expiry = next((values[ai] for ai in _EXPIRIES if values.get(ai, _UNSET) != _UNSET), "")
    return Elements(values.get("10", ""), values.get("21", ""), expiry, run_together)
