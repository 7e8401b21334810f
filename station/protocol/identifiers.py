"""Identifiers as topic levels.

An identifier is one level of a topic (MQTT 5, section 4.7). What has a meaning there, or is not allowed,
is percent-encoded; so are ``*`` and ``>``, to which NATS gives a meaning: a station of that name would hear what
others are told. Every identifier has exactly one encoding, so that one order never has two topics.
"""

import re
import secrets
from urllib.parse import quote, unquote

from station.protocol.codec import IDENTIFIER_PATTERN, Invalid

MAX_IDENTIFIER_CHARACTERS = 64

_IDENTIFIER = re.compile(IDENTIFIER_PATTERN)
_NOT_PLAIN = re.compile(r"[\x00-\x20\x7f-\x9f/+#%$*>]")
_PERCENT = re.compile(r"%[0-9A-F]{2}")


def encode_level(identifier: str) -> str:
    """An identifier as one topic level: blanks, controls and ``/+#%$*>`` percent-encoded."""
    return _NOT_PLAIN.sub(lambda match: quote(match.group(), safe=""), identifier)


def decode_level(level: str, most: int = MAX_IDENTIFIER_CHARACTERS) -> str:
    """The identifier of a topic level, of at most so many characters.

    Raises Invalid where the level is empty, too long, holds a control character, or is not the encoding that
    ``encode_level`` gives. What this takes every message can name: a hold's id is kept as it came in the topic.
    """
    if level.count("%") != len(_PERCENT.findall(level)):
        raise Invalid(f"topic level {level[:80]!r} has a % that starts no escape; write % as %25")
    identifier = unquote(level, errors="strict") if _decodes(level) else ""
    if len(identifier) > most or not _IDENTIFIER.search(identifier):
        raise Invalid(f"topic level {level[:80]!r} is no identifier of 1 to {most} characters without controls")
    if encode_level(identifier) != level:
        raise Invalid(f"topic level {level[:80]!r} is not in its one encoding, {encode_level(identifier)!r}")
    return identifier


def new_identifier() -> str:
    """An identifier that nobody else has: 64 random bits."""
    return secrets.token_hex(8)


def _decodes(level: str) -> bool:
    try:
        unquote(level, errors="strict")
    except UnicodeDecodeError:
        return False
    return True
