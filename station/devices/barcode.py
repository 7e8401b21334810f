"""Reading a scanner's characters as a `Code`: AIM identifiers, GTINs, NW-7. Pure.

The same characters give the same item whichever symbology carried them, so that an order's item code, which
no scanner has seen, can be compared with a scan. The AIM identifier (ISO/IEC 15424) is used for what the
characters cannot say: that a message is made of GS1 elements, that an add-on follows, that a code is no NW-7.
"""

import re
from functools import lru_cache

from biip import ParseConfig, ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message
from biip.gtin import Gtin
from biip.rcn import Rcn
from biip.upc import Upc

from station.bench.core.codes import Code
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
_NW7 = re.compile(r"(?P<start>[A-Da-d])?(?P<content>[0-9$+\-./:]+)(?P<stop>[A-Da-d])?")

# Labels with an unset date (000000) are common, and their GTIN is good.
_BIIP = ParseConfig(gs1_element_strings_verify_date=False)


@lru_cache(maxsize=4096)
def read_code(raw: str) -> Code:
    """Read one scan, as it came between two terminators.

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
    text = text.strip()  # FNC1 before the first element is GS too, which counts as a blank
    nw7 = _NW7.fullmatch(text)
    if nw7 and bool(nw7["start"]) == bool(nw7["stop"]):
        text = text.upper()  # scanners are set to send a..d or A..D
    else:
        nw7 = None
    return Code(
        text=text,
        gtin=_gtin(text[:13] if symbology == _EAN_WITH_ADD_ON else text, is_message=is_message),
        nw7=nw7["content"] if nw7 and symbology[:1] in ("", _CODABAR) else None,
    )


def item_key(code: str) -> str:
    """An order line's item code in the form of `Code.item`, which the scan of that item is compared with."""
    return read_code(code).item


def _gtin(text: str, *, is_message: bool) -> str | None:
    if not is_message and len(text) in _GTIN_LENGTHS:
        return _gtin_of_digits(text)
    if text.startswith(("http://", "https://")):
        return _gtin_of_link(text)
    if is_message or len(text) >= _GTIN_ELEMENT_CHARACTERS:
        return _gtin_of_message(text, is_message=is_message)
    return None


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


def _gtin_of_message(text: str, *, is_message: bool) -> str | None:
    """The GTIN (AI 01) of a GS1 message. Where only the characters say that it is one, all of it must parse."""
    try:
        element = GS1Message.parse(text, config=_BIIP).element_strings.get(ai="01")
    except ParseError:
        # A scanner that sends nothing for FNC1 spoils what follows; a GTIN that stands first is whole.
        leads = is_message and text.startswith("01")
        return _gtin_of_digits(text[2:_GTIN_ELEMENT_CHARACTERS]) if leads else None
    return _gtin_of_digits(element.value) if element else None


def _gtin_of_link(uri: str) -> str | None:
    """The GTIN of a GS1 Digital Link, the form of GS1 QR codes on consumer goods."""
    try:
        element = GS1DigitalLinkURI.parse(uri, config=_BIIP).element_strings.get(ai="01")
    except (ParseError, ValueError):  # ValueError: no URI at all (urllib.parse)
        return None
    return _gtin_of_digits(element.value) if element else None
