"""A changed instruction: what a customer asks for on the telephone, put into the newest one that is known."""

import argparse
from collections.abc import Mapping
from typing import Any

import msgspec

from station.contact.cells import DATE, SLOT
from station.contact.fields import column_of_place
from station.contact.reading import FieldMistake, mistake_of
from station.protocol.instruction import Instruction

NONE = "none"
"""The word that takes a value away."""


class NotPossible(Exception):
    """A change that gives no valid instruction."""

    def __init__(self, mistake: FieldMistake) -> None:
        name = f"{mistake.column.japanese} ({mistake.column.name}): " if mistake.column else ""
        super().__init__(name + " / ".join(mistake.reason))


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """One option for each thing that customers change."""
    add = parser.add_argument_group("changes, with --from").add_argument
    add("--postal-code", metavar="CODE")
    add("--address", action="append", metavar="LINE", help="once for each line; replaces all lines")
    add("--name", metavar="NAME", help="of the recipient")
    add("--phone", metavar="NUMBER", help="of the recipient")
    add("--delivery-date", metavar="DATE", help=f"as 2026-12-05, or {NONE}")
    add("--time-slot", metavar="SLOT", help=f"as 1416 or 午前中, or {NONE}")
    add("--payment", choices=("prepaid", "cod", "collect"))
    add("--cod-amount", type=int, metavar="YEN")
    add("--temperature", choices=("ambient", "chilled", "frozen"))
    add("--sort-code", metavar="CODE", help=f"or {NONE}; an address without a new one loses the old one")
    add("--gift-note", metavar="TEXT", help=f"or {NONE}")
    add("--note", metavar="TEXT", help=f"one more to the packer; {NONE} takes all away")
    add("--tracking-number", action="append", metavar="NUMBER", help="once for each piece; replaces all")


def asked_changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was asked for, by option."""
    names = (
        "postal_code",
        "address",
        "name",
        "phone",
        "delivery_date",
        "time_slot",
        "payment",
        "cod_amount",
        "temperature",
        "sort_code",
        "gift_note",
        "note",
        "tracking_number",
    )
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def drops_sort_code(changes: Mapping[str, Any]) -> bool:
    """Whether the parcel goes elsewhere, and the carrier's code for its hub is not known any more."""
    return ("postal_code" in changes or "address" in changes) and "sort_code" not in changes


def changed(instruction: Instruction, changes: Mapping[str, Any], revision: int) -> Instruction:
    """The instruction with these changes, as that revision. Raises NotPossible."""
    tree = msgspec.to_builtins(instruction) | {"revision": revision}
    for option, place in (("postal_code", "postal_code"), ("address", "lines"), ("name", "name"), ("phone", "phone")):
        if option in changes:
            tree["ship_to"][place] = changes[option]
    for option, read in (
        ("delivery_date", DATE.read),
        ("time_slot", SLOT.read),
        ("sort_code", str),
        ("gift_note", str),
    ):
        if option in changes:
            tree[option] = None if changes[option] == NONE else _read(option, read, changes[option])
    if drops_sort_code(changes):
        tree["sort_code"] = None
    _change_service(tree["service"], changes)
    if "note" in changes:
        kept = [] if changes["note"] == NONE else [*tree["packer_notes"], {"text": changes["note"]}]
        tree["packer_notes"] = kept
    if "tracking_number" in changes:
        tree["pieces"] = [{"tracking_number": number} for number in changes["tracking_number"]]
    try:
        return msgspec.convert(tree, Instruction)
    except msgspec.ValidationError as error:
        raise NotPossible(mistake_of(str(error))) from None


def changed_fields(before: Instruction, after: Instruction) -> tuple[str, ...]:
    """The names of the fields that differ, revision aside: never what stands in them."""
    old, new = (_flat(msgspec.to_builtins(each)) for each in (before, after))
    return tuple(name for name in new if name != "revision" and new[name] != old.get(name))


def changed_headings(before: Instruction, after: Instruction) -> tuple[str, str]:
    """The same for a person: as the headings of an orders file, in Japanese, and in English as the fields."""
    names = changed_fields(before, after)
    columns = (column_of_place(name) for name in names)
    headings = (column.japanese if column else name for column, name in zip(columns, names, strict=True))
    return "、".join(dict.fromkeys(headings)), ", ".join(names)


def _change_service(service: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for option, place in (("payment", "payment"), ("temperature", "temperature"), ("cod_amount", "cod_amount_yen")):
        if option in changes:
            service[place] = changes[option]
    if service["payment"] != "cod" and "cod_amount" not in changes:
        service["cod_amount_yen"] = None


def _read(option: str, read: Any, value: str) -> object:
    try:
        return read(value)
    except ValueError:
        raise NotPossible(mistake_of(f"no such value - at `$.{option}`")) from None


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat
