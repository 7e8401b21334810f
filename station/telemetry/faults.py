"""What may be said of an exception: where it was, never what it was about.

An exception's text may repeat what a program had in hand: a ``KeyError`` its key, a ``ValueError`` the value, a
decoder's error the bytes. So a crash, too, tells classes and places. Text is told where it cannot hold such things:
the system's errors, SQLite's, Python's own about names and types, and our own classes, which say what they mean to.
"""

import sqlite3
import traceback
from collections.abc import Iterator

_OURS = "station."
_HARMLESS = (
    OSError,
    sqlite3.Error,
    AssertionError,
    AttributeError,
    ImportError,
    MemoryError,
    NameError,
    RecursionError,
)
MAX_TRACE = 8_000


def name_of(error: BaseException) -> str:
    """Its class, and its text where that is harmless."""
    kind = type(error)
    is_harmless = kind.__module__.startswith(_OURS) or isinstance(error, _HARMLESS)
    text = str(error) if is_harmless and not _repeats_text(error) else ""
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {text}" if text else name


def _repeats_text(error: BaseException) -> bool:
    """What cannot be decoded. sqlite3 tells all of a column that is no UTF-8, and without SQLite's error code."""
    is_column = isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode")
    return is_column or isinstance(error, UnicodeError)


def trace_of(error: BaseException) -> str:
    """As Python's traceback, oldest call first, without the texts; the causes follow."""
    return "\n".join(_lines(error, "Traceback, without values: "))[:MAX_TRACE]


def _lines(error: BaseException | None, word: str) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield word + name_of(error)
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        word = "caused by " if error.__cause__ is not None else "while handling "
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def place_of(error: BaseException) -> str:
    """The innermost place, in one word."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
