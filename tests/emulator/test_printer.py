"""The printer as a machine, with a clock that the tests turn."""

import pytest

from station.emulator.model import Model
from station.emulator.paper import Label
from station.emulator.printer import Printer
from tests.emulator.jobs import (
    CLEAR,
    CLEARED,
    CUT,
    INITIALIZE,
    READY,
    ROW_BYTES,
    TYPEFACE,
    WATCH_ALL,
    chunks,
    label_job,
    noise,
    process_id,
    process_reply,
    raster,
)

OUT_OF_PAPER = b"\x18\x00\x0f\x00"


def printer(*, speed_mm_s: float = 0, roll_mm: float | None = None, model: Model | None = None) -> Printer:
    """A printer with a host on its line."""
    machine = Printer(model or Model(), TYPEFACE, speed_mm_s=speed_mm_s, roll_mm=roll_mm, near_end_mm=100)
    machine.line_opened()
    return machine


def say(machine: Printer, data: bytes, now: float = 0) -> bytes:
    """Sends, and returns what the printer says."""
    machine.receive(data, now)
    return machine.take_replies()


def ask(machine: Printer, now: float = 0) -> bytes:
    """DLE EOT 1 to 4."""
    return say(machine, b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04", now)


# Pieces


def test_pieces_of_any_size_give_the_same_paper_and_the_same_replies() -> None:
    inside = noise(20)[:500] + b"\x10\x04\x02" + noise(20)[503:]
    job = WATCH_ALL + raster(inside) + b"\x1dr\x01\x10\x04\x01" + CUT + process_id(b"0001") + CLEAR + label_job(b"0002")
    whole = printer()
    expected = say(whole, job), whole.take_labels()
    assert len(expected[1]) == 2
    for seed in range(15):
        machine = printer()
        replies = b"".join(say(machine, piece) for piece in chunks(job, seed))
        assert (replies, machine.take_labels()) == expected
    machine = printer()
    assert (b"".join(say(machine, bytes([byte])) for byte in job), machine.take_labels()) == expected


# Real-time commands


def test_a_real_time_command_inside_image_data_is_answered_at_once_and_printed_as_image_too() -> None:
    machine = printer()
    image = noise(10)[:300] + b"\x10\x04\x01" + noise(10)[303:]
    head, tail = raster(image)[:311], raster(image)[311:]
    assert say(machine, head) == b"\x12"
    assert say(machine, tail + CUT) == b""
    (label,) = machine.take_labels()
    assert image in label.rows


@pytest.mark.parametrize(
    ("fault", "replies"),
    [
        ("nothing", "12 12 12 12"),
        ("paper_out", "1A 32 12 7E"),
        ("near_end", "12 12 12 1E"),
        ("cover", "1A 16 12 12"),
        ("cutter", "1A 52 1A 12"),
        ("error", "1A 52 32 12"),
        ("offline", "1A 12 12 12"),
    ],
)
def test_real_time_status_tells_what_is_wrong(fault: str, replies: str) -> None:
    machine = printer(roll_mm=200)
    match fault:
        case "paper_out":
            machine.take_paper_out(0)
        case "near_end":
            machine.load_paper(0, 99)
        case "cover":
            machine.set_cover(0, is_open=True)
        case "cutter":
            machine.jam_cutter(0)
        case "error":
            machine.set_unrecoverable(0, error=True)
        case "offline":
            machine.set_online(0, online=False)
    assert ask(machine).hex(" ").upper() == replies
    assert all(byte & 0x93 == 0x12 for byte in ask(machine))


def test_clearing_the_buffers_is_answered_also_in_mid_raster_and_while_paper_is_out() -> None:
    machine = printer()
    machine.receive(raster(noise(100))[:4000], 0)
    machine.take_paper_out(0)
    assert machine.waits_for_image
    assert say(machine, noise(10) + CLEAR) == CLEARED
    assert (machine.waits_for_image, machine.buffered_bytes) == (False, 0)
    machine.load_paper(0)
    machine.receive(label_job(), 0)
    (label,) = machine.take_labels()
    assert label.rows.endswith(noise(200, 201))


def test_clearing_the_buffers_keeps_settings_and_what_is_on_paper() -> None:
    machine = printer(model=Model(cutter_distance_mm=0))
    machine.receive(WATCH_ALL + b"\x1ba\x02" + raster(noise(5))[: 8 + 3 * ROW_BYTES], 0)
    say(machine, CLEAR)
    assert machine.watch_mask == 0xFF
    machine.receive(b"\x1dv0\x00\x01\x00\x01\x00\xff\x1dV\x00", 0)
    assert machine.take_labels() == [Label(noise(5)[: 3 * ROW_BYTES] + bytes(71) + b"\xff", 4)]


# Automatic status back


def test_automatic_status_is_sent_when_enabled_and_on_every_change() -> None:
    machine = printer()
    assert say(machine, WATCH_ALL) == READY
    machine.set_cover(0, is_open=True)
    assert machine.take_replies() == b"\x38\x00\x00\x00"
    machine.set_cover(0, is_open=True)
    assert machine.take_replies() == b""
    machine.set_cover(0, is_open=False)
    machine.take_paper_out(0)
    machine.load_paper(0, 50)
    machine.load_paper(0)
    machine.jam_cutter(0)
    machine.set_unrecoverable(0, error=True)
    assert machine.take_replies() == b"".join(
        (READY, OUT_OF_PAPER, b"\x10\x00\x03\x00", READY, b"\x18\x08\x00\x00", b"\x18\x28\x00\x00")
    )


def test_automatic_status_can_be_told_from_other_replies() -> None:
    machine = printer()
    machine.set_cover(0, is_open=True)
    machine.take_paper_out(0)
    machine.set_unrecoverable(0, error=True)
    machine.set_cover(0, is_open=False)
    machine.load_paper(0)
    machine.set_unrecoverable(0, error=False)
    first, *others = say(machine, WATCH_ALL)
    assert first & 0x93 == 0x10
    assert all(byte & 0x90 == 0 for byte in others)


def test_only_what_is_watched_is_sent_unasked() -> None:
    machine = printer()
    assert say(machine, b"\x1da\x08") == READY
    machine.set_cover(0, is_open=True)
    assert machine.take_replies() == b""
    machine.take_paper_out(0)
    assert machine.take_replies() == b"\x38\x00\x0f\x00"


def test_esc_at_ends_automatic_status() -> None:
    machine = printer()
    say(machine, WATCH_ALL + INITIALIZE)
    machine.set_cover(0, is_open=True)
    assert machine.take_replies() == b""


# Process ID and other replies


def test_a_process_id_is_returned_only_when_all_before_it_is_on_paper() -> None:
    machine = printer(speed_mm_s=100)  # 800 rows and the way to the cutter are 0.1 m and 14 mm
    job = label_job(b"0007", rows=800)
    at, seconds = 0, []
    for now in (tenth / 10 for tenth in range(15)):
        machine.advance(now)
        while (limit := machine.receivable_bytes()) and at < len(job):
            machine.receive(job[at : at + limit], now)
            at += limit
        if machine.take_replies() == process_reply(b"0007"):
            seconds.append(now)
            assert len(machine.take_labels()) == 1
    assert seconds == [1.2]


def test_a_process_id_is_not_returned_while_paper_is_out_and_is_when_the_held_job_is_printed() -> None:
    machine = printer(roll_mm=30)
    assert say(machine, label_job(b"0001", rows=280)) == b""
    assert machine.take_labels() == []
    machine.load_paper(0)
    assert machine.take_replies() == process_reply(b"0001")
    (label,) = machine.take_labels()
    assert noise(200) in label.rows


def test_every_process_id_is_returned_in_order() -> None:
    machine = printer()
    assert say(machine, process_id(b"0001") + raster(noise(3)) + process_id(b"0002")) == (
        process_reply(b"0001") + process_reply(b"0002")
    )


def test_while_nobody_listens_only_the_newest_process_id_is_kept() -> None:
    machine = printer(speed_mm_s=100)
    machine.receive(
        process_id(b"0000") + raster(noise(9)) + process_id(b"0001") + b"\x1bJ\x09" + process_id(b"0002"), 0
    )
    assert machine.take_replies() == process_reply(b"0000")
    machine.line_closed()
    machine.advance(10)
    machine.line_opened()
    assert machine.take_replies() == process_reply(b"0002")


def test_clearing_the_buffers_drops_process_ids() -> None:
    machine = printer()
    machine.take_paper_out(0)
    machine.receive(raster(noise(9)) + process_id(b"0001"), 0)
    assert say(machine, CLEAR) == CLEARED
    machine.load_paper(0)
    assert machine.take_replies() == b""


def test_clearing_the_buffers_drops_what_is_developed_and_not_printed() -> None:
    machine = printer(speed_mm_s=100)
    machine.receive(raster(noise(50)) + process_id(b"0001"), 0)
    assert machine.buffered_rows == 50
    assert say(machine, CLEAR) == CLEARED
    assert machine.buffered_rows == 0
    machine.advance(10)
    assert machine.take_replies() == b""


def test_gs_r_is_answered_when_developed_and_not_when_printed_and_not_at_paper_end() -> None:
    machine = printer(speed_mm_s=100)
    assert say(machine, raster(noise(20)) + b"\x1dr\x01") == b"\x00"
    assert machine.buffered_rows == 20
    machine.take_paper_out(0)
    assert say(machine, b"\x1dr\x01") == b""
    machine.load_paper(1, 50)
    machine.advance(2)
    assert machine.take_replies() == b"\x03"


def test_the_model_tells_who_it_is() -> None:
    machine = printer(model=Model(name="TM-T88VI"))
    assert say(machine, b"\x1dI\x43") == b"_TM-T88VI\x00"
    assert say(machine, b"\x1dI\x01\x1dI2") == b"\x20\x03"
    assert say(machine, b"\x1dI\x63") == b""
    assert machine.findings["unsupported: GS I 99"] == 1


def test_the_cut_counter_counts_and_a_power_cut_takes_the_newest_back() -> None:
    machine = printer()
    counter = b"\x1dg2\x00\xb2\x00"
    machine.receive(label_job(rows=10) * 2, 0)
    machine.advance(200)
    machine.receive(label_job(rows=10), 210)
    assert say(machine, counter, 210) == process_reply(b"0001") * 3 + b"_3\x00"
    machine.power_off()
    machine.power_on(300)
    machine.line_opened()
    assert say(machine, counter, 300) == b"_2\x00"


# Receive buffer and time


def test_a_busy_printer_stops_reading_until_there_is_room_again() -> None:
    machine = printer()
    machine.take_paper_out(0)
    stream = raster(noise(200))
    taken = 0
    while (limit := machine.receivable_bytes()) and taken < len(stream):
        machine.receive(stream[taken : taken + limit], 0)
        taken += limit
    assert taken == 4096
    assert machine.lost_bytes == 0
    machine.load_paper(0)
    assert machine.receivable_bytes() == 4096 - 128


def test_a_host_that_connects_while_the_printer_is_busy_gets_its_status_and_can_clear_it() -> None:
    machine = printer()
    machine.take_paper_out(0)
    machine.receive(raster(noise(200))[: 4096 - 100], 0)
    assert machine.receivable_bytes() == 128
    machine.line_closed()
    machine.line_opened()
    for _ in range(100):
        assert machine.receivable_bytes() == 128
        assert ask(machine) == b"\x1a\x32\x12\x7e"
    machine.receive(b"x" * 128, 0)
    assert machine.receivable_bytes() == 0
    machine.line_opened()
    assert say(machine, CLEAR) == CLEARED
    assert machine.receivable_bytes() == 4096 - 128


def test_what_finds_no_room_is_lost_and_counted() -> None:
    machine = printer()
    machine.take_paper_out(0)
    machine.receive(bytes(5000), 0)
    assert (machine.buffered_bytes, machine.lost_bytes) == (4096, 904)


def test_paper_moves_at_the_printers_speed() -> None:
    machine = printer(speed_mm_s=100, model=Model(cutter_distance_mm=0))
    machine.receive(raster(noise(50)) + b"\x1dV\x00", 5.0)
    assert machine.next_deadline() == pytest.approx(5.0 + 24 / 799.2, abs=1e-4)
    machine.advance(5.0 + 49.5 / 799.2)
    assert machine.buffered_rows == 1
    machine.advance(5.0 + 50.5 / 799.2)
    assert len(machine.take_labels()) == 1
    assert machine.next_deadline() is None


def test_only_about_a_line_is_developed_ahead_of_the_print_head() -> None:
    machine = printer(speed_mm_s=100)
    machine.receive(b"\n" * 100, 0)
    assert machine.buffered_rows == 34
    assert machine.buffered_bytes == 99
    machine.advance(100)
    assert (machine.buffered_rows, machine.buffered_bytes) == (0, 0)


def test_time_off_line_is_not_printed_in_one_go_afterwards() -> None:
    machine = printer(speed_mm_s=100)
    machine.receive(raster(noise(50)), 0)
    machine.set_cover(0.01, is_open=True)
    left = machine.buffered_rows
    assert machine.next_deadline() is None
    machine.advance(50)
    machine.set_cover(100, is_open=False)
    assert machine.buffered_rows == left
    machine.advance(101)
    assert machine.buffered_rows == 0


def test_speed_can_change_in_mid_label() -> None:
    machine = printer(speed_mm_s=1)
    machine.receive(raster(noise(50)), 0)
    machine.advance(1)
    assert machine.buffered_rows == 50 - 7
    machine.set_speed(1, 0)
    assert machine.buffered_rows == 0


# Faults


def test_an_open_cover_stops_in_mid_label_and_printing_goes_on_where_it_was() -> None:
    machine = printer()
    job = label_job(rows=300)
    machine.receive(job[:9000], 0)
    machine.set_cover(0, is_open=True)
    machine.receive(job[9000:12000], 0)
    assert machine.take_labels() == []
    machine.set_cover(0, is_open=False)
    machine.receive(job[12000:], 0)
    assert machine.take_replies() == process_reply(b"0001")
    undisturbed = printer()
    undisturbed.receive(job, 0)
    assert machine.take_labels() == undisturbed.take_labels()


def test_a_jammed_cutter_stops_until_it_is_free_and_the_host_recovers() -> None:
    machine = printer()
    machine.jam_cutter(0, at_cut=True)
    assert say(machine, WATCH_ALL + label_job()[2:]) == READY + b"\x18\x08\x00\x00"
    assert say(machine, b"\x10\x05\x01") == b""
    machine.free_cutter(0)
    assert machine.take_labels() == []
    assert say(machine, b"\x10\x05\x01") == READY + process_reply(b"0001")
    assert len(machine.take_labels()) == 1


def test_a_cutter_that_jams_stops_the_commands_after_the_cut_too() -> None:
    machine = printer()
    machine.jam_cutter(0, at_cut=True)
    assert say(machine, raster(noise(5)) + CUT + b"\x1dr\x01") == b""
    machine.free_cutter(0)
    assert say(machine, b"\x10\x05\x01") == b"\x00"


def test_dle_enq_2_recovers_and_clears() -> None:
    machine = printer()
    machine.jam_cutter(0)
    machine.receive(label_job(), 0)
    machine.free_cutter(0)
    machine.receive(b"\x10\x05\x02", 0)
    assert machine.works
    assert (machine.buffered_bytes, machine.take_labels(), machine.take_replies()) == (0, [], b"")


def test_recovering_without_a_recoverable_error_does_nothing() -> None:
    machine = printer()
    machine.set_unrecoverable(0, error=True)
    machine.receive(raster(noise(5)), 0)
    machine.receive(b"\x10\x05\x02", 0)
    assert not machine.works
    assert machine.buffered_bytes > 5 * ROW_BYTES


def test_a_silent_printer_prints_and_answers_nothing() -> None:
    machine = printer()
    machine.silent = True
    assert say(machine, WATCH_ALL + label_job() + CLEAR + b"\x10\x04\x01") == b""
    assert len(machine.take_labels()) == 1
    machine.silent = False
    assert say(machine, b"\x10\x04\x01") == b"\x12"


def test_a_power_cut_loses_buffers_settings_and_process_ids_but_not_what_is_on_paper() -> None:
    machine = printer(speed_mm_s=100)
    job = WATCH_ALL + b"\x1ba\x02" + raster(noise(50)) + process_id(b"0001")
    machine.receive(job, 0)
    machine.advance(0.03)
    printed = 50 - machine.buffered_rows
    assert 20 < printed < 30
    machine.power_off()
    assert machine.receivable_bytes() == 0
    assert say(machine, b"\x10\x04\x01") == b""
    machine.power_on(1)
    (torn,) = machine.take_labels()
    assert torn.torn
    assert torn.rows == bytes(Model().cutter_distance_rows * ROW_BYTES) + noise(50)[: printed * ROW_BYTES]
    machine.line_opened()
    machine.advance(10)
    assert (machine.take_replies(), machine.watch_mask, machine.buffered_rows) == (b"", 0, 0)


def test_power_can_go_after_so_many_bytes_were_executed() -> None:
    machine = printer(model=Model(cutter_distance_mm=0))
    machine.power_off_after(0, 2 + 8 + 10 * ROW_BYTES + 5)
    for piece in chunks(label_job(), seed=3):
        machine.receive(piece, 0)
    assert not machine.powered
    machine.power_on(0)
    assert machine.take_labels() == [Label(noise(200, 1)[: 10 * ROW_BYTES], 10, torn=True)]
    machine.receive(label_job(), 0)
    assert len(machine.take_labels()) == 1
    assert machine.powered


def test_power_that_goes_after_so_many_bytes_goes_when_they_are_on_paper() -> None:
    machine = printer(speed_mm_s=100, model=Model(cutter_distance_mm=0))
    machine.power_off_after(0, 2 + 8 + 10 * ROW_BYTES)
    machine.receive(label_job()[:3000], 0)
    powered = [machine.powered]
    machine.advance(1)
    assert [*powered, machine.powered] == [True, False]
    machine.power_on(2)
    assert [label.height_dots for label in machine.take_labels()] == [10]


def test_an_uncut_part_stays_in_front_of_the_next_label() -> None:
    machine = printer(model=Model(cutter_distance_mm=0))
    machine.receive(raster(noise(5)), 0)
    machine.receive(label_job(rows=200), 0)
    (label,) = machine.take_labels()
    assert label.rows == noise(5) + noise(200)


def test_findings_are_counted_and_bounded() -> None:
    machine = printer()
    machine.receive(b"\x1bz\x1bz" + b"".join(b"\x1dI" + bytes([n]) for n in range(70, 256)), 0)
    machine.receive(b"".join(b"\x1dI\x43\x1dk" + bytes([n, 1, 65]) for n in range(80, 256)), 0)
    assert machine.findings["unknown: 1B 7A"] == 2
    assert len(machine.findings) == 201
    assert machine.findings["others"] == (1 + 186 + 176) - 200


# Models.


def test_a_model_is_as_its_capability_record_says() -> None:
    old, label = Model.of("tm-t88iii"), Model.of("tm-l90")

    assert (old.width_dots, old.dots_per_inch, old.process_id, old.cut_counters) == (512, 180, False, frozenset())
    assert (label.name, label.width_dots, label.process_id) == ("TM-L90", 576, True)
    machine = printer(model=old)
    machine.receive(b"\x1d(H\x06\x00\x30\x30abcd\x1dg2\x00\xb2\x00\x1dr\x01", 0)
    assert machine.take_replies() == b"\x00"


def test_a_model_without_clearing_answers_none_and_keeps_what_it_holds() -> None:
    machine = printer(model=Model(clear_buffers=False))
    machine.take_paper_out(0)
    machine.receive(label_job(), 0)
    held = machine.buffered_bytes
    machine.receive(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", 0)
    assert machine.take_replies() == b""
    assert machine.buffered_bytes >= held


def test_a_hot_head_stands_still_and_goes_on_by_itself() -> None:
    machine = printer()
    machine.receive(b"\x1da\xff", 0)
    machine.take_replies()
    machine.set_overheated(0, hot=True)
    assert machine.take_replies()[1] == 0x40
    machine.receive(raster(noise(20)) + CUT, 0)
    assert machine.take_labels() == []
    machine.receive(b"\x10\x04\x03", 0)
    assert machine.take_replies() == b"\x52"
    machine.set_overheated(0, hot=False)
    assert len(machine.take_labels()) == 1


@pytest.mark.parametrize(("before", "labels"), [(True, 0), (False, 1)])
def test_something_can_happen_just_before_a_cut_and_just_after_it(before: bool, labels: int) -> None:
    machine = printer()
    machine.acts_at_cut[before] = lambda: machine.set_cover(0, is_open=True)
    machine.receive(label_job(), 0)
    assert len(machine.take_labels()) == labels
    assert machine.strip_hangs_out is before
    machine.set_cover(0, is_open=False)
    assert len(machine.take_labels()) == 1 - labels
