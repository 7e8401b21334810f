"""When a question is published, published again, settled and given up. Time is a number here."""

from collections.abc import Iterable

from station.contact.asking import Answer, Asking, Question

PRINTING = b"printing"


def question(name: str) -> Question[bytes]:
    """Anything but ``printing`` settles it; ``other`` answers somebody else."""
    return Question(
        f"ask/{name}",
        name.encode(),
        f"answer/{name}",
        lambda payload: None if payload == b"other" else payload,
        lambda message: message != PRINTING,
    )


def asking(names: Iterable[str], *, window: int = 1, wait_s: float = 10.0) -> Asking[bytes]:
    """Questions of these names."""
    return Asking([question(name) for name in names], window=window, wait_s=wait_s)


def topics(questions: Iterable[Question[bytes]]) -> list[str]:
    """What is published."""
    return [each.topic for each in questions]


def told(answers: Iterable[Answer[bytes]]) -> list[tuple[str, bytes | None]]:
    """Of which question what was heard last."""
    return [(each.question.topic, each.message) for each in answers]


def test_a_question_is_published_again_each_second_until_it_is_answered() -> None:
    one = asking("a")
    assert [len(one.due(now_s)) for now_s in (0.0, 0.5, 1.0, 1.5, 2.1)] == [1, 0, 1, 0, 1]
    answer = one.heard("answer/a", b"yes", 2.2)
    assert answer is not None
    assert (answer.message, answer.last) == (b"yes", True)
    assert one.due(3.2) == []
    assert one.done


def test_a_question_is_published_again_at_once_in_a_new_connection() -> None:
    one = asking("a")
    one.due(0.0)
    one.again()
    assert topics(one.due(0.1)) == ["ask/a"]


def test_only_a_window_of_questions_is_under_way() -> None:
    many = asking("abc", window=2)
    assert topics(many.due(0.0)) == ["ask/a", "ask/b"]
    many.heard("answer/b", b"yes", 0.1)
    assert topics(many.due(0.1)) == ["ask/c"]
    assert not many.done


def test_an_answer_that_is_not_the_last_is_told_once_and_waited_behind() -> None:
    one = asking("a")
    one.due(0.0)
    first = one.heard("answer/a", PRINTING, 0.1)
    assert first is not None
    assert not first.last
    assert one.heard("answer/a", PRINTING, 1.1) is None
    assert topics(one.due(1.2)) == ["ask/a"]
    last = one.heard("answer/a", b"yes", 2.0)
    assert last is not None
    assert last.last


def test_somebody_elses_answer_is_none() -> None:
    one = asking("a")
    one.due(0.0)
    assert one.heard("answer/b", b"yes", 0.1) is None
    assert one.heard("answer/a", b"other", 0.1) is None
    assert not one.done


def test_an_answer_after_the_question_was_settled_is_none() -> None:
    one = asking("a")
    one.due(0.0)
    one.heard("answer/a", b"yes", 0.1)
    assert one.heard("answer/a", b"no", 0.2) is None


def test_a_question_without_an_answer_is_given_up_when_the_time_is_over() -> None:
    one = asking("a", wait_s=3.0)
    one.due(0.0)
    assert one.given_up(2.9) == []
    assert told(one.given_up(3.0)) == [("ask/a", None)]
    assert one.done


def test_a_question_that_is_still_printing_is_given_up_with_what_was_heard() -> None:
    one = asking("a", wait_s=3.0)
    one.due(0.0)
    one.heard("answer/a", PRINTING, 2.0)
    one.heard("answer/a", PRINTING, 2.9)
    assert told(one.given_up(3.0)) == [("ask/a", PRINTING)]


def test_a_question_is_not_given_up_while_the_desk_answers_others() -> None:
    many = asking("abc", window=2, wait_s=3.0)
    many.due(0.0)
    many.heard("answer/b", b"yes", 2.0)
    many.due(2.0)
    assert many.given_up(4.9) == []
    assert told(many.given_up(5.0)) == [("ask/a", None), ("ask/c", None)]


def test_a_silent_desk_ends_the_questions_that_wait_too() -> None:
    many = asking("abcdef", window=2, wait_s=3.0)
    many.due(0.0)
    assert told(many.given_up(3.0)) == [(f"ask/{name}", None) for name in "abcdef"]
    assert many.done


def test_it_wakes_for_what_comes_first() -> None:
    one = asking("a", wait_s=1.5)
    one.due(0.0)
    assert one.next_s() == 1.0
    one.due(1.0)
    assert one.next_s() == 1.5
