"""What a label says."""

import pytest
from msgspec.structs import replace

from station.label.carriers import CARRIERS, CarrierSettings, CarrierStyle, Term, styles_of
from station.label.content import MAX_REPRINT, DoesNotFit, Field, Mark, label_content
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
        sort_code="13-02145",
        gift_note="お誕生日おめでとう",
    )
    assert _texts(instruction, piece=2, reprint=4) == {
        "carrier": "ヤマト運輸",
        "sort_code": "13-02145",
        "delivery_date": "11月24日(火)",
        "time_slot": "14時～16時",
        "service": "2-1-1416",
        "service.payment": "コレクト",
        "service.cod_amount_yen": "代金は個口1の送り状",
        "service.temperature": "クール冷凍",
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
def test_a_time_slot_of_a_carrier_that_is_not_known_is_in_words(slot: str, words: str) -> None:
    assert _texts(order(carrier="福山通運", time_slot=slot))["time_slot"] == words


@pytest.mark.parametrize(
    ("carrier", "slot", "words", "code"),
    [
        ("yamato", "0812", "午前中", "0-0-0812"),
        ("ヤマト運輸", "0017", "午後5時まで", "0-0-0017"),
        ("sagawa", "1821", "18時～21時", "1-001-04"),
        ("yupack", "1921", "19時～21時", "0-0"),
    ],
)
def test_a_time_slot_is_in_the_words_of_its_carrier_and_has_its_code(
    carrier: str, slot: str, words: str, code: str
) -> None:
    texts = _texts(order(carrier=carrier, time_slot=slot))
    assert (texts["time_slot"], texts["service"]) == (words, code)


@pytest.mark.parametrize(
    ("carrier", "slot", "has"),
    [
        ("yamato", "1214", "0812, 1416, 1618, 1820, 1921, 0010, 0017"),
        ("sagawa", "0010", "0812, 1214, 1416, 1618, 1820, 1821, 1921"),
        ("yupack", "1821", "0812, 1214, 1416, 1618, 1820, 1921"),
    ],
)
def test_a_time_slot_that_its_carrier_does_not_have_is_refused_with_those_that_it_has(
    carrier: str, slot: str, has: str
) -> None:
    with pytest.raises(DoesNotFit, match=f"{slot} is not what .* has; it has {has}$") as refused:
        label_content(order(carrier=carrier, time_slot=slot), 1, 0, {})
    assert refused.value.field is Field.TIME_SLOT


def test_a_payment_or_a_temperature_that_a_carrier_lacks_is_refused_with_what_it_has() -> None:
    plain = {"yupack": replace(CARRIERS["yupack"], payments={"prepaid": Term(words="元払い")})}
    with pytest.raises(DoesNotFit, match=r"^service.payment: collect is not what ゆうパック has; it has prepaid$"):
        label_content(order(carrier="yupack", service=Service(payment="collect")), 1, 0, plain)
    warm = {"yupack": replace(CARRIERS["yupack"], temperatures={"ambient": Term(words="")})}
    with pytest.raises(DoesNotFit, match=r"^service.temperature: frozen is not what ゆうパック has; it has ambient$"):
        label_content(order(carrier="yupack", service=Service(temperature="frozen")), 1, 0, warm)


@pytest.mark.parametrize(
    ("carrier", "temperature", "words"),
    [
        ("yamato", "chilled", "クール冷蔵"),
        ("sagawa", "frozen", "クール冷凍"),
        ("yupack", "chilled", "チルド"),
        ("福山通運", "frozen", "冷凍"),
    ],
)
def test_chilled_and_frozen_are_called_as_the_carrier_calls_them(carrier: str, temperature: str, words: str) -> None:
    service = Service(temperature=temperature)  # type: ignore[arg-type]
    assert _texts(order(carrier=carrier, service=service))["service.temperature"] == words


@pytest.mark.parametrize("sort_code", ["13-0214", "130214555", "1"])
def test_a_sort_code_of_another_form_than_its_carriers_is_refused(sort_code: str) -> None:
    with pytest.raises(DoesNotFit, match=r"^sort_code: has \d digits; one of ヤマト運輸 has 7"):
        label_content(order(sort_code=sort_code), 1, 0, {})
    assert _texts(order(carrier="sagawa", sort_code=sort_code))["sort_code"] == sort_code


def test_the_amount_of_several_pieces_is_collected_once() -> None:
    cod = order(pieces=pieces(3), service=Service(payment="cod", cod_amount_yen=5_480))
    said = [_texts(cod, piece)["service.cod_amount_yen"] for piece in (1, 2, 3)]
    assert said == ["代金引換額 ¥5,480", "代金は個口1の送り状", "代金は個口1の送り状"]
    every = {"yamato": replace(CARRIERS["yamato"], cod_amount_on="every")}
    assert label_content(cod, 3, 0, every).texts[Field.COD_AMOUNT] == ("代金引換額 ¥5,480",)


@pytest.mark.parametrize("slot", ["1614", "1414", "0000", "1425", "9999"])
def test_a_time_slot_that_is_none_is_refused(slot: str) -> None:
    with pytest.raises(DoesNotFit, match=f"time_slot: {slot} is no slot"):
        label_content(order(carrier="福山通運", time_slot=slot), 1, 0, {})


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-01-01", "２０２６-11-24"])
def test_a_day_that_is_not_in_the_calendar_is_refused(day: str) -> None:
    with pytest.raises(DoesNotFit, match="delivery_date: is no day"):
        label_content(order(delivery_date=day), 1, 0, {})


@pytest.mark.parametrize(
    ("carrier", "payment", "words"),
    [("yamato", "prepaid", "発払い"), ("sagawa", "prepaid", "元払い"), ("福山通運", "collect", "着払い")],
)
def test_who_pays_is_said(carrier: str, payment: str, words: str) -> None:
    service = Service(payment=payment)  # type: ignore[arg-type]
    assert _texts(order(carrier=carrier, service=service))["service.payment"] == words


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


def test_a_configuration_changes_single_settings_of_a_carrier_and_adds_others() -> None:
    settings = {"sagawa": CarrierSettings(nw7_start="B"), "fukutsu": CarrierSettings(name="福山通運", nw7_stop="C")}
    configured = styles_of(settings)
    assert label_content(order(carrier="sagawa"), 1, 0, configured).nw7 == "B400012345670D"
    assert configured["sagawa"].slots == CARRIERS["sagawa"].slots
    assert label_content(order(carrier="福山通運"), 1, 0, configured).nw7 == "A400012345670C"
    assert set(CARRIERS) == {"yamato", "sagawa", "yupack"}


def test_a_replacement_for_the_dock_is_marked_with_its_number() -> None:
    content = label_content(PLAIN, 1, 2, {}, mark=Mark.REPLACEMENT)
    assert content.texts[Field.REPRINT] == ("差替 2",)
    assert content.scan_back.reprint == 2
    assert Field.REPRINT not in label_content(PLAIN, 1, 0, {}, mark=Mark.REPLACEMENT).texts


@pytest.mark.parametrize(("piece", "reprint"), [(0, 0), (2, 0), (1, -1), (1, MAX_REPRINT + 1)])
def test_a_label_that_the_order_does_not_have_is_a_broken_invariant(piece: int, reprint: int) -> None:
    with pytest.raises(ValueError, match="no label"):
        label_content(PLAIN, piece, reprint, {})
