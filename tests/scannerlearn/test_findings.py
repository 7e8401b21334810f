"""From composed scans to findings: every form in which a scanner can be set shows, and is written down as it is."""

import itertools
import tomllib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.core.codes import Elements
from station.config.scanners import HidScanner, Scanner, SerialScanner
from station.devices.barcode import read_code
from station.devices.framing import Dropped
from station.devices.keymap import keymap
from station.devices.scanner_hid import HidDecoder
from station.scannerlearn.findings import (
    Findings,
    Line,
    NotRecognised,
    block,
    found_by_keys,
    found_by_line,
    layout_of,
    line_of,
    pattern_of,
)
from station.scannerlearn.heard import heard_by_keys, heard_by_line
from station.scannerlearn.patterns import Pattern
from tests.devices.typist import GS, stroke, typed
from tests.scannerlearn.made_up import Settings, with_parity

DEVICE, PORT = "/dev/input/by-path/usb-0:1.2-event-kbd", "/dev/serial/by-path/usb-0:1.2"
GOOD = Settings()


def learnt(settings: Settings) -> Findings:
    """Of a keyboard with these settings."""
    layout = layout_of(settings.keys(Pattern.LAYOUT))
    return found_by_keys(DEVICE, layout, {each: settings.keys(each) for each in settings.reads})


def learnt_by_line(settings: Settings, line: Line | None = None) -> Findings:
    return found_by_line(PORT, line or Line(9600), {each: settings.chunks(each) for each in settings.reads})


def configured(findings: Findings) -> HidScanner | SerialScanner:
    """The block, as the station reads it."""
    [table] = tomllib.loads(block(findings, "hand"))["scanners"]
    found: HidScanner | SerialScanner = msgspec.convert(table, Scanner)
    return found


@pytest.mark.parametrize("layout", ["us", "jp"])
def test_a_scanner_that_is_set_as_it_should_be_has_its_block_and_no_advice(layout: str) -> None:
    findings = learnt(replace(GOOD, layout=layout))
    assert findings == Findings(DEVICE, layout=layout, end="cr", fnc1="gs")
    assert configured(findings) == HidScanner(name="hand", device=DEVICE, layout=layout, fnc1="gs")


