"""Which messages answer a hold or a revision, and the words and exit statuses of every outcome."""

import itertools

import msgspec
import pytest

from station.contact.exits import Exit, exit_of, worst
from station.contact.outcomes import exit_of_answer, exit_of_hold, hold_question, revision_question
from station.contact.words import outcome_words
from station.protocol.codec import digest, encode
from station.protocol.hold import Hold
from station.protocol.outcome import Outcome, OutcomeKind
from station.protocol.topics import Topics
from tests.contact.orders import new_order

TOPICS = Topics("packing/test")
OUTCOME = Outcome(order="A-1", of="hold", subject="h1", outcome=OutcomeKind.STOPPED)


def outcome(kind: OutcomeKind, **facts: object) -> Outcome:
    """An outcome."""
    return msgspec.convert(msgspec.to_builtins(OUTCOME) | {"outcome": kind} | facts, Outcome)


@pytest.mark.parametrize("kind", OutcomeKind)
def test_a_release_is_answered_by_nothing_but_its_freedom(kind: OutcomeKind) -> None:
    """The answer to the hold may still be on its way when it is released."""
    release = hold_question(TOPICS, "A-1", Hold(hold="h1", kind="other", state="released"))
    answer = release.read(encode(outcome(kind)))
    assert (answer is not None) == (kind is OutcomeKind.FREED)


def test_an_answer_that_a_newer_one_overtook_is_none() -> None:
    question = hold_question(TOPICS, "A-1", Hold(hold="h1", kind="other", state="active"))
    assert question.read(encode(outcome(OutcomeKind.PRINTING, epoch="e", number=7)))
    assert question.read(encode(outcome(OutcomeKind.STOPPED, epoch="e", number=6))) is None
    assert question.read(encode(outcome(OutcomeKind.TOO_LATE, epoch="e", number=8)))
    assert question.read(encode(outcome(OutcomeKind.STOPPED, epoch="restored", number=1))), "another count"


@pytest.mark.parametrize("kind", OutcomeKind)
def test_only_what_is_under_way_is_not_the_last_word_on_a_hold(kind: OutcomeKind) -> None:
    question = hold_question(TOPICS, "A-1", Hold(hold="h1", kind="other", state="active"))
    answer = question.read(encode(outcome(kind)))
    assert answer is not None
    assert question.settles(answer) == (kind not in (OutcomeKind.PRINTING, OutcomeKind.RECALLING))


def test_a_revision_is_answered_by_the_outcome_of_its_own_content_or_of_one_that_nobody_could_read() -> None:
    order = new_order()
    question = revision_question(TOPICS, order)
    own = digest(encode(order))
    for said, is_answer in ((own, True), ("", True), (digest(b"another"), False)):
        answer = question.read(encode(outcome(OutcomeKind.ACCEPTED, of="revision", subject="1", digest=said)))
        assert (answer is not None) == is_answer


def test_what_the_desk_said_before_a_restore_answers_nothing_after_it() -> None:
    hold, order = Hold(hold="h1", kind="other", state="active"), new_order()
    for question in (
        hold_question(TOPICS, "A-1", hold, lambda epoch: epoch == "now"),
        revision_question(TOPICS, order, lambda epoch: epoch == "now"),
    ):
        assert question.read(encode(outcome(OutcomeKind.STOPPED, epoch="before"))) is None
        assert question.read(encode(outcome(OutcomeKind.STOPPED, epoch="now"))) is not None


@pytest.mark.parametrize(("of", "kind"), list(itertools.product(("hold", "revision"), OutcomeKind)))
def test_every_outcome_has_words_in_both_languages_with_its_order(of: str, kind: OutcomeKind) -> None:
    words = outcome_words(outcome(kind, of=of, reason="because"))
    order, _, said = words.partition("  ")
    assert order == "A-1"
    assert len(said.split(" / ")) == 2


def test_where_the_parcel_is_is_said_as_far_as_it_is_known() -> None:
    said = [outcome_words(outcome(OutcomeKind.TOO_LATE, at_bench=at_bench)) for at_bench in (True, False, None)]
    assert "may still be at the bench" in said[0]
    assert "has left the bench" in said[1]
    assert "is not known" in said[2]


def test_a_time_that_is_none_is_shown_as_it_was_said() -> None:
    assert "printed at s, yesterday" in outcome_words(
        outcome(OutcomeKind.TOO_LATE, station="s", printed_at="yesterday")
    )


def test_exit_statuses_tell_every_outcome() -> None:
    assert [exit_of(kind) for kind in OutcomeKind] == [
        Exit.IN_TIME,
        Exit.IN_TIME,
        Exit.IN_TIME,
        Exit.REFUSED,
        Exit.PRINTING,
        Exit.TOO_LATE,
        Exit.RECALLING,
        Exit.IN_TIME,
        Exit.SWAP_ORDERED,
        Exit.UNKNOWN,
    ]
    assert exit_of_answer(None) is Exit.NO_ANSWER
    assert exit_of_hold(outcome(OutcomeKind.FREED)) is Exit.REFUSED
    assert worst([]) is Exit.IN_TIME
    assert worst([Exit.REFUSED, Exit.TOO_LATE]) is Exit.REFUSED


def test_a_warning_is_told_in_both_languages_by_the_name_of_its_column() -> None:
    warned = [{"field": "ship_to.postal_code", "kind": "other_city"}]
    said = outcome_words(outcome(OutcomeKind.ACCEPTED, of="revision", subject="2", warnings=warned))
    assert "第2版を受け付けました。ご確認ください: お届け先郵便番号が住所と別の市区町村のものです / " in said
    assert said.endswith("; please check: ship_to.postal_code belongs to another city or ward than the address")


def test_a_warning_of_a_newer_desk_is_shown_as_it_is() -> None:
    warned = [{"field": "ship_to.email", "kind": "bounces"}]
    said = outcome_words(outcome(OutcomeKind.ACCEPTED, of="revision", subject="2", warnings=warned))
    assert said.endswith("; please check: ship_to.email bounces")
