"""A flood is counted, not written; how much it was is said once it is over."""

from hypothesis import given
from hypothesis import strategies as st

from station.telemetry.limits import WINDOW_S, Limits


def test_of_a_flood_so_many_lines_are_written_and_the_rest_is_told_when_the_window_ends() -> None:
    limits = Limits()
    written = [limits.admits("message refused", 20, now_s=0.01 * number) for number in range(1000)]

    assert sum(written) == 20
    assert written[:20] == [True] * 20
    assert limits.over(WINDOW_S - 1) == ()
    assert limits.due_s == WINDOW_S
    assert limits.over(WINDOW_S) == (("message refused", 980),)
    assert limits.over(WINDOW_S) == ()
    assert limits.due_s is None


def test_a_flood_of_one_kind_costs_no_other_its_line() -> None:
    limits = Limits()
    for _ in range(100):
        limits.admits("message refused", 20, 0.0)
    assert limits.admits("broker lost", 20, 0.0)


def test_after_its_window_a_kind_is_written_again() -> None:
    limits = Limits()
    for _ in range(21):
        limits.admits("scan dropped", 20, 0.0)
    assert not limits.admits("scan dropped", 20, WINDOW_S + 1)  # not before the others were told of
    assert limits.over(WINDOW_S + 1) == (("scan dropped", 2),)
    assert limits.admits("scan dropped", 20, WINDOW_S + 1)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 20)), max_size=200), st.integers(1, 5))
def test_no_line_is_lost_from_the_count(lines: list[tuple[str, float]], most: int) -> None:
    limits, now_s, written, told = Limits(), 0.0, 0, 0
    for kind, pause_s in lines:
        now_s += pause_s
        told += sum(count for _, count in limits.over(now_s))
        written += limits.admits(kind, most, now_s)
    told += sum(count for _, count in limits.over(float("inf")))

    assert written + told == len(lines)
