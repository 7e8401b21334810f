"""Codes that are none of the bench's own: the decisions get a mark, desk and packer the code itself."""

from pathlib import Path

import pytest

from station.bench.core.cards import Card
from station.bench.core.codes import Code
from station.bench.core.devices import Scanned
from station.bench.core.state import Rules
from station.bench.odd_codes import OddCodes
from station.protocol.reply import Refusal, Refused
from station.protocol.request import Open, Swap
from tests.bench.driver import TEA, Driver, order
from tests.bench.test_loop import Station

ADDRESS = "大阪府豊中市曙町1-1 山田太郎"


def marked(bench: Driver, code: Code, odd: OddCodes | None = None) -> Code:
    """As the decisions get it."""
    return (odd or OddCodes()).marked(Scanned("hand", code), bench.bench, bench.rules).code


@pytest.mark.parametrize(
    "code",
    [
        Code("4901234567894", gtin=TEA),
        Code("PS-CANCEL"),
        Code("PS-PACKER-17"),
        Code("NS-B-2"),
        Code("NS-A-1"),
        Code("shelf 7"),
        Code("A123456789010A", nw7="123456789010"),
    ],
)
def test_the_bench_knows_its_own_codes(code: Code) -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 1), ("shelf 7", 1))))
    assert marked(bench, code) == code


@pytest.mark.parametrize(
    "code",
    [
        Code(ADDRESS),
        Code("0612345678"),
        Code("shelf 8"),
        Code("NS-" + "9" * 62),
        Code("A0612345678A", nw7="0612345678"),
    ],
)
def test_any_other_code_is_a_mark_to_the_decisions(code: Code) -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 1), ("shelf 7", 1))))
    assert marked(bench, code) == Code(f"odd-1/{len(code.text)}", marked=len(code.text))


def test_an_articles_number_counts_whatever_else_its_code_says() -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 2),)))
    odd = OddCodes()
    for serial in ("7", "8"):
        code = marked(bench, Code(f"01{TEA}21{serial}4302{ADDRESS}", gtin=TEA), odd)
        assert ADDRESS not in code.text
        bench.happens(Scanned("hand", code), after_s=0.1)
    assert bench.counted == [2], "two serial numbers are two units, however fast they are scanned"


def test_the_same_code_read_twice_has_one_mark() -> None:
    bench, odd = Driver().ready(), OddCodes()
    for after_s in (1.0, 0.1):
        bench.happens(Scanned("hand", marked(bench, Code(ADDRESS), odd)), after_s=after_s)
    assert [entry.what for entry in bench.entries if hasattr(entry, "what")][-1] == "scan repeated"


def test_a_code_is_forgotten_when_the_state_names_it_no_more() -> None:
    bench, odd = Driver().ready(), OddCodes()
    bench.open(order())
    for text in (ADDRESS, "another", "a third", "a fourth"):
        bench.happens(Scanned("hand", marked(bench, Code(text), odd)), after_s=1.0)
    assert ADDRESS not in repr(odd)


def test_the_desk_is_asked_with_the_code_itself_also_when_it_is_asked_again(tmp_path: Path) -> None:
    station = Station(tmp_path / "station.db")
    station.loop.rules = Rules(station="station-1")
    station.connects()
    station.loop.take(Scanned("hand", Code("X 123")))
    for text in ("one", "two", "three"):
        station.now += 1.0
        station.loop.take(Scanned("hand", Code(text)))
        station.loop.take(None)
    asked = [each.slip for each in station.world.said if isinstance(each, Open)]
    assert len(asked) > 1
    assert set(asked) == {"X 123"}
    station.answers(Refused(request=station.last(Open).request, reason=Refusal.UNKNOWN_SLIP))
    station.now += 1.0
    station.loop.take(None)
    shown = station.world.shown[-1]
    assert (shown.notice, "X 123" in shown.japanese, "X 123" in shown.english) == ("unknown_slip", True, True)
    station.journal.close()


def test_so_it_is_with_a_label_that_is_to_be_made_void_or_swapped(tmp_path: Path) -> None:
    station = Station(tmp_path / "station.db")
    station.loop.rules = Rules(station="station-1")
    station.connects()
    station.loop.take(Scanned("hand", Code(Card.SWAP)))
    station.now += 1.0
    station.loop.take(Scanned("hand", Code("A-1/1/0/1")))
    for text in ("one", "two", "three"):
        station.now += 1.0
        station.loop.take(Scanned("hand", Code(text)))
        station.loop.take(None)
    asked = [each.label for each in station.world.said if isinstance(each, Swap)]
    assert len(asked) > 1
    assert set(asked) == {"A-1/1/0/1"}
    station.journal.close()


def test_a_code_too_long_for_a_slip_is_not_asked_for(tmp_path: Path) -> None:
    station = Station(tmp_path / "station.db")
    station.loop.rules = Rules(station="station-1")
    station.connects()
    station.loop.take(Scanned("hand", Code("X" * 65)))
    assert not any(isinstance(each, Open) for each in station.world.said)
    assert station.loop.bench.notice.key.value == "unknown_slip"
    station.journal.close()