FORMS = {
    "Ctrl+]": Settings(),
    "Alt+029": Settings(fnc1_by_number=True),
    "first, too": Settings(leading_fnc1=True),
    "first, too, and no AIM": Settings(leading_fnc1=True, aim=False),
    "a bar": Settings(fnc1="|"),
    "a word": Settings(fnc1="{GS}"),
    "in JP's own": Settings(fnc1="^"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", ["us", "jp"])
def test_however_fnc1_comes_the_block_has_the_station_read_lot_and_serial(form: str, layout: str) -> None:
    settings = replace(FORMS[form], layout=layout)
    found = configured(learnt(settings))
    assert isinstance(found, HidScanner)
    assert found.fnc1 == ("gs" if settings.fnc1 == GS else settings.fnc1)
    [scan] = HidDecoder(keymap(found.layout), 10.0).feed(settings.keys(Pattern.GS1))
    assert not isinstance(scan, Dropped)
    code = read_code(scan, found.fnc1)
    assert (code.gtin, code.elements) == ("09521234543213", Elements("LEARN", "7"))


def test_fnc1_that_does_not_come_is_told_and_not_written_down() -> None:
    findings = learnt(replace(GOOD, fnc1=""))
    assert findings.fnc1 == "unproven"
    assert "fnc1" not in block(findings, "hand")
    [advice] = findings.advice
    assert "FNC1 transmitted as GS" in advice


@pytest.mark.parametrize("form", ["X", "0", " "])
def test_fnc1_as_a_character_that_codes_hold_themselves_is_refused(form: str) -> None:
    findings = learnt(replace(GOOD, fnc1=form))
    assert findings.fnc1 == "unproven"
    assert "have it transmitted as GS" in findings.advice[0]


ADVICE = {
    "AIM identifiers": Settings(aim=False),
    "prefix '#'": Settings(prefix="#"),
    "suffix '!'": Settings(suffix="!"),
    "start and stop characters of NW-7": Settings(nw7_ends=("", "")),
    "delay between characters": Settings(pace_s=0.1),
    "terminator (suffix) of CR": Settings(end=""),
    "pattern 2 was not read": Settings(reads=frozenset({Pattern.LAYOUT, Pattern.NW7})),
    "pattern 3 was not read": Settings(reads=frozenset({Pattern.LAYOUT, Pattern.GS1})),
}


@pytest.mark.parametrize("advice", ADVICE)
@pytest.mark.parametrize("layout", ["us", "jp"])
def test_what_should_be_set_otherwise_is_told_and_nothing_else(advice: str, layout: str) -> None:
    settings = replace(ADVICE[advice], layout=layout)
    findings = learnt(settings)
    assert [advice in told for told in findings.advice] == [True]
    by_line = learnt_by_line(settings)
    assert [advice in told for told in by_line.advice] == [True]


def test_start_and_stop_characters_in_small_letters_are_sent_all_the_same() -> None:
    assert not learnt(replace(GOOD, nw7_ends=("a", "b"))).advice


def test_the_gap_is_four_times_the_longest_pause_where_that_is_more_than_the_default() -> None:
    assert learnt(GOOD).gap_ms == 200
    assert learnt_by_line(replace(GOOD, pace_s=0.09)).gap_ms == 400
    assert configured(learnt_by_line(replace(GOOD, pace_s=0.09))).gap_ms == 400
    assert learnt_by_line(replace(GOOD, pace_s=3.0)).gap_ms == 5000


@pytest.mark.parametrize(
    ("sent", "end", "written"), [("\r", "cr", "cr"), ("\n", "lf", "lf"), ("\r\n", "crlf", "crlf"), ("\t", "tab", "any")]
)
def test_on_a_line_the_end_is_written_down_as_it_comes(sent: str, end: str, written: str) -> None:
    findings = learnt_by_line(replace(GOOD, end=sent))
    assert findings.end == end
    assert configured(findings) == SerialScanner(name="hand", port=PORT, end=written, fnc1="gs")  # type: ignore[arg-type]


@pytest.mark.parametrize("end", ["\r", "\t", "\r\r"])
def test_on_a_keyboard_enter_once_or_twice_and_tab_end_a_code(end: str) -> None:
    findings = learnt(replace(GOOD, end=end))
    assert findings.end == ("tab" if end == "\t" else "cr")
    assert not findings.advice


@pytest.mark.parametrize("parity", ["even", "odd"])
def test_seven_bits_with_parity_show_themselves_when_they_are_read_as_eight(parity: str) -> None:
    content = b"".join(chunk for chunk, _ in GOOD.chunks(Pattern.LAYOUT))
    line = line_of([(with_parity(content, parity), 0.0)], 19200)
    assert line == Line(19200, 7, parity)
    found = configured(learnt_by_line(GOOD, line))
    assert isinstance(found, SerialScanner)
    assert (found.baud, found.data_bits, found.parity) == (19200, 7, parity)


def test_at_another_speed_nothing_is_recognised() -> None:
    content = b"".join(chunk for chunk, _ in GOOD.chunks(Pattern.LAYOUT))
    assert line_of([(content, 0.0)], 115200) == Line(115200)
    assert line_of([(bytes(each ^ 0x55 for each in content), 0.0)], 9600) is None
    assert line_of([(content[:8], 0.0)], 9600) is None
    mixed = content[:9] + bytes([content[9] | 0x80]) + content[10:]
    assert line_of([(mixed, 0.0)], 9600) is None


@pytest.mark.parametrize(
    ("aim", "leading", "fnc1"), list(itertools.product((True, False), (True, False), (GS, "", "|")))
)
def test_every_pattern_is_known_whatever_is_around_it(aim: bool, leading: bool, fnc1: str) -> None:
    settings = replace(GOOD, aim=aim, leading_fnc1=leading, fnc1=fnc1, prefix="<", suffix=">", nw7_ends=("", ""))
    for pattern in Pattern:
        assert pattern_of(heard_by_keys(settings.keys(pattern), keymap("jp")).text) is pattern
        assert pattern_of(heard_by_line(settings.chunks(pattern)).text) is pattern


@pytest.mark.parametrize("text", ["", "4901234567894", "PS-Layout@[]:+_", "40156"])
def test_what_is_none_of_the_patterns_is_refused_without_saying_what_it_says(text: str) -> None:
    with pytest.raises(NotRecognised, match="none of the three patterns") as refused:
        pattern_of(text)
    assert not text or text not in str(refused.value)


def test_a_layout_that_is_neither_is_told_as_that() -> None:
    german = typed(Pattern.LAYOUT.value.replace("y", "z") + "\n", "us", 0.0)
    with pytest.raises(NotRecognised, match="a keyboard layout other than US and JP"):
        layout_of(german)
    with pytest.raises(NotRecognised, match="scan the first one"):
        layout_of(GOOD.keys(Pattern.NW7))


def test_caps_lock_that_is_pressed_around_capitals_is_seen_through() -> None:
    events = [*stroke(58, 1, 0.0), *stroke(58, 0, 0.0), *typed("ps", "us", 0.0, pace_s=0)]
    events += [*stroke(58, 1, 0.0), *stroke(58, 0, 0.0), *typed(Pattern.LAYOUT.value[2:] + "\n", "us", 0.0, pace_s=0)]
    assert layout_of(events) == "us"


@pytest.mark.parametrize("fnc1", ["'", '"', "\\", "'\"\\"])
def test_a_block_is_toml_whatever_stands_for_fnc1(fnc1: str) -> None:
    assert configured(replace(learnt(GOOD), fnc1=fnc1)).fnc1 == fnc1


@given(st.binary(max_size=60), st.sampled_from([9600, 115200]))
def test_whatever_bytes_come_a_line_is_known_or_not(content: bytes, baud: int) -> None:
    assert line_of([(content, 0.0)], baud) is None
    with pytest.raises(NotRecognised):
        pattern_of(heard_by_line([(content, 0.0)]).text)


@given(st.lists(st.tuples(st.sampled_from([0, 1, 4, 17]), st.integers(0, 255), st.integers(0, 2), st.floats(0, 3))))
def test_whatever_keys_come_a_layout_is_known_or_not(events: list[tuple[int, int, int, float]]) -> None:
    with pytest.raises(NotRecognised):
        layout_of(events)
