"""A fault is told by its kind and its place; what a program had in hand is not in it."""

import sqlite3
from contextlib import closing

import pytest

from station.label.content import DoesNotFit, Field
from station.telemetry.faults import MAX_TRACE, name_of, place_of, trace_of

NAME = "髙橋一郎"


def _caught(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        KeyError(NAME),
        ValueError(NAME),
        RuntimeError(NAME),
        UnicodeEncodeError("ascii", NAME, 0, 1, NAME),
        TypeError(NAME),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_text_of_an_exception_that_may_hold_a_value_is_left_out(error: Exception) -> None:
    assert name_of(error) == type(error).__name__
    assert NAME not in trace_of(_caught(error))


def test_a_column_of_a_damaged_database_is_not_repeated() -> None:
    with closing(sqlite3.connect(":memory:")) as db, pytest.raises(sqlite3.OperationalError, match="Aoba") as caught:
        db.execute("SELECT CAST(? AS TEXT)", (b"Aoba 1-2-3 \xff",)).fetchone()

    assert name_of(caught.value) == "sqlite3.OperationalError"


def test_texts_that_cannot_hold_one_are_told() -> None:
    assert name_of(OSError(28, "No space left on device")) == "OSError: [Errno 28] No space left on device"
    assert name_of(DoesNotFit(Field.NOTE, "is blank")).endswith("is blank")


def test_a_trace_has_the_places_and_the_causes_without_their_texts() -> None:
    try:
        try:
            int(NAME)
        except ValueError as first:
            raise KeyError(NAME) from first
    except KeyError as caught:
        error = caught
    said = trace_of(error)

    assert NAME not in said
    assert said.startswith("Traceback, without values: KeyError\n")
    assert "caused by ValueError\n" in said
    assert said.count("test_faults.py:") == 2
    assert place_of(error).startswith("test_faults.py:")


def test_a_circle_of_causes_ends() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert trace_of(first).count("caused by") == 1


def test_a_trace_is_bounded() -> None:
    def deeper(depth: int) -> None:
        if depth:
            deeper(depth - 1)
        raise ValueError(NAME)

    with pytest.raises(ValueError, match=NAME) as caught:
        deeper(500)
    assert len(trace_of(caught.value)) == MAX_TRACE
