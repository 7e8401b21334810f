"""What differs from carrier to carrier on a label, as settings."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

Delimiter = Literal["A", "B", "C", "D"]


class CarrierStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one carrier wants its labels."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    """As printed."""
    nw7_start: Delimiter = "A"
    nw7_stop: Delimiter = "A"
    check_digit: Literal["mod7", "none"] = "none"
    """Whether a tracking number's last digit must be the others modulo 7."""


CARRIERS: Mapping[str, CarrierStyle] = {
    "yamato": CarrierStyle(name="ヤマト運輸", check_digit="mod7"),
    "sagawa": CarrierStyle(name="佐川急便", nw7_start="D", nw7_stop="D", check_digit="mod7"),
    "yupack": CarrierStyle(name="ゆうパック", check_digit="mod7"),
}
"""By the word in an instruction's ``carrier``. A site's configuration adds its own, or replaces these."""


def style_of(carrier: str, configured: Mapping[str, CarrierStyle]) -> CarrierStyle:
    """A carrier's style by its word or by its printed name; one that is not known is printed as it is called."""
    styles = {**CARRIERS, **configured}
    by_name = {style.name: style for style in styles.values()}
    return styles.get(carrier) or by_name.get(carrier) or CarrierStyle(name=carrier)
