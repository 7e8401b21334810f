"""What one printer answered when it was probed: kept, so that it need not be asked on every connection."""

import msgspec


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of one printer. None: it did not answer that, or could not be asked."""

    probed_at: str
    """UTC, ISO 8601."""
    place: str
    """The line it was probed on, in words."""
    model: str
    """The model that was configured then."""
    name: str = ""
    """GS I 67."""
    maker: str = ""
    """GS I 66."""
    firmware: str = ""
    """GS I 65."""
    serial_number: str = ""
    """GS I 68."""
    language: str = ""
    """GS I 69: the kind of two-byte characters."""
    model_id: int | None = None
    """GS I 1."""
    type_id: int | None = None
    """GS I 2: bit 0 two-byte characters, bit 1 cutter."""
    real_time_status: bool = False
    status_back: bool = False
    paper_status: bool = False
    """GS r 1."""
    process_id: bool | None = None
    clear_buffers: bool | None = None
    cut_count: int | None = None
    """GS g 2: the cumulative counter, as the printer last saved it."""
    paper_near_end: bool = False
    """At that moment."""


_decoder = msgspec.json.Decoder(Answers)


def encode(answers: Answers) -> bytes:
    """As it stands in the file."""
    return msgspec.json.format(msgspec.json.encode(answers), indent=2) + b"\n"


def decode(data: bytes) -> Answers:
    """From a file. Raises msgspec.DecodeError."""
    return _decoder.decode(data)
