"""Reads the capability records: ``records/MODEL.toml``, by the word that stands in a configuration."""

from functools import cache
from importlib.resources import files

import msgspec

from station.printers.record import PrinterRecord

GENERIC = "generic"
"""The careful one: a printer of which nothing is known."""

_RECORDS = files("station.printers") / "records"
_SUFFIX = ".toml"


class UnknownModel(ValueError):
    """There is no record of that name. The text names those that there are."""


def model_names() -> tuple[str, ...]:
    """Every model that has a record, in the order of their names."""
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in _RECORDS.iterdir() if file.name.endswith(_SUFFIX)))


@cache
def record_of(model: str) -> PrinterRecord:
    """The record of a model. Raises UnknownModel."""
    if model not in model_names():
        raise UnknownModel(f"{model!r} is no printer model of ours: take one of {', '.join(model_names())}")
    return msgspec.toml.decode((_RECORDS / f"{model}{_SUFFIX}").read_bytes(), type=PrinterRecord)


def model_that_answers(identity: str) -> str | None:
    """The model whose printers answer GS I 67 with this, if there is a record of it."""
    return next((model for model in model_names() if identity in record_of(model).identities), None)
