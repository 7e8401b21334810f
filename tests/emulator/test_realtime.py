import random

from hypothesis import given
from hypothesis import strategies as st

from station.emulator.realtime import RealTimeScanner
from tests.emulator.jobs import CLEAR, chunks

PIECES = (b"\x10\x04\x01", b"\x10\x04\x04", b"\x10\x05\x02", CLEAR, CLEAR[:5], b"\x10", b"\x10\x04\x05", b"image", b"")


def found(pieces: list[bytes]) -> list[tuple[int, bytes]]:
    """Where each command ends in the whole, and its code."""
    scanner, before, result = RealTimeScanner(), 0, []
    for piece in pieces:
        result += [(before + command.end, command.code) for command in scanner.find(piece)]
        before += len(piece)
    return result


def test_each_real_time_command_is_found_wherever_it_stands() -> None:
    stream = b"abc\x10\x04\x01\x10\x10\x04\x02xyz" + CLEAR + b"\x10\x05\x01\x10\x05\x00\x10\x04\x05"
    assert [code for _, code in found([stream])] == [b"\x10\x04\x01", b"\x10\x04\x02", CLEAR, b"\x10\x05\x01"]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.integers(0, 1000))
def test_pieces_do_not_matter(parts: list[bytes], seed: int) -> None:
    stream = b"".join(parts)
    expected = found([stream])
    assert found([bytes([byte]) for byte in stream]) == expected
    assert found(list(chunks(stream, seed))) == expected


def test_where_a_command_began_in_an_earlier_piece_its_start_is_negative() -> None:
    scanner = RealTimeScanner()
    assert list(scanner.find(b"..\x10\x04")) == []
    (command,) = scanner.find(b"\x01..")
    assert (command.start, command.end) == (-2, 1)


def test_dense_random_images_hold_real_time_commands() -> None:
    """Why a label encoder has to keep them out of its rasters."""
    generator = random.Random(7)
    images = [generator.randbytes(57_600) for _ in range(2000)]
    holding = [image for image in images if list(RealTimeScanner().find(image))]
    assert 2 < len(holding) < 100
