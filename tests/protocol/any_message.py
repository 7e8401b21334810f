"""Every message that a type allows, from the type itself: for properties that hold for all of them."""

from collections.abc import Callable
from typing import Any

import msgspec.inspect as mi
from hypothesis import strategies as st

from station.protocol.asyncapi import CHANNELS
from station.protocol.codec import Message
from station.protocol.instruction import Line, Service
from station.protocol.unit import CAPTURED, Unit

MESSAGES = tuple(sorted({kind for channel in CHANNELS for kind in channel.messages}, key=lambda kind: kind.__name__))
_TEXT = st.characters(exclude_categories=["Cs"])
_NAMES = st.text(st.characters(min_codepoint=0xA0, exclude_categories=["Cs"]), min_size=1, max_size=20)
_GTIN, _DAYS = "4901234567894", st.sampled_from(["", "2026-12-05"])
_OWN: dict[type, st.SearchStrategy[Any]] = {
    Service: st.builds(Service, payment=st.sampled_from(["prepaid", "collect"]))
    | st.builds(Service, payment=st.just("cod"), cod_amount_yen=st.integers(1, 9_999_999)),
    Line: st.builds(Line, codes=st.tuples(_NAMES, _NAMES), name=_NAMES, quantity=st.integers(1, 9_999))
    | st.builds(
        Line,
        codes=st.tuples(_NAMES, st.just(_GTIN)),
        name=_NAMES,
        quantity=st.integers(1, 9_999),
        capture=st.sampled_from([CAPTURED, ("expiry",)]),
        expires_from=_DAYS,
    ),
    Unit: st.builds(Unit, line=st.integers(0, 199), item=st.just(_GTIN), serial=st.text(max_size=20), expiry=_DAYS),
}
"""Types with a rule of their own, checked in code."""


def any_message(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of a kind."""
    return _any(mi.type_info(kind))


def _any(kind: mi.Type) -> st.SearchStrategy[Any]:
    return _STRATEGIES[type(kind)](kind)


def _struct(kind: mi.StructType) -> st.SearchStrategy[Any]:
    if kind.cls in _OWN:
        return _OWN[kind.cls]
    return st.builds(kind.cls, **{field.name: _any(field.type) for field in kind.fields})


def _text(kind: mi.StrType) -> st.SearchStrategy[str]:
    most = 64 if kind.max_length is None else kind.max_length
    if kind.pattern is not None:
        return st.from_regex(kind.pattern, alphabet=_TEXT).filter(lambda text: len(text) <= most)
    return st.text(_TEXT, min_size=kind.min_length or 0, max_size=most)


def _number(kind: mi.IntType) -> st.SearchStrategy[int]:
    return st.integers(-(2**53) if kind.ge is None else kind.ge, 2**53 - 1 if kind.le is None else kind.le)


def _list(kind: mi.VarTupleType) -> st.SearchStrategy[tuple[Any, ...]]:
    most = min(4, 4 if kind.max_length is None else kind.max_length)
    return st.lists(_any(kind.item_type), min_size=kind.min_length or 0, max_size=most).map(tuple)


_STRATEGIES: dict[type[mi.Type], Callable[[Any], st.SearchStrategy[Any]]] = {
    mi.StructType: _struct,
    mi.StrType: _text,
    mi.IntType: _number,
    mi.BoolType: lambda _: st.booleans(),
    mi.NoneType: lambda _: st.none(),
    mi.LiteralType: lambda kind: st.sampled_from(kind.values),
    mi.EnumType: lambda kind: st.sampled_from(list(kind.cls)),
    mi.UnionType: lambda kind: st.one_of([_any(each) for each in kind.types]),
    mi.VarTupleType: _list,
    mi.DictType: lambda kind: st.dictionaries(_any(kind.key_type), _any(kind.value_type), max_size=3),
}
