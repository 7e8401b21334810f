"""Holds, releases and revisions at random moments while orders are packed: each is answered, and the answer is true."""

import random
from pathlib import Path

import pytest

from tests.system.brokers import QUICK, BrokerKind
from tests.system.shift import Shift
from tests.system.warehouse import Warehouse

SEED = random.SystemRandom().randrange(1 << 32)


def _every_answer_is_true(folder: Path, broker: BrokerKind, orders: int) -> None:
    with Shift(Warehouse(folder, benches=3, broker=broker, printers_on_pty=1), SEED) as shift:
        shift.feed(orders)
        shift.work_off()
        shift.report()
        breaches = shift.judged()
        assert not breaches, "\n".join(breaches)
        assert all(question.answers for question in shift.contact.questions if not question.superseded)


@pytest.mark.parametrize("broker", [*QUICK, pytest.param("nats-cluster", marks=pytest.mark.full)], indirect=True)
def test_every_hold_and_revision_is_answered_and_the_answer_is_what_the_paper_shows(
    short_folder: Path, broker: BrokerKind
) -> None:
    _every_answer_is_true(short_folder, broker, orders=60)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_every_answer_is_true_for_a_thousand_orders(short_folder: Path, broker: BrokerKind) -> None:
    _every_answer_is_true(short_folder, broker, orders=1000)
