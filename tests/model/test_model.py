"""The model holds, is not vacuous, and misses every guard that is taken away: so each guard is there for a reason."""

import re
from collections.abc import Mapping

import pytest

from tests.model.checker import Search, lines, search
from tests.model.configurations import CONFIGURATIONS, HOLD_A, HOLD_B, NOTHING, REVISION_2, Configuration

REACHED = {
    "a hold that is released": ("LABEL", "hears hold", "hold A is released", "freed"),
    "a new revision, and the printer fails": ("hears of revision 2", "OldRevision; net", "db.revision_2 = late_"),
    "a hold, and the printer fails": ("before the first byte", "the printer fails in", "no label came out"),
    "a station does not wait, and the printer fails": ("does not wait any longer",),
    "a packer puts the order back": ("cancelled\\n", "db.reply[s] = Closed"),
    "another label is asked for": ("reprint asked",),
    "take-over": ("takes over", "its order was taken over"),
    "supervisor's key": ("the supervisor's key\\n", "wanted++ /*"),
    "a station crashes": ("crashes\\n", "starts\\n", "an old copy, or late"),
    "a station crashes and does not come back": ("a supervisor resolves",),
    "journal lost": ("has lost its journal",),
    "the desk crashes": ("the desk crashes\\n",),
    "desk restored": ("the desk is restored", "db.reply[s] = CatchingUp", "db.waits_for = 0;"),
}
"""What each short configuration must have seen, by words of the model's lines."""

FOUND: Mapping[str, Mapping[str, int]] = {
    "HOLD_REFUSES": {"ASKED": HOLD_B},
    "NEWEST_REVISION": {"ASKED": REVISION_2},
    "OPEN_HERE_ONLY": {"ASKED": NOTHING, "SCANS_1": 1, "TAKE_OVERS": 1},
    "SHIPPED_IS_SHIPPED": {"ASKED": NOTHING, "SCANS_0": 2},
    "SAME_ANSWER": {"ASKED": NOTHING},
    "NEWEST_STEP": {"ASKED": NOTHING, "GIVE_UPS": 1},
    "PRINTING_IS_SAID": {"ASKED": HOLD_B},
    "UNKNOWN_IS_SAID": {"ASKED": HOLD_B, "JAMS": 1},
    "PENDING": {"ASKED": REVISION_2},
    "UNKNOWN_IS_NOT_FREE": {"ASKED": HOLD_B, "JAMS": 1},
    "MARK": {"ASKED": NOTHING, "SCANS_0": 2, "REPRINTS": 1},
    "ENDED_IS_ENDED": {"ASKED": NOTHING, "CRASHES": 1, "RESOLVES": 1},
    "TELLS_OUTSTANDING": {"ASKED": NOTHING, "CRASHES": 1},
    "TELLS_HOLDS": {"ASKED": HOLD_A},
    "CORRECTIONS": {"ASKED": HOLD_B, "KEYS": 1, "RECONNECTS": 1},
    "POINT_OF_NO_RETURN": {"ASKED": NOTHING, "KEYS": 1, "RECONNECTS": 1, "CRASHES": 1},
    "WHILE_WAITING": {"ASKED": HOLD_B, "GIVE_UPS": 1},
    "OWN_HOLDS": {"ASKED": HOLD_B, "KEYS": 1, "RECONNECTS": 1},
    "RELEASED_IS_FINAL": {"ASKED": HOLD_A},
    "EPOCH": {"ASKED": HOLD_B, "RESTORES": 1, "SCANS_0": 0},
    "NOT_PRINTED_BY_ASKER": {"ASKED": NOTHING, "CRASHES": 1, "JOURNALS_LOST": 1},
    "NEVER_BY_ITSELF": {"ASKED": NOTHING, "CRASHES": 1},
    "CLEARING": {"ASKED": NOTHING, "JAMS": 1},
    "SAYS_LACKING": {"ASKED": NOTHING, "RESTORES": 1},
}
"""Guards, each with the smallest configuration that shows what it is for."""
FOUND_LATE: Mapping[str, Mapping[str, int]] = {
    "DURABLE": {"ASKED": HOLD_B, "DESK_CRASHES": 1},
    "NOT_AFTER_HELLO": {"ASKED": NOTHING, "RESTORES": 1, "SCANS_1": 1},
    "RESENDING_FIRST": {"ASKED": NOTHING, "RESTORES": 1, "SCANS_1": 1},
    "CATCHING_UP": {"ASKED": HOLD_B, "RESTORES": 1},
    "FURTHER_DOUBTS": {"ASKED": HOLD_B, "RESTORES": 1, "JAMS": 1},
    "FIRST_STEP": {"ASKED": NOTHING, "RESTORES": 1, "JAMS": 1},
    "NEWER_IN_DOUBT": {"ASKED": REVISION_2, "RESTORES": 1},
}
"""Those that take longer."""
SECOND: Mapping[str, Mapping[str, int]] = {
    "TAKEN_BACK": {"ASKED": NOTHING, "SCANS_1": 1, "TAKE_OVERS": 1},
    "GRANT_THAT_STANDS": {"ASKED": NOTHING, "GIVE_UPS": 2},
    "SAME_BOOT": {"ASKED": NOTHING, "CRASHES": 1, "GIVE_UPS": 1},
    "IN_ORDER": {"ASKED": NOTHING, "CRASHES": 1, "JAMS": 1},
    "RECORD_ONCE": {"ASKED": NOTHING, "JAMS": 1},
    "OLD_HELLO": {"ASKED": NOTHING, "CRASHES": 1, "LATE_HELLOS": 1},
    "HOLDS_HEARD": {"ASKED": HOLD_B, "RESTORES": 1},
    "OPEN_IN_HELLO": {"ASKED": NOTHING, "RESTORES": 1},
    "AS_GRANTED": {"ASKED": REVISION_2},
}
"""Guards that others stand behind, as the model says: nobody misses them here."""
BEHIND = {
    "UNTIL_KEPT": "SAYS_LACKING",
}
"""Guards that are missed only where another, which stands behind them, is gone too."""


