"""Texts in their boxes: wrapped and shrunk by rule, or refused by name."""

from dataclasses import replace

import pytest

from station.label.content import DoesNotFit, Field
from station.label.fonts import Typeface
from station.label.layout import Box
from station.label.layouts import LAYOUTS
from station.label.placing import PlacedText
from station.label.press import LabelPress
from station.label.qr import place_qr
from station.protocol.instruction import Address, Instruction, Piece
from station.protocol.scanback import ScanBack
from tests.label.orders import PLAIN, RARE, order, pieces, to

_BOXES = {box.field: box for box in LAYOUTS["80x100"].texts}


def _lines(press: LabelPress, instruction: Instruction, field: Field) -> list[PlacedText]:
    placed = press.place(instruction).placed
    return [line for line in placed if line.field is field]


def _texts(press: LabelPress, instruction: Instruction, field: Field) -> list[str]:
    return [line.text for line in _lines(press, instruction, field)]


def test_a_short_name_is_as_large_as_its_box_allows(press: LabelPress) -> None:
    (line,) = _lines(press, PLAIN, Field.SHIP_TO_NAME)
    assert (line.text, line.size) == ("山田太郎\u00a0様", 56)


def test_a_name_shrinks_before_it_wraps_and_keeps_its_honorific(press: LabelPress) -> None:
    sizes = []
    for length in range(8, 41):
        lines = _lines(press, to(name="髙" * length), Field.SHIP_TO_NAME)
        sizes.append(lines[0].size)
        assert "".join(line.text for line in lines) == "髙" * length + "\u00a0様"
        assert len(lines[-1].text) > 2, "様 never stands alone"
        assert all(_BOXES[Field.SHIP_TO_NAME].box.holds(line.ink) for line in lines)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1] >= 18


def test_address_lines_stay_whole_as_long_as_they_are_readable_so(press: LabelPress) -> None:
    building = "東京ビルディングノースタワー15階 1503号室"
    lines = _lines(press, to(lines=("東京都千代田区丸の内一丁目9番1号", building)), Field.SHIP_TO_LINES)
    assert [line.text for line in lines] == ["東京都千代田区丸の内一丁目9番1号", building]
    assert {line.size for line in lines} == {24}


def test_address_lines_run_on_where_they_have_no_line_each(press: LabelPress) -> None:
    address = tuple(sign * 30 for sign in "東西南北")
    lines = _texts(press, to(lines=address), Field.SHIP_TO_LINES)
    assert "".join(lines).replace(" ", "") == "".join(address)
    assert len(lines) == 5


def test_words_and_numbers_are_not_torn_apart(press: LabelPress) -> None:
    text = "Saint-Exupéry International Business Park Nagoya East Wing Building 1234 Room 56789"[:80]
    lines = _texts(press, to(lines=(text,)), Field.SHIP_TO_LINES)
    assert " ".join(lines) == text


def test_a_word_longer_than_a_line_is_torn_rather_than_cut_off(press: LabelPress) -> None:
    lines = _texts(press, order(order="X" * 64), Field.ORDER)
    assert "".join(lines) == "X" * 64
    assert len(lines) == 2


def test_a_word_is_torn_rather_than_its_text_refused(press: LabelPress) -> None:
    name = "漢" * 11 + "W" * 16 + "字" * 9
    assert "".join(_texts(press, order(merchant=name), Field.MERCHANT)) == name


@pytest.mark.parametrize("field", ["order", "merchant", "gift_note"])
def test_two_lines_fit_with_ascenders_above_and_descenders_below(press: LabelPress, field: str) -> None:
    text = "①|" * 18 + "g"
    lines = _texts(press, order(**{field: text}), Field(field))
    assert len(lines) == 2
    assert "".join(lines) == text


def test_a_line_does_not_begin_with_what_belongs_to_the_one_before(press: LabelPress) -> None:
    lines = _texts(press, to(lines=("スーパーマーケット、" * 8,)), Field.SHIP_TO_LINES)
    assert len(lines) > 1
    assert not any(line[0] in "、ーッ" for line in lines)


def test_rare_characters_stand_on_the_label_as_they_are(press: LabelPress) -> None:
    instruction = to(name=RARE, lines=(RARE * 3, RARE))
    assert _texts(press, instruction, Field.SHIP_TO_NAME) == [RARE + "\u00a0様"]
    assert "".join(_texts(press, instruction, Field.SHIP_TO_LINES)) == RARE * 4


