"""The catalog explains what the daemons say, all of it and nothing else, in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from station.desk.core.order import Standing
from station.protocol.hold import HoldState
from station.telemetry import databases, messages
from station.telemetry.life import DETAIL, GRANT, KINDS, SCAN, STATION, Kind, Program, Told
from station.telemetry.message import Message, message_id
from tests.telemetry.catalog import FILES, PARTS, entries

ROOT = Path(__file__).parents[2] / "station"
LIVES = [(by, event, kind) for by, table in KINDS.items() for event, kind in table.items()]
SAID = {name: kind for name, kind in (vars(messages) | vars(databases)).items() if kind in Message.__subclasses__()}
ALWAYS = {"EVENT", "ORDER", "STATION", "SITE", "DESK"}
"""Fields that the journal has beside a message's own: whose line it is, and of which order."""


def ids() -> dict[str, str]:
    """Every message that the daemons can say, by its id."""
    of_messages = {message_id("", kind.event): kind.event for kind in SAID.values()}
    return of_messages | {message_id(by, event): f"{by}: {event}" for by, event, _ in LIVES}


@pytest.mark.parametrize("language", FILES)
def test_every_message_that_the_daemons_say_is_explained_once_and_nothing_else_is(language: str) -> None:
    explained = [entry.id for entry in entries(language)]
    said = ids()

    assert {said[each]: each for each in said if each not in explained} == {}
    assert [each for each in explained if each not in said] == []
    assert len(explained) == len(set(explained)) == FILES[language].read_text("utf-8").count("\n-- ")


@pytest.mark.parametrize("language", FILES)
def test_each_explanation_says_what_it_means_what_the_packer_saw_and_what_to_do(language: str) -> None:
    for entry in entries(language):
        paragraphs = entry.body.strip().split("\n\n")
        assert [part for part, text in zip(PARTS[language], paragraphs, strict=True) if text.startswith(part)] == list(
            PARTS[language]
        ), entry.headers["Subject"]
        assert set(entry.headers) == {"Subject", "Defined-By", "Documentation"}


@pytest.mark.parametrize("language", FILES)
def test_the_texts_name_the_fields_that_the_messages_carry_and_no_others(language: str) -> None:
    carried = {message_id("", kind.event): {name.upper() for name in kind.__struct_fields__} for kind in SAID.values()}
    carried |= {message_id(by, event): _told(kind) for by, event, kind in LIVES}
    for entry in entries(language):
        wanted = carried[entry.id]
        assert wanted <= entry.named, (entry.headers["Subject"], wanted - entry.named)
        assert entry.named - ALWAYS <= wanted, (entry.headers["Subject"], entry.named - ALWAYS - wanted)


def _told(kind: Kind) -> set[str]:
    names: dict[Told, str] = {SCAN: "SCAN", DETAIL: "DETAIL", GRANT: "GRANT", STATION: "STATION"}
    return {name for flag, name in names.items() if flag in kind.told}


def test_both_languages_have_the_same_order_of_entries() -> None:
    assert [entry.id for entry in entries("en")] == [entry.id for entry in entries("ja")]


def _trees(folder: str) -> Iterator[ast.AST]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


def test_every_kind_of_message_is_said_somewhere() -> None:
    called = {
        node.func.id
        for tree in _trees("")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert len(SAID) == len(Message.__subclasses__()) == len({kind.event for kind in SAID.values()}) > 20
    assert set(SAID) - called == set()


def test_the_daemons_say_nothing_past_the_kinds() -> None:
    outside = [
        path.relative_to(ROOT)
        for path in sorted(ROOT.rglob("*.py"))
        if not path.is_relative_to(ROOT / "telemetry")
        and not path.is_relative_to(ROOT / "emulator")  # a program of its own, at a terminal
        and re.search(r"^import logging|^from logging", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert outside == []


# The lines of orders' lives: their words stand in the decisions, as text.

SAYS: dict[Program, tuple[str, str, int]] = {"station": ("bench/core", "audit", 0), "desk": ("desk/core", "Note", 1)}
"""Where, by which call, and at which place of its arguments."""


def _patterns(by: Program) -> set[str]:
    """What the decisions can say, as regular expressions."""
    folder, call, place = SAYS[by]
    found: set[str] = set()
    for tree in _trees(folder):
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and _name(node.func) == call and len(node.args) > place:
                        found |= _words(node.args[place], function, folder)
    return found


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _words(node: ast.expr, function: ast.FunctionDef, folder: str) -> set[str]:
    match node:
        case ast.Constant(value=str(text)):
            return {re.escape(text)}
        case ast.IfExp(body=body, orelse=orelse):
            return _words(body, function, folder) | _words(orelse, function, folder)
        case ast.JoinedStr(values=values):
            parts = [re.escape(str(each.value)) if isinstance(each, ast.Constant) else ".*" for each in values]
            return {"".join(parts)}
        case ast.Name(id=name):
            return _of_variable(name, function, folder)
    raise AssertionError(f"{ast.unparse(node)}: this test cannot tell what that says")


def _of_variable(name: str, function: ast.FunctionDef, folder: str) -> set[str]:
    """What is assigned to a variable, or given for a parameter."""
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == [name]
    ]
    parameters = [each.arg for each in function.args.args]
    if not assigned:
        place = parameters.index(name)
        assigned = [
            node.args[place]
            for tree in _trees(folder)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and _name(node.func) == function.name and len(node.args) > place
        ]
    assert assigned, f"{function.name}: nothing gives {name} a value"
    return set().union(*(_words(each, function, folder) for each in assigned))


@pytest.mark.parametrize("by", KINDS)
def test_the_lines_of_an_orders_life_are_those_of_the_decisions(by: Program) -> None:
    patterns = _patterns(by)
    said = KINDS[by]

    assert len(patterns) > 20
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, event) for event in said)] == []
    assert [event for event in said if not any(re.fullmatch(pattern, event) for pattern in patterns)] == []


def test_every_standing_of_a_revision_and_every_state_of_a_hold_has_its_line() -> None:
    assert {f"revision {standing}" for standing in Standing} <= set(KINDS["desk"])
    for by in KINDS:
        assert {f"hold {state}" for state in get_args(HoldState)} <= set(KINDS[by])
