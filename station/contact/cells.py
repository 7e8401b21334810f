"""What people write into a cell, and what an instruction calls it.

Spreadsheets and order systems write full-width digits, several hyphens, dates with slashes, numbers without their
leading zero. What has one meaning is taken; anything else raises ValueError, and nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

SEPARATOR = ";"

_DASHES = re.compile("[‐‑‒–—―−ー－]")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_SLOT = re.compile(r"(\d{1,2})(?::00)?時?[-~〜から]+(\d{1,2})(?::00)?時?")

_PAYMENTS = {
    "元払い": "prepaid",
    "元払": "prepaid",
    "発払い": "prepaid",
    "発払": "prepaid",
    "代引": "cod",
    "代引き": "cod",
    "代金引換": "cod",
    "着払い": "collect",
    "着払": "collect",
}
_TEMPERATURES = {
    "常温": "ambient",
    "冷蔵": "chilled",
    "クール冷蔵": "chilled",
    "冷凍": "frozen",
    "クール冷凍": "frozen",
}
_CARRIERS = {
    "ヤマト運輸": "yamato",
    "ヤマト": "yamato",
    "クロネコヤマト": "yamato",
    "佐川急便": "sagawa",
    "佐川": "sagawa",
    "ゆうパック": "yupack",
    "日本郵便": "yupack",
}

_CAPTURED = {"ロット": "lot", "ロット番号": "lot", "シリアル": "serial", "シリアル番号": "serial", "期限": "expiry"}


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of cell is read and written."""

    read: Callable[[str], object]
    """A value of the instruction; raises ValueError. The cell is not blank."""
    write: Callable[[Any], str]
    """The cell of a value; raises ValueError where no cell can say it."""


def _plain(cell: str) -> str:
    """Full-width letters and digits, and all kinds of hyphens, as ASCII; a text in kana or kanji as it is."""
    folded = _DASHES.sub("-", unicodedata.normalize("NFKC", cell)).strip()
    return folded if folded.isascii() else cell.strip()


def _number(cell: str) -> int:
    return int(_plain(cell.replace("円", "").replace("￥", "")).lstrip("¥\\").replace(",", ""))


def _date(cell: str) -> str:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    if found is None:
        raise ValueError(cell)
    return date(*(int(part) for part in found.groups())).isoformat()


def _slot(cell: str) -> str | None:
    """``1416``; also 午前中 and 14時～16時, and 812, of which a spreadsheet took the zero."""
    said = "".join(unicodedata.normalize("NFKC", cell).split())
    if said in ("指定なし", "なし"):
        return None
    if said in ("午前中", "午前"):
        return "0812"
    if (found := _SLOT.fullmatch(said)) is not None:
        return f"{int(found[1]):02}{int(found[2]):02}"
    if not (said.isascii() and said.isdigit() and len(said) in (3, 4)):
        raise ValueError(cell)
    return said.zfill(4)


def _words(meanings: dict[str, str]) -> Kind:
    """Japanese words for the instruction's; the first of several is written. One that is not known stays as it is."""
    written = {meaning: word for word, meaning in reversed(meanings.items())}
    return Kind(
        lambda cell: meanings.get(unicodedata.normalize("NFKC", cell).strip(), cell.strip()),
        lambda meaning: written.get(meaning, meaning),
    )


def _several(cell: str) -> list[str]:
    return [part for part in map(_plain, _plain(cell).split(SEPARATOR)) if part]


def _joined(values: Sequence[str]) -> str:
    if any(SEPARATOR in value for value in values):
        raise ValueError(SEPARATOR)
    return SEPARATOR.join(values)


def _captured(cell: str) -> list[str]:
    """Japanese words or the instruction's own, with ``;`` between."""
    return [_CAPTURED.get(part.strip(), part.strip()) for part in cell.split(SEPARATOR) if part.strip()]


def _pieces(cell: str) -> list[dict[str, str]]:
    return [{"tracking_number": number.replace("-", "")} for number in _several(cell)]


def _tracking_numbers(values: Sequence[dict[str, str]]) -> str:
    return _joined([piece["tracking_number"] for piece in values])


def _notes(cell: str) -> list[dict[str, object]]:
    """``!`` before a note: the packer has to acknowledge it."""
    notes = (part.strip() for part in cell.split(SEPARATOR))
    return [{"text": note.lstrip("!").strip(), "acknowledge": note.startswith("!")} for note in notes if note]


def _notes_cell(values: Sequence[dict[str, Any]]) -> str:
    if any(note["text"].startswith("!") for note in values):
        raise ValueError("!")
    return _joined([("!" if note["acknowledge"] else "") + note["text"] for note in values])


TEXT = Kind(str.strip, str)
CODE = Kind(_plain, str)
CODES = Kind(_several, _joined)
NUMBER = Kind(_number, str)
DATE = Kind(_date, str)
SLOT = Kind(_slot, str)
PAYMENT = _words(_PAYMENTS)
TEMPERATURE = _words(_TEMPERATURES)
CARRIER = _words(_CARRIERS)
PIECES = Kind(_pieces, _tracking_numbers)
CAPTURED = Kind(_captured, _joined)
NOTES = Kind(_notes, _notes_cell)