def found(configuration: Configuration) -> Search:
    """A search that has to come to an end without a failure."""
    result = search(configuration.bounds, optimised=configuration.is_long)
    assert not result.broken, f"{result.broken}\n{result.story}"
    return result


@pytest.mark.parametrize(
    "configuration", [each for each in CONFIGURATIONS if not each.is_long], ids=lambda each: each.name
)
def test_the_promises_hold_in_every_state_and_what_they_are_about_happens(configuration: Configuration) -> None:
    result = found(configuration)
    for words in REACHED[configuration.name]:
        assert [number for number, line in enumerate(lines(), 1) if words in line and number in result.reached], words


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("configuration", [each for each in CONFIGURATIONS if each.is_long], ids=lambda each: each.name)
def test_the_promises_hold_within_larger_bounds(configuration: Configuration) -> None:
    assert found(configuration).states > 100_000


@pytest.mark.parametrize("guard", FOUND)
def test_a_guard_that_is_gone_is_missed(guard: str) -> None:
    result = search(FOUND[guard], without=(guard,), optimised=False)
    assert result.broken, f"nobody misses {guard}"
    assert result.story


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("guard", FOUND_LATE)
def test_so_is_one_that_only_a_longer_search_misses(guard: str) -> None:
    assert search(FOUND_LATE[guard], without=(guard,)).broken, f"nobody misses {guard}"


@pytest.mark.parametrize("guard", BEHIND)
def test_a_guard_with_another_behind_it_is_missed_with_that_one_only(guard: str) -> None:
    assert not search({"ASKED": NOTHING}, without=(guard,), optimised=False).broken
    assert not search({"ASKED": NOTHING}, without=(BEHIND[guard],), optimised=False).broken
    assert search({"ASKED": NOTHING}, without=(guard, BEHIND[guard]), optimised=False).broken


@pytest.mark.full
@pytest.mark.parametrize("guard", SECOND)
def test_nobody_misses_a_second_guard(guard: str) -> None:
    assert not search(SECOND[guard], without=(guard,)).broken


def test_every_guard_of_the_model_is_taken_away_by_some_test_or_said_to_be_second() -> None:
    guards = set(re.findall(r"^#define ([A-Z_]+) \d+ /\*", "\n".join(lines()), re.MULTILINE))
    second = {line.split()[1] for line in lines() if "(second:" in line}
    assert guards == {*FOUND, *FOUND_LATE, *BEHIND, *second}
    assert second == set(SECOND)
