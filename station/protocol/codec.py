"""Messages to bytes and back: UTF-8 JSON objects with a version, bounded in size, strictly typed."""

import hashlib
import re
from typing import Annotated, Literal, TypeVar

import msgspec

VERSION: Literal[1] = 1
"""Of the interface. A message of another version is refused, never guessed at."""

MAX_PAYLOAD_BYTES = 65_536
"""A whole instruction with 200 lines and the longest addresses stays under half of this."""

IDENTIFIER_PATTERN = r"^[^\x00-\x1f\x7f]+\Z"
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=IDENTIFIER_PATTERN)]
"""Names one thing: an order, a hold, a station, a request."""
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
Instant = Annotated[str, msgspec.Meta(max_length=40)]
"""ISO 8601 with offset. Shown to people, never compared: a Pi has no battery clock."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

_M = TypeVar("_M")


class Invalid(ValueError):
    """A message that cannot be taken. The text says what is wrong, where, and what is right."""


DEFECTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a fault of our own reading would raise. A message comes again until it is taken: one that stopped a daemon
would stop it at every start, so a defect met while reading is logged and counted like an invalid message."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What every message begins with."""

    version: Literal[1] = VERSION


class _Envelope(msgspec.Struct):
    version: int


_envelope = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode(message: msgspec.Struct) -> bytes:
    """A message as it goes over the wire: the same bytes for the same message."""
    return _encoder.encode(message)


def digest(encoded: bytes) -> str:
    """SHA-256 of a message's one encoding: the same for the same content, whoever wrote it down."""
    return hashlib.sha256(encoded).hexdigest()


def decode(payload: bytes, decoder: "msgspec.json.Decoder[_M]") -> _M:
    """The message in a payload. An unknown field is ignored (hold protocol, section 3).

    Raises Invalid with the place (``$.ship_to.name``) and the reason.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Invalid(f"{len(payload)} bytes are more than the {MAX_PAYLOAD_BYTES} that a message may have")
    try:
        version = _envelope.decode(payload).version
        if version != VERSION:
            raise Invalid(f"version {str(version)[:20]} is not spoken here; this program speaks version {VERSION}")
        return decoder.decode(payload)
    except RecursionError:
        raise Invalid("the JSON is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(_reason(error)) from None


_ECHO = re.compile(r"^(Invalid (?:enum )?value) .*?(?= - at `\$[^`]*`\Z|\Z)", re.DOTALL)


def _reason(error: Exception) -> str:
    """The decoder's reason. It names types and places, never the payload's words, which may be personal."""
    return _ECHO.sub(r"\1", str(error))[:300]
