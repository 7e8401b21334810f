"""How long a label takes to make, and to send: on a serial line at 115,200 baud, 11,520 bytes of it take a second."""

import time
from collections.abc import Callable
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
        "raster on a slow line": configured_press(
            LabelConfig(rendering="raster"), SerialPrinter(port=serial, model=_MODEL)
        ),
        "native": configured_press(LabelConfig(), SerialPrinter(port=serial, model=_MODEL)),
    }
    aims_ms = {"raster on a slow line": 2000, "native": 100}
    return [
        figure
        for name, press in renderings.items()
        for figure in _sizes(name, press, orders, () if name == "raster" else (Aim("median", aims_ms[name]),))
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
    """From an instruction to bytes, and the picture to bytes alone beside python-escpos in the same run."""
    image = renderings["raster"].draw(_SAMPLE)
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
    encoded = Figure(
        name="encode the sample's picture",
        unit="ms",
        product=milliseconds(_timed(lambda: encode_label(image), rounds)),
        floor=milliseconds(_timed(theirs, rounds)),
        floor_name="python-escpos' Dummy().image(), raster bit image",
        aims=(Aim("median ratio", 0.1),),
    )
    return [*made, encoded]


def _timed(make: Callable[[], object], rounds: int) -> list[float]:
    for _ in range(_WARM_UP):
        make()
    took_s = []
    for _ in range(rounds):
        began = time.perf_counter()
        make()
        took_s.append(time.perf_counter() - began)
    return took_s
