"""What differs from carrier to carrier on a label, as settings. Those of three carriers are in ``carriers.toml``."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec

Delimiter = Literal["A", "B", "C", "D"]
Payment = Literal["prepaid", "cod", "collect"]
Temperature = Literal["ambient", "chilled", "frozen"]
SlotCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\Z")]


class Term(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A carrier's word for something, and its code."""

    words: Annotated[str, msgspec.Meta(max_length=20)]
    """As printed; blank where nothing is."""
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z]{0,4}\Z")] = ""
    """In the carrier's own shipping software; printed small."""


_PAYMENTS: Mapping[Payment, Term] = {
    "prepaid": Term(words="元払い"),
    "cod": Term(words="代引"),
    "collect": Term(words="着払い"),
}
_TEMPERATURES: Mapping[Temperature, Term] = {
    "ambient": Term(words=""),
    "chilled": Term(words="冷蔵"),
    "frozen": Term(words="冷凍"),
}


class CarrierStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one carrier wants its labels, and what it offers: what it lacks, an instruction is refused for."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    """As printed."""
    nw7_start: Delimiter = "A"
    nw7_stop: Delimiter = "A"
    check_digit: Literal["mod7", "none"] = "none"
    """Whether a tracking number's last digit must be the others modulo 7."""
    sort_code_digits: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    """How many digits its sort code has, hyphens aside; left out: any number."""
    payments: dict[Payment, Term] = msgspec.field(default_factory=lambda: dict(_PAYMENTS))
    temperatures: dict[Temperature, Term] = msgspec.field(default_factory=lambda: dict(_TEMPERATURES))
    slots: dict[SlotCode, Term] | None = None
    """By an instruction's ``time_slot``; left out: any two hours, in words of ours."""
    cod_amount_on: Literal["first", "every"] = "first"
    """Of an order with several pieces: the label of the first, so that nobody collects it twice, or every label."""


class CarrierSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a site sets about a carrier: what is left out stays as it is built in."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=30)] | None = None
    """As printed; for a carrier that is not built in: left out, its word."""
    nw7_start: Delimiter | None = None
    """Start and stop letter of its bars; built in, from weak sources: yamato A, sagawa D, yupack A."""
    nw7_stop: Delimiter | None = None
    check_digit: Literal["mod7", "none"] | None = None
    """Whether a tracking number's last digit must be the others modulo 7: built in, yes."""
    sort_code_digits: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    """How many digits its sort code has, hyphens aside: built in, 7 for yamato."""
    payments: dict[Payment, Term] | None = None
    """All that it takes: ``prepaid = { words = "元払い", code = "0" }``, ``cod``, ``collect``. What is not here is
    refused."""
    temperatures: dict[Temperature, Term] | None = None
    """All that it has: ``ambient``, ``chilled``, ``frozen``, each with its words."""
    slots: dict[SlotCode, Term] | None = None
    """All that it has: ``1416 = { words = "14時～16時", code = "14" }``. What is not here is refused."""
    cod_amount_on: Literal["first", "every"] | None = None
    """With several pieces, the COD amount stands on the label of the first, so that nobody collects it twice; or on
    every label."""


def _shipped() -> Mapping[str, CarrierStyle]:
    text = files("station.label").joinpath("carriers.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, CarrierStyle])


CARRIERS: Mapping[str, CarrierStyle] = _shipped()
"""By the word in an instruction's ``carrier``. A site's configuration adds its own, or changes these."""


def styles_of(settings: Mapping[str, CarrierSettings]) -> Mapping[str, CarrierStyle]:
    """Each carrier that a site sets something about, whole."""
    return {word: _changed(CARRIERS.get(word, CarrierStyle(name=word)), each) for word, each in settings.items()}


def _changed(style: CarrierStyle, settings: CarrierSettings) -> CarrierStyle:
    said: dict[str, Any] = {
        name: value for name in settings.__struct_fields__ if (value := getattr(settings, name)) is not None
    }
    return msgspec.structs.replace(style, **said)


def known_carrier(carrier: str, configured: Mapping[str, CarrierStyle]) -> tuple[str, CarrierStyle]:
    """A carrier's word and style, by its word or by its printed name; one that is not known is printed as called."""
    styles = {**CARRIERS, **configured}
    if carrier not in styles:
        carrier = next((word for word, style in styles.items() if style.name == carrier), carrier)
    return carrier, styles.get(carrier) or CarrierStyle(name=carrier)