_FORTY = "株式会社日本全国ご当地名産品直送マーケット東日本物流センター通販事業部第二営業"


@pytest.mark.parametrize("field", [Field.SHIP_TO_NAME, Field.SHIP_FROM_NAME, Field.MERCHANT])
def test_a_company_name_of_forty_characters_fits_wherever_names_stand(press: LabelPress, field: Field) -> None:
    name = f"{_FORTY:課<40}"
    sender = Address(postal_code="1000001", lines=("東京都",), name=name, phone="03-1234-5678")
    instruction = order(ship_to=sender, ship_from=sender, merchant=name)
    press.check(instruction)
    assert "".join(_texts(press, instruction, field)).removesuffix("\u00a0様") == name


@pytest.mark.parametrize(
    ("instruction", "field", "reason"),
    [
        (to(lines=("東" * 80,) * 4), Field.SHIP_TO_LINES, "5 lines of 29 full-width characters"),
        (to(name="髙" * 80 + "橋" * 80), Field.SHIP_TO_NAME, "too long"),
        (order(merchant="店" * 60), Field.MERCHANT, "2 lines of 20 full-width characters"),
        (order(carrier="運" * 30), Field.CARRIER, "too long"),
        (order(order="注" * 45), Field.ORDER, "2 lines of 20 full-width characters"),
    ],
)
def test_what_is_too_long_is_refused_with_its_field_and_what_would_fit(
    press: LabelPress, instruction: Instruction, field: Field, reason: str
) -> None:
    with pytest.raises(DoesNotFit, match=reason) as refused:
        press.check(instruction)
    assert refused.value.field is field
    assert str(refused.value).startswith(f"{field.value}: ")
    assert "髙" not in str(refused.value), "a refusal repeats no name"


@pytest.mark.parametrize(
    ("character", "code"), [("\U0001fae0", "U+1FAE0"), ("\ue001", "U+E001"), ("\n", "U+000A"), ("\u00ad", "U+00AD")]
)
def test_a_character_that_the_font_lacks_is_refused_with_its_code(press: LabelPress, character: str, code: str) -> None:
    with pytest.raises(DoesNotFit, match=rf"ship_to\.name: .*\({code.replace('+', '[+]')}\)"):
        press.check(to(name=f"山田{character}太郎"))


def test_what_passes_the_check_prints_as_any_piece_and_any_reprint(press: LabelPress) -> None:
    instruction = order(order="ORDER-" + "5" * 58, revision=1_000_000, pieces=pieces(20))
    press.check(instruction)
    for reprint in (0, 1, 999):
        assert press.job(instruction, reprint).labels == 20


def test_ink_is_where_it_is_said_to_be_and_lines_do_not_touch(press: LabelPress) -> None:
    placed = press.place(order(merchant="g" * 40, order="gÉj" * 9, gift_note="ポ" * 40)).placed
    for line in placed:
        assert _BOXES[line.field].inside.holds(line.ink), line.field
    for number, line in enumerate(placed):
        assert not any(line.ink.meets(other.ink) for other in placed[number + 1 :])


def test_an_order_whose_qr_code_would_be_too_dense_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="order: makes a QR code of 70 characters, too many"):
        place_qr(ScanBack("x" * 64, 1, 0, 1), Box(0, 0, 80, 80))


def test_a_tracking_number_whose_bars_would_be_too_thin_is_refused(typeface: Typeface) -> None:
    narrow = replace(LAYOUTS["80x100"], bars=Box(8, 682, 300, 80))
    with pytest.raises(DoesNotFit, match=r"pieces\.tracking_number: 12 digits are too many"):
        LabelPress(typeface, narrow, {}).check(PLAIN)


def test_the_check_looks_at_every_piece(press: LabelPress) -> None:
    wrong = Piece(tracking_number="400012345674")
    with pytest.raises(DoesNotFit, match="that of piece 3"):
        press.check(order(pieces=(*pieces(2), wrong)))


def test_the_check_looks_ahead_to_the_last_reprint(typeface: Typeface) -> None:
    layout = replace(LAYOUTS["80x100"], qr=Box(436, 496, 74, 74))
    tight = order(order="x" * 47)
    cramped = LabelPress(typeface, layout, {})
    cramped.place(tight)
    with pytest.raises(DoesNotFit, match="QR code"):
        cramped.check(tight)
