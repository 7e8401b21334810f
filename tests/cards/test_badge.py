"""Signed badges: what they hold, and that nobody else makes one."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.core.codes import Code
from station.bench.core.devices import BadgeFault, BadgeKind, BadgeRefused, BadgeScanned, Scanned
from station.cards.badge import MAX_HOLDER_BYTES, Badge, code_of, public_key_of, read_badge
from station.cards.reader import reading_badges
from station.config.badges import Badges
from station.devices.barcode import read_code

SECRET, OTHER = bytes(range(32)), bytes(32)
PUBLIC = public_key_of(SECRET)
BOSS = Badge(BadgeKind.SUPERVISOR, 7, "田中")
SATO = Badge(BadgeKind.PACKER, 8, "S-0042")
HOLDERS = st.text(min_size=1).filter(lambda text: len(text.encode("utf-8", "replace")) <= MAX_HOLDER_BYTES)


@given(st.sampled_from(BadgeKind), st.integers(1, (1 << 32) - 1), HOLDERS.filter(str.isprintable))
@settings(max_examples=200)
def test_every_badge_comes_back_from_a_code_that_any_keyboard_types(kind: BadgeKind, number: int, holder: str) -> None:
    badge = Badge(kind, number, holder)
    code = code_of(badge, SECRET)

    assert read_badge(code, PUBLIC) == badge
    assert re.fullmatch(r"[A-Z0-9-]{1,200}", code), "US and JP key maps share these; QR codes hold them tightly"
    assert read_code(code) == Code(code), "and no scanner edge makes anything else of it"


def test_the_longest_holder_makes_a_code_of_at_most_200_characters() -> None:
    assert len(code_of(Badge(BadgeKind.PACKER, 1, "山" * (MAX_HOLDER_BYTES // 3)), SECRET)) <= 200


@pytest.mark.parametrize("holder", ["", "山" * 17, "a\nb", "\x1b[31m"])
def test_what_no_badge_holds_is_refused_when_it_is_made(holder: str) -> None:
    with pytest.raises(ValueError, match="cannot stand on a badge"):
        Badge(BadgeKind.PACKER, 1, holder)


def test_a_badge_that_another_key_signed_is_not_ours() -> None:
    assert read_badge(code_of(BOSS, OTHER), PUBLIC) is BadgeFault.NOT_OURS


@given(st.integers(0, len(code_of(SATO, SECRET)) - 10), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
@settings(max_examples=300)
def test_no_badge_with_one_character_changed_is_taken_for_another(at: int, letter: str) -> None:
    code = code_of(SATO, SECRET)
    changed = code[: 9 + at] + letter + code[10 + at :]

    assert read_badge(changed, PUBLIC) in (SATO, BadgeFault.NOT_OURS, BadgeFault.UNREADABLE)


def test_a_packers_badge_cannot_be_made_a_supervisors() -> None:
    signature = code_of(SATO, SECRET)
    forged = code_of(Badge(BadgeKind.SUPERVISOR, SATO.number, SATO.holder), OTHER)
    mixed = forged[:20] + signature[20:]

    assert read_badge(forged, PUBLIC) is BadgeFault.NOT_OURS
    assert read_badge(mixed, PUBLIC) is BadgeFault.NOT_OURS


@given(st.integers(0, len(code_of(BOSS, SECRET)) - 1))
def test_a_badge_of_which_a_part_came_is_unreadable(length: int) -> None:
    code = code_of(BOSS, SECRET)[: max(9, length)]

    assert read_badge(code, PUBLIC) is BadgeFault.UNREADABLE


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert isinstance(read_badge("PS-BADGE-" + text, PUBLIC), BadgeFault)


def _posted(config: Badges | None, *texts: str) -> list[object]:
    posted: list[object] = []
    post = reading_badges(config, posted.append)
    for text in texts:
        post(Scanned("hand", Code(text)))
    return posted


def test_the_decisions_get_whose_badge_it_is_and_never_the_code() -> None:
    config = Badges(public_key=PUBLIC.hex(), revoked=(9,))
    revoked = Badge(BadgeKind.SUPERVISOR, 9, "鈴木")

    posted = _posted(config, code_of(BOSS, SECRET), code_of(revoked, SECRET), code_of(BOSS, OTHER), "PS-OK")

    assert posted == [
        BadgeScanned("hand", BadgeKind.SUPERVISOR, "田中", 7),
        BadgeRefused("hand", BadgeFault.REVOKED, 9),
        BadgeRefused("hand", BadgeFault.NOT_OURS),
        Scanned("hand", Code("PS-OK")),
    ]


def test_a_station_without_a_key_takes_no_signed_badge() -> None:
    assert _posted(None, code_of(BOSS, SECRET)) == [BadgeRefused("hand", BadgeFault.NO_KEY)]
