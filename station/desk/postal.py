"""A postal code against the address that it stands with: a contradiction is told to the sender, and nothing is changed.

Addresses are written in many ways: without the prefecture, the county or the ward, with 大字 or without, ヶ for ケ,
digits in kanji. So only what speaks against the code counts; what is merely not there does not.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from station.protocol.instruction import Address
from station.protocol.outcome import ContradictionKind

_PREFECTURE = re.compile(
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|富山県|石川県|"
    "福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|"
    "山口県|徳島県|香川県|愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県"
)
_SAME = str.maketrans(
    "ヶがガヵカノ之龍澤嶋濱髙﨑曾淵壷檜籠鰺〇一二三四五六七八九", "ケケケケケのの竜沢島浜高崎曽渕壺桧篭鯵0123456789"
)
"""What is written either way. Kanji digits after NFKC has made all others half-width."""
_LEFT_OUT = re.compile(r"[\s,、・.]+|大字|小字|字")
_COUNTY = re.compile(r".+?郡(?=.+[町村]$)")
_WARD = re.compile(r"(.+市)(.+区)")
_NAMES_A_WARD = re.compile(r"[^0-9市区町村]{1,5}区")
_NAMES_A_PLACE = re.compile(r".{1,8}?[市区町村]")
_KANJI = re.compile(r"[\u3041-\u3096\u4e00-\u9fff]")
"""Without one of them, or hiragana, an address names no town: a number, or half-width kana, which no list has."""
_FOR_POST_BOXES = re.compile(r"[0-9]{3}869[0-9]|[0-9]{5}91")
"""Not in the list: post.japanpost.jp/zipcode/zipmanual/p22.html."""


@dataclass(frozen=True, slots=True)
class Area:
    """One of the places that a postal code stands for."""

    prefecture: str
    city: str
    """With its county, or a designated city with its ward: 三島郡島本町, 大阪市北区."""
    town: str
    """Empty where it stands for whatever in the city has no code of its own, and for an office's."""


class PostalCodes(Protocol):
    """A list of them."""

    def areas(self, digits: str) -> tuple[Area, ...]:
        """What seven digits stand for; nothing where they are not listed."""


def contradiction(address: Address, codes: PostalCodes) -> ContradictionKind | None:
    """What speaks against an address's postal code."""
    digits = address.postal_code.replace("-", "")
    areas = codes.areas(digits)
    if not areas:
        return None if _FOR_POST_BOXES.fullmatch(digits) else ContradictionKind.NOT_LISTED
    whole = _plain("".join(address.lines))
    named = _PREFECTURE.match(whole)
    text = _folded(whole[named.end() :] if named else whole)
    if named is not None:
        areas = tuple(area for area in areas if area.prefecture == named.group())
        if not areas:
            return ContradictionKind.OTHER_PREFECTURE
    there = [area for area in areas if _may_be_in(text, area.city)]
    if not there:
        return ContradictionKind.OTHER_CITY if _NAMES_A_PLACE.match(text) and not _any_town(text, areas) else None
    rest = text
    for area in there:
        for name in _names_of_city(area.city):
            rest = rest.replace(name, "", 1)
    return ContradictionKind.OTHER_TOWN if _KANJI.search(rest) and not _any_town(rest, there) else None


def _may_be_in(text: str, city: str) -> bool:
    """Whether an address without its prefecture names this city, or at least no other ward of it."""
    ward = _WARD.fullmatch(_folded(city))
    if any(name in text for name in _names_of_city(city)[:2]):
        return True
    if ward is None:
        return False
    whole, part = ward.groups()
    return text.startswith(part) or (text.startswith(whole) and not _NAMES_A_WARD.match(text, len(whole)))


def _names_of_city(city: str) -> tuple[str, ...]:
    """As it is listed, without its county, and a designated city with its ward apart."""
    whole = _folded(city)
    ward = _WARD.fullmatch(whole)
    return (whole, _COUNTY.sub("", whole, count=1), *(ward.groups() if ward else ()))


def _any_town(text: str, areas: Iterable[Area]) -> bool:
    """Whether a town and an address have two letters in a row in common, as 霞が関霞が関ビル and 霞が関 have."""
    return any(_shares(_folded(area.town), text) for area in areas)


def _shares(town: str, text: str) -> bool:
    if len(town) < 2:
        return town in text
    return any(town[at : at + 2] in text for at in range(len(town) - 1))


def _folded(text: str) -> str:
    return _plain(text).translate(_SAME)


def _plain(text: str) -> str:
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", text))
