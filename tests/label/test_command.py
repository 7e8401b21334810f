"""``station label``: what it draws and says, of files that are right and of files that are not."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from PIL import Image, ImageChops

from station.cli import CANNOT_START, main
from station.config.label import LabelConfig
from station.demo.samples import SAMPLES, sample_orders
from station.label.configured import configured_press
from station.label.layouts import LAYOUTS
from tests.label.orders import PLAIN, order, pieces
from tests.label.test_emulated_paper import paper_of


@pytest.fixture(name="station_label")
def _station_label(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def command(*words: str | Path) -> tuple[int, str, str]:
        status = main(["label", *map(str, words)])
        said = capfd.readouterr()
        return status, said.out, said.err

    return command


Command = Callable[..., tuple[int, str, str]]


def _codes(path: Path) -> set[str]:
    with Image.open(path) as picture:
        return {code.text for code in zxingcpp.read_barcodes(picture.convert("L"))}


# preview


def test_a_preview_is_the_label_that_the_station_prints(station_label: Command, tmp_path: Path) -> None:
    file, png = tmp_path / "order.json", tmp_path / "label.png"
    file.write_text(json.dumps(msgspec.to_builtins(PLAIN), indent=2), "utf-8")
    assert station_label("preview", file, "--png", png) == (0, "", f"{png}: 576 x 800 dots\n")
    assert png.stat().st_mode & 0o077 == 0, "an address is on it"
    with Image.open(png) as picture:
        assert picture.tobytes() == configured_press(LabelConfig()).draw(PLAIN).tobytes()


def test_a_preview_may_be_of_any_paper_and_of_a_replacement(station_label: Command, tmp_path: Path) -> None:
    file, png = tmp_path / "order.json", tmp_path / "label.png"
    file.write_bytes(msgspec.json.encode(PLAIN))
    words = ("--png", png, "--layout", "4x6", "--number", "2", "--mark", "replacement")
    assert station_label("preview", file, *words)[2] == f"{png}: 784 x 1200 dots\n"
    assert _codes(png) == {"A400012345670A", "A-1001/1/2/1"}


def test_each_piece_of_an_order_in_a_file_of_orders_has_a_picture(station_label: Command, tmp_path: Path) -> None:
    assert station_label("preview", "NS-10000004", "--file", SAMPLES, "--png", tmp_path / "label.png")[0] == 0
    assert _codes(tmp_path / "label-1.png") == {"A490000010043A", "NS-10000004/1/0/1"}
    assert _codes(tmp_path / "label-2.png") == {"A490000010150A", "NS-10000004/1/0/2"}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_preview_is_by_the_configuration_of_a_station_or_a_desk(station_label: Command, tmp_path: Path) -> None:
    own, config, file = tmp_path / "own.toml", tmp_path / "any.toml", tmp_path / "order.json"
    own.write_text('based_on = ["yamato-100x150"]\nheight_dots = 1190\n', "utf-8")
    file.write_bytes(msgspec.json.encode(PLAIN))
    desk = f'database = "x"\nstations = ["station-1"]\nsite.name = "x"\nlabel.layouts.yamato = "{own}"\n'
    config.write_text(desk, "utf-8")
    said = station_label("preview", file, "--png", tmp_path / "label.png", "--config", config)[2]
    assert said.endswith("784 x 1190 dots\n")
    said = station_label("preview", file, "--png", tmp_path / "label.png", "--layout", own)[2]
    assert said.endswith("784 x 1190 dots\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (msgspec.json.encode(order(time_slot="1214")), "time_slot: 1214 is not what ヤマト運輸 has; it has 0812"),
        (msgspec.json.encode({"order": "A-1"}), "order.json: Object missing required field `version`"),
        (b"", "order.json: is empty"),
        (b"rubbish", "order.json: the header lacks"),
        (SAMPLES.read_bytes(), f"has {len(sample_orders())} orders; name one: station label preview ORDER --file"),
    ],
    ids=["slot", "field", "empty", "rubbish", "many"],
)
def test_what_cannot_be_drawn_is_told(station_label: Command, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "order.json"
    file.write_bytes(content)
    status, _, told = station_label("preview", file, "--png", tmp_path / "label.png")
    assert status == 1
    assert said in told
    assert not (tmp_path / "label.png").exists()


def test_an_order_or_a_file_that_is_not_there_is_told(station_label: Command, tmp_path: Path) -> None:
    png = tmp_path / "no" / "label.png"
    assert "has no order NS-1 that" in station_label("preview", "NS-1", "--file", SAMPLES, "--png", png)[2]
    assert "absent: cannot be read" in station_label("preview", tmp_path / "absent", "--png", png)[2]
    assert "label.png: cannot be wr" in station_label("preview", "NS-10000001", "--file", SAMPLES, "--png", png)[2]
    assert "--number 1000: is not" in station_label(
        "preview", "NS-10000001", "--file", SAMPLES, "--png", png, "--number", "1000"
    )[2]  # fmt: skip


# test and void


@pytest.mark.parametrize("carrier", ["common", "yamato", "sagawa", "yupack", "福山通運"])
@pytest.mark.parametrize("paper", LAYOUTS)
def test_a_test_label_has_every_box_filled_and_reads_as_one(
    station_label: Command, tmp_path: Path, carrier: str, paper: str
) -> None:
    png = tmp_path / "test.png"
    assert station_label("test", "--carrier", carrier, "--layout", paper, "--png", png)[0] == 0
    letter = "D" if carrier == "sagawa" else "A"
    assert _codes(tmp_path / "test-1.png") == {f"{letter}000000000000{letter}", "TEST/1/1/1"}


def test_the_head_sheet_has_a_stroke_from_every_dot_and_a_millimetre_scale(
    station_label: Command, tmp_path: Path
) -> None:
    png, config = tmp_path / "test.png", tmp_path / "station.toml"
    config.write_text(
        'station = "s"\njournal = "x"\nsite.name = "x"\nprinter = {connection = "tcp", host = "192.0.2.20"}\n'
        'scanners = [{kind = "serial", name = "fixed", port = "/dev/ttyAMA0"}]\n',
        "utf-8",
    )
    assert station_label("test", "--config", config, "--png", png)[0] == 0
    with Image.open(tmp_path / "test-2.png") as sheet:
        black = [[sheet.getpixel((x, y)) == 0 for x in range(sheet.width)] for y in range(sheet.height)]
    strokes = [x for x in range(576) if any(all(black[y][x] for y in range(top, top + 10)) for top in range(250, 390))]
    assert strokes == list(range(576))
    ticks = [x for x in range(576) if black[31][x]]
    assert ticks == [round(centimetre * 203 / 2.54) for centimetre in range(8)]


def test_a_void_slip_names_the_order_and_its_numbers_and_no_person(station_label: Command, tmp_path: Path) -> None:
    job = tmp_path / "void.bin"
    words = ("void", "A-1001", "--tracking-number", "400012345670", "--station", "station-3", "--bytes", job)
    assert station_label(*words, "--png", tmp_path / "void.png")[0] == 0
    (printed,) = paper_of(job.read_bytes())
    with Image.open(tmp_path / "void.png") as drawn:
        assert not zxingcpp.read_barcodes(drawn.convert("L"))
        more = ImageChops.logical_xor(printed.crop((0, 0, *drawn.size)), ImageChops.invert(drawn))
    assert sum(more.convert("L").histogram()[1:]) < 20, "but for what takes real-time commands out of the dots"


def test_twenty_numbers_fit_on_a_void_slip_and_without_a_place_it_says_so(
    station_label: Command, tmp_path: Path
) -> None:
    numbers = [word for piece in pieces(20) for word in ("--tracking-number", piece.tracking_number)]
    assert station_label("void", "X" * 64, *numbers, "--png", tmp_path / "void.png", "--layout", "4x6")[0] == 0
    status, out, said = station_label("void", "A-1001", *numbers)
    assert (status, out) == (1, "")
    assert "Give --png FILE, --bytes FILE or both" in said


@pytest.mark.parametrize("fallback", [True, False])
def test_what_is_drawn_on_demand_has_the_fonts_that_the_labels_have(
    station_label: Command, tmp_path: Path, *, fallback: bool
) -> None:
    config = tmp_path / "desk.toml"
    fonts = "" if fallback else "label.fallback_fonts = []\n"
    config.write_text(f'database = "x"\nstations = ["s"]\nsite.name = "x"\n{fonts}', "utf-8")
    words = ("void", "A≒1", "--tracking-number", "400012345670", "--png", tmp_path / "void.png", "--config", config)
    status, _, said = station_label(*words)
    assert (status, "U+2252" in said) == ((0, False) if fallback else (1, True))


def test_the_bytes_may_go_to_the_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["label", "void", "A-1", "--tracking-number", "400012345670", "--bytes", "-"]) == 0
    job = capfdbinary.readouterr().out
    assert job.startswith(b"\x1b@")
    assert job.endswith(b"\x1dVB\x00")


# layouts and check


def test_the_layouts_are_listed_with_their_sizes(station_label: Command, tmp_path: Path) -> None:
    lines = station_label("layouts")[1].splitlines()
    assert len(lines) == 12
    assert lines[0] == "common-80x100   576 x 800 dots at 203 dpi, 72 x 100 mm"
    config = tmp_path / "desk.toml"
    config.write_text('database = "x"\nstations = ["s"]\nsite.name = "x"\nlabel.layout = "4x6"\n', "utf-8")
    used = station_label("layouts", "--config", config)[1].splitlines()[12:]
    assert used[1] == "in use for yamato: 784 x 1200 dots at 203 dpi, 98 x 150 mm"


def test_a_layout_file_is_checked(station_label: Command, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('based_on = ["common-80x100"]\n', "utf-8")
    assert station_label("check", own) == (0, f"{own}: good, 576 x 800 dots at 203 dpi, 72 x 100 mm\n", "")
    own.write_text('based_on = ["common-80x100"]\nqr = [1, 2, 3, 4]\n', "utf-8")
    status, _, said = station_label("check", own)
    assert status == CANNOT_START
    assert f"{own}: qr = [1, 2, 3, 4]: is smaller than" in said
    own.write_text('based_on = ["common-80x100"]\ntexts.order.box = [64, 529, 20, 42]\n', "utf-8")
    status, _, said = station_label("check", own)
    assert status == 1
    assert "order: is too long" in said
    own.write_text('based_on = ["common-80x100"]\ncaptions.order.text = "ご注文番号"\n', "utf-8")
    said = station_label("check", own)[2]
    assert "the caption ご注文番号 takes 80 x 16 dots, and its box has 50 x 20" in said
