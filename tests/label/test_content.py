"""What a label says."""

import pytest

from station.label.carriers import CARRIERS, CarrierStyle
from station.label.content import MAX_REPRINT, DoesNotFit, Field, label_content
from station.protocol.instruction import Instruction, Piece, Service
from tests.label.orders import PLAIN, order, pieces, to


def _texts(instruction: Instruction, piece: int = 1, reprint: int = 0) -> dict[str, str]:
    content = label_content(instruction, piece, reprint, {})
    return {field.value: "\n".join(text) for field, text in content.texts.items()}


def test_a_whole_instruction_is_said_in_words() -> None:
    instruction = order(
        revision=3,
        pieces=pieces(3),
        service=Service(payment="cod", cod_amount_yen=1_234_567, temperature="frozen"),
        delivery_date="2026-11-24",
        time_slot="1416",
        sort_code="13-0214",
        gift_note="お誕生日おめでとう",
    )
    assert _texts(instruction, piece=2, reprint=4) == {
        "carrier": "ヤマト運輸",
        "sort_code": "13-0214",
        "delivery_date": "11月24日(火)",
        "time_slot": "14時～16時",
        "service.payment": "代引",
        "service.cod_amount_yen": "代金引換額 ¥1,234,567",
        "service.temperature": "冷凍",
        "pieces": "2/3",
        "pieces.tracking_number": "4000-1234-5681",
        "ship_to.postal_code": "〒100-0005",
        "ship_to.lines": "東京都千代田区丸の内一丁目9番1号\n東京ビルディング15階",
        "ship_to.name": "山田太郎\u00a0様",
        "ship_to.phone": "TEL 03-1234-5678",
        "ship_from.postal_code": "〒530-0001",
        "ship_from.lines": "大阪府大阪市北区梅田3-1-3",
        "ship_from.name": "みやこ工房 オンラインショップ",
        "ship_from.phone": "TEL 06-6123-4567",
        "order": "A-1001",
        "revision": "第3版",
        "merchant": "みやこ工房",
        "gift_note": "お誕生日おめでとう",
        "reprint": "再発行 4",
    }


def test_what_has_nothing_to_say_is_absent() -> None:
    absent = {"sort_code", "service.cod_amount_yen", "service.temperature", "gift_note", "reprint"}
    assert absent.isdisjoint(_texts(PLAIN))
    assert _texts(PLAIN)["delivery_date"] == _texts(PLAIN)["time_slot"] == "指定なし"


@pytest.mark.parametrize(
    ("slot", "words"),
    [("0812", "午前中"), ("1618", "16時～18時"), ("1921", "19時～21時"), ("0010", "10時まで"), ("0017", "17時まで")],
)
def test_a_time_slot_is_in_words(slot: str, words: str) -> None:
    assert _texts(order(time_slot=slot))["time_slot"] == words


@pytest.mark.parametrize("slot", ["1614", "1414", "0000", "1425", "9999"])
def test_a_time_slot_that_is_none_is_refused(slot: str) -> None:
    with pytest.raises(DoesNotFit, match=f"time_slot: {slot} is no slot"):
        label_content(order(time_slot=slot), 1, 0, {})


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-01-01", "２０２６-11-24"])
def test_a_day_that_is_not_in_the_calendar_is_refused(day: str) -> None:
    with pytest.raises(DoesNotFit, match="delivery_date: is no day"):
        label_content(order(delivery_date=day), 1, 0, {})


@pytest.mark.parametrize("payment", ["prepaid", "collect"])
def test_who_pays_is_said(payment: str) -> None:
    words = {"prepaid": "元払い", "collect": "着払い"}
    assert _texts(order(service=Service(payment=payment)))["service.payment"] == words[payment]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["株式会社みやこ 御中", "山田太郎様", "田中一郎先生"])
def test_a_name_with_an_honorific_gets_no_other(name: str) -> None:
    assert _texts(to(name=name))["ship_to.name"] == name


def test_marks_and_accents_are_joined_to_their_letters_and_kanji_stay_as_written() -> None:
    decomposed, variant = "か\u3099ーテ\u3099ン cafe\u0301", "\ufa19\ufa11"  # NFC would make 神 of the first kanji
    assert _texts(to(name=f"{decomposed} {variant}"))["ship_to.name"] == f"がーデン café {variant}\u00a0様"


@pytest.mark.parametrize(
    ("instruction", "field"),
    [
        (to(name="　 "), Field.SHIP_TO_NAME),
        (to(lines=("東京都", " ")), Field.SHIP_TO_LINES),
        (order(merchant=" "), Field.MERCHANT),
        (order(gift_note="　"), Field.GIFT_NOTE),
    ],
)
def test_a_blank_text_is_refused(instruction: Instruction, field: Field) -> None:
    with pytest.raises(DoesNotFit, match="is blank") as refused:
        label_content(instruction, 1, 0, {})
    assert refused.value.field is field


def test_a_wrong_check_digit_is_refused_where_the_carrier_has_one() -> None:
    wrong = order(pieces=(*pieces(1), Piece(tracking_number="400012345674")))
    label_content(wrong, 1, 0, {})
    with pytest.raises(DoesNotFit, match="that of piece 2 does not end in its check digit"):
        label_content(wrong, 2, 0, {})
    unchecked = {"yamato": CarrierStyle(name="ヤマト運輸")}
    assert label_content(wrong, 2, 0, unchecked).nw7 == "A400012345674A"


@pytest.mark.parametrize(
    ("carrier", "name", "nw7"),
    [
        ("yamato", "ヤマト運輸", "A400012345670A"),
        ("ヤマト運輸", "ヤマト運輸", "A400012345670A"),
        ("sagawa", "佐川急便", "D400012345670D"),
        ("佐川急便", "佐川急便", "D400012345670D"),
        ("福山通運", "福山通運", "A400012345670A"),
    ],
)
def test_a_carrier_has_its_name_and_its_start_and_stop_letters(carrier: str, name: str, nw7: str) -> None:
    content = label_content(order(carrier=carrier), 1, 0, {})
    assert content.texts[Field.CARRIER] == (name,)
    assert content.nw7 == nw7


def test_a_configured_carrier_replaces_the_built_in_one() -> None:
    configured = {"sagawa": CarrierStyle(name="佐川", nw7_start="B", nw7_stop="C")}
    assert label_content(order(carrier="sagawa"), 1, 0, configured).nw7 == "B400012345670C"
    assert set(CARRIERS) == {"yamato", "sagawa", "yupack"}


@pytest.mark.parametrize(("piece", "reprint"), [(0, 0), (2, 0), (1, -1), (1, MAX_REPRINT + 1)])
def test_a_label_that_the_order_does_not_have_is_a_broken_invariant(piece: int, reprint: int) -> None:
    with pytest.raises(ValueError, match="no label"):
        label_content(PLAIN, piece, reprint, {})
