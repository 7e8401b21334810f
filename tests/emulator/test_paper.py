from station.emulator.paper import Label, Paper

ROW = b"\xaa" * 2
BLANK = b"\x00" * 2


def test_a_label_begins_at_the_cutter_and_ends_where_the_cut_is() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=3, rows_left=None)
    paper.print(ROW * 5)
    paper.feed(3)
    paper.cut()
    assert paper.take_labels() == [Label(BLANK * 3 + ROW * 5, 8)]
    assert not paper.hangs_out


def test_a_cut_without_feed_goes_through_what_was_printed_last() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=3, rows_left=None)
    paper.print(ROW * 5)
    paper.cut()
    assert paper.take_labels() == [Label(BLANK * 3 + ROW * 2, 5)]
    assert paper.hangs_out
    paper.feed(3)
    paper.cut()
    assert paper.take_labels() == [Label(ROW * 3, 3)]


def test_paper_that_is_drawn_back_after_the_cut_leaves_no_blank_on_the_next_label() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=3, rows_left=100)
    paper.print(ROW * 5)
    paper.feed(3)
    paper.cut(retract_rows=3)
    paper.print(ROW * 5)
    paper.feed(3)
    paper.cut()
    assert [label.rows for label in paper.take_labels()] == [BLANK * 3 + ROW * 5, ROW * 5]
    assert paper.rows_left == 100 - 8 - 8 + 3


def test_a_cut_that_waits_for_the_cutter_comes_when_the_paper_is_there() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=3, rows_left=None)
    paper.print(ROW * 2)
    paper.cut_later(1)
    paper.print(ROW * 3)
    assert paper.take_labels() == []
    paper.print(ROW * 4)
    assert paper.take_labels() == [Label(BLANK * 3 + ROW * 3, 6)]


def test_a_roll_ends_and_says_how_much_it_took() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=0, rows_left=4)
    assert paper.print(ROW * 3) == 3
    assert paper.feed(3) == 1
    assert paper.out
    assert paper.print(ROW) == 0


def test_a_cut_of_nothing_gives_no_label() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=3, rows_left=None)
    paper.cut()
    assert paper.take_labels() == []
    assert paper.cuts == 1


def test_what_hangs_out_is_torn_off_unfinished() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=1, rows_left=None)
    paper.tear()
    assert paper.take_labels() == []
    paper.print(ROW * 2)
    paper.tear()
    assert paper.take_labels() == [Label(BLANK + ROW * 2, 3, torn=True)]


def test_a_host_that_never_cuts_does_not_fill_the_memory() -> None:
    paper = Paper(row_bytes=2, cutter_distance_rows=0, rows_left=None)
    for _ in range(50):
        paper.print(ROW * 1000)
    assert paper.strip_rows <= 41_000
    assert [label.torn for label in paper.take_labels()] == [True]
