"""The worlds notice when a guard is gone: without that, worlds in which nothing breaks would prove nothing."""

import pytest

from tests.simulation.mutants import MUTANTS, Mutant, hunt_each

QUICK = ("a held order is granted", "unknown is free", "a label uses up no mark", "a station keeps the address")
"""Found within some orders."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_guard_that_a_mutant_takes_away_stands_where_it_says(mutant: Mutant) -> None:
    assert [edit.path.read_text("utf-8").count(edit.old) for edit in mutant.edits] == [1] * len(mutant.edits)


def test_some_guards_are_missed_at_once() -> None:
    found = hunt_each([mutant for mutant in MUTANTS if mutant.name in QUICK], 500)
    assert {each.mutant for each in found if each.broken} == set(QUICK)
