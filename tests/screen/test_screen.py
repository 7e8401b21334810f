"""The screen on its socket: whoever connects sees the present, and nobody can hold the daemon up."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from station.bench.core.screen import Screen, ScreenLine
from station.publication import MAX_READERS, Publication
from station.screen.reader import screens
from station.screen.terminal import drawn

SHOWN = Screen(station="station-1", session="idle", tone="go", japanese="どうぞ", english="Go on", notice="scan_slip")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "screen"


@pytest.fixture
def server(path: Path) -> Iterator[Publication]:
    server = Publication(path)
    server.start()
    yield server
    server.close()


def test_who_connects_late_sees_the_present_screen_at_once(server: Publication, path: Path) -> None:
    server.show(replace(SHOWN, english="old"))
    server.show(SHOWN)

    assert next(screens(path)).english in ("old", "Go on")
    assert next(screens(path)) == SHOWN


def test_every_change_reaches_every_reader(server: Publication, path: Path) -> None:
    server.show(SHOWN)
    readers = [screens(path), screens(path)]
    assert [next(reader) for reader in readers] == [SHOWN, SHOWN]

    changed = replace(SHOWN, tone="stop")
    server.show(changed)

    assert all(changed in reader for reader in readers), "it ends without it"


def test_a_reader_that_does_not_read_holds_nobody_up_and_gets_the_newest_when_it_reads(
    server: Publication, path: Path
) -> None:
    server.show(SHOWN)
    deaf = socket.socket(socket.AF_UNIX)
    deaf.connect(str(path))
    seen = threading.Event()
    last = replace(SHOWN, english="last")

    def follow() -> None:
        for screen in screens(path):
            if screen == last:
                seen.set()
                return

    threading.Thread(target=follow, daemon=True).start()
    for number in range(2000):
        server.show(replace(SHOWN, notice=f"{number}", lines=(ScreenLine("x" * 500, 1, 2),)))
    server.show(last)

    assert seen.wait(10)
    with deaf, deaf.makefile("rb") as lines:
        assert any(b'"english":"last"' in line for line in lines)


def test_who_has_left_keeps_no_place_though_nothing_was_shown_since(server: Publication, path: Path) -> None:
    server.show(SHOWN)
    for _ in range(3 * MAX_READERS):
        assert next(screens(path)) == SHOWN


def test_more_readers_than_there_are_places_are_turned_away(server: Publication, path: Path) -> None:
    server.show(SHOWN)
    readers = [screens(path) for _ in range(MAX_READERS)]
    assert all(next(reader) == SHOWN for reader in readers)

    assert list(screens(path)) == []


def test_closing_takes_the_socket_away_and_twice_is_fine(path: Path) -> None:
    server = Publication(path)
    server.start()

    server.close()
    server.close()

    assert not path.exists()
    assert not server.alive


def test_a_socket_left_by_a_dead_daemon_is_taken_over(path: Path) -> None:
    abandoned = socket.socket(socket.AF_UNIX)
    abandoned.bind(str(path))
    abandoned.close()

    Publication(path).close()


def test_a_terminal_shows_tone_words_counts_and_holds() -> None:
    shown = replace(
        SHOWN, tone="stop", order="A-1", reprint=2, lines=(ScreenLine("お茶", 1, 2),), holds=("電話中",), unsent=2
    )

    text = drawn(shown, colour=False)

    for part in ("[STOP]", "どうぞ", "Go on", "A-1", "再発行 2", "1/2 お茶", "保留: 電話中", "未送信"):
        assert part in text
    assert "\x1b[41" in drawn(shown, colour=True)


def test_the_terminal_shows_who_packs_and_answers_the_quantity_and_the_numbers_of_lines() -> None:
    lines = (ScreenLine("お茶", 1, 12, number=1), ScreenLine("湯のみ", 2, 2))
    shown = replace(SHOWN, packer="佐藤", supervisor="田中", entered="×12", order="A-1", revision=1, lines=lines)

    text = drawn(shown, colour=False)

    assert text.splitlines()[3:] == ["   担当者 佐藤、責任者 田中", "   ×12", "   [1] · 1/12 お茶", "   ✓ 2/2 湯のみ"]
    assert "担当者" not in drawn(SHOWN, colour=False)
