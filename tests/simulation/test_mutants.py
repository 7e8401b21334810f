"""The worlds notice when a guard is gone: without that, worlds in which nothing breaks would prove nothing."""

import pytest

from tests.simulation.mutants import COMMON, MUTANTS, RARE, Mutant, hunt_each

QUICK = ("what is shipped is opened", "unknown is free", "a label uses up no mark", "the oldest revision is printed")
"""Found within some orders."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_guard_that_a_mutant_takes_away_stands_where_it_says(mutant: Mutant) -> None:
    assert [edit.path.read_text("utf-8").count(edit.old) for edit in mutant.edits] == [1] * len(mutant.edits)


@pytest.mark.timeout(600)
def test_some_guards_are_missed_at_once() -> None:
    found = hunt_each([mutant for mutant in MUTANTS if mutant.name in QUICK], 500)
    assert {each.mutant for each in found if each.broken} == set(QUICK)


def test_of_every_mutant_that_is_not_found_it_is_said_why() -> None:
    assert set(RARE) < {mutant.name for mutant in MUTANTS}
    assert len(COMMON) >= 25


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_every_guard_is_missed() -> None:
    assert [each.mutant for each in hunt_each(COMMON, 10_000) if not each.broken] == []
