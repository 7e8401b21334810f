"""How long a label takes to make, and to send: on a serial line at 115,200 baud, 11,520 bytes of it take a second."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from escpos.printer import Dummy

from station.config.label import LabelConfig
from station.config.printer import FilePrinter, SerialPrinter
from station.demo.samples import sample_orders
from station.label.configured import configured_press
from station.label.escpos import encode_label
from station.label.press import LabelPress
from tests.performance.orders import instruction
from tests.performance.report import Aim, Figure, milliseconds, spread

_BYTES_A_MILLISECOND = 11.52
_MODEL = "tm-l90"
_SAMPLE = sample_orders()[0]
"""The standard sample: a label without a character that printers lack."""
_WARM_UP = 3


def sizes(orders: int) -> list[Figure]:
    """Of labels of one piece, on a fast line and on a slow one; and of the standard sample the time on that."""
    path, serial = str(Path("/dev/usb/lp0")), str(Path("/dev/serial0"))
    renderings = {
        "raster": configured_press(LabelConfig(), FilePrinter(path=path, model=_MODEL)),
        "raster on a slow line": configured_press(LabelConfig(), SerialPrinter(port=serial)),
        "100 x 150 mm, raster on a slow line": configured_press(
            LabelConfig(layout="100x150"), SerialPrinter(port=serial)
        ),
        "native": configured_press(LabelConfig(), SerialPrinter(port=serial, model=_MODEL)),
    }
    aims = {"raster on a slow line": (Aim("median", 2000),), "native": (Aim("median", 100),)}
    return [
        figure for name, press in renderings.items() for figure in _sizes(name, press, orders, aims.get(name, ()))
    ] + _times(renderings, orders)


def _sizes(name: str, press: LabelPress, orders: int, aims: tuple[Aim, ...]) -> list[Figure]:
    sizes = [float(len(press.job(instruction(number)).data)) for number in range(orders)]
    sample = len(press.job(_SAMPLE).data)
    kilobyte = (Aim("median", 1000),) if name == "native" else ()
    return [
        Figure(name=f"a label, {name}", unit="bytes", product=spread(sizes)),
        Figure(name=f"the sample, {name}", unit="bytes", product=spread([float(sample)]), aims=kilobyte),
        Figure(
            name=f"the sample, {name}, on the line",
            unit="ms",
            product=spread([sample / _BYTES_A_MILLISECOND]),
            aims=aims,
        ),
    ]


def _times(renderings: dict[str, LabelPress], rounds: int) -> list[Figure]:
    """From an instruction to bytes; and from dots to bytes, and from places to bytes, beside python-escpos."""
    drawing = renderings["raster"].drawing(_SAMPLE)
    dots = drawing.draw()
    image = dots.image()
    printer = Dummy(profile="TM-L90")

    def theirs() -> None:
        printer.clear()
        printer.image(image, impl="bitImageRaster", center=False)

    made = [
        Figure(
            name=f"make the sample, {name}",
            unit="ms",
            product=milliseconds(_timed(lambda press=press: press.job(_SAMPLE), rounds)),  # type: ignore[misc]
        )
        for name, press in renderings.items()
    ]
    drawn, encoded, floor = _interleaved(
        (lambda: encode_label(drawing.draw()), lambda: encode_label(dots), theirs), rounds
    )
    beside = {"floor": milliseconds(floor), "floor_name": "python-escpos' Dummy().image(), raster bit image"}
    return [
        *made,
        Figure(
            name="encode the sample's dots",
            unit="ms",
            product=milliseconds(encoded),
            aims=(Aim("median ratio", 0.1),),
            **beside,  # type: ignore[arg-type]
        ),
        Figure(name="draw and encode them, QR code included", unit="ms", product=milliseconds(drawn), **beside),  # type: ignore[arg-type]
    ]


def _timed(make: Callable[[], object], rounds: int) -> list[float]:
    (took_s,) = _interleaved((make,), rounds)
    return took_s


def _interleaved(makes: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Processor time that each takes, in turns: another load on the machine meets all alike."""
    took_s: list[list[float]] = [[] for _ in makes]
    for number in range(_WARM_UP + rounds):
        for make, taken in zip(makes, took_s, strict=True):
            began = time.process_time()
            make()
            if number >= _WARM_UP:
                taken.append(time.process_time() - began)
    return took_s
