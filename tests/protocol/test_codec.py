"""What is refused, and that the reason repeats nothing of the payload: its words may be somebody's name."""

import pytest

from station.protocol.codec import MAX_PAYLOAD_BYTES, Invalid
from station.protocol.hold import decode_hold
from station.protocol.request import decode_request

PERSONAL = "山田太郎"


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        (f'{{"version":1,"hold":"h","state":"active","kind":"{PERSONAL}"}}', "$.kind"),
        (f'{{"version":1,"hold":"h","state":"{PERSONAL}","kind":"other"}}', "$.state"),
        (f'{{"version":1,"hold":"h","state":"active","kind":"{PERSONAL} - at `$.other`"}}', "$.kind"),
        (f'{{"version":1,"hold":"h","state":"active","kind":"\\n{PERSONAL}\\r\\u001b"}}', "$.kind"),
    ],
)
def test_a_refusal_names_the_place_and_not_what_stands_there(payload: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_hold(payload.encode())
    assert str(refused.value) == f"Invalid enum value - at `{place}`"


def test_a_type_that_there_is_not_is_not_repeated_either() -> None:
    with pytest.raises(Invalid, match=r"^Invalid value - at `\$\.type`$"):
        decode_request(f'{{"version":1,"type":"{PERSONAL}"}}'.encode())


@pytest.mark.parametrize("version", ["0", "2", "-1", "9" * 300])
def test_another_version_is_refused_in_a_short_sentence(version: str) -> None:
    with pytest.raises(Invalid, match="is not spoken here") as refused:
        decode_hold(f'{{"version":{version}}}'.encode())
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[" * MAX_PAYLOAD_BYTES,
        b'{"version":' + b"9" * 5000 + b"}",
        b'{"version":1,"hold":"\\ud800","kind":"other","state":"active"}',
        b'{"version":1,"hold":"' + b"x" * MAX_PAYLOAD_BYTES + b'"}',
    ],
)
def test_whatever_comes_is_refused_as_invalid(payload: bytes) -> None:
    with pytest.raises(Invalid):
        decode_hold(payload)
