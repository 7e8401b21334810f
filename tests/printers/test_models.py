"""The capability records: each is read, and each fact in it has its source."""

import msgspec
import pytest

from station.printers.models import GENERIC, UnknownModel, model_names, model_that_answers, record_of
from station.printers.record import PrinterRecord


@pytest.mark.parametrize("model", model_names())
def test_every_record_is_read(model: str) -> None:
    record = record_of(model)

    assert record.name


def test_of_a_generic_printer_nothing_is_assumed() -> None:
    record = record_of(GENERIC)

    assert set(record.unknown) == set(PrinterRecord.__struct_fields__) - {"name", "note", "sources"}
    assert not record.identities


def test_a_printer_is_known_by_what_it_answers() -> None:
    assert model_that_answers("TM-T90") == "tm-t90"
    assert model_that_answers("LABELMASTER 9") is None


def test_two_models_never_answer_alike() -> None:
    answers = [identity for model in model_names() for identity in record_of(model).identities]

    assert len(answers) == len(set(answers))


def test_a_model_without_a_record_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(UnknownModel, match=r"'tm-x1' .* generic.* tm-l90"):
        record_of("tm-x1")


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('name = "A"\nprocess_id = true', r"without one: \['process_id'\]"),
        ('name = "A"\ncut_counters = []', r"without one: \['cut_counters'\]"),
        ('name = "A"\n[sources]\nqr = "manual"', r"of no fact: \['qr'\]"),
        ('name = "A"\ndots = 5', "unknown field `dots`"),
        ('name = "A"\nprocess_id = "yes"\n[sources]\nprocess_id = "manual"', "Expected `bool"),
        (
            'name = "A"\npapers = [{width_mm = 58, dots_per_line = 420}, {width_mm = 80, dots_per_line = 576}]\n'
            '[sources]\npapers = "manual"',
            "a narrower one before a wider",
        ),
        ('name = "A"\nkanji = {code_sets = ["big5"], sizes = [24]}\n[sources]\nkanji = "manual"', "big5"),
    ],
)
def test_a_record_that_cannot_be_relied_on_is_refused(toml: str, complaint: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.toml.decode(toml, type=PrinterRecord)
