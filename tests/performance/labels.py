"""How many bytes a label is: on a serial line at 115,200 baud, 11,520 of them take a second."""

from station.config.label import LabelConfig
from station.label.configured import configured_press
from tests.performance.orders import instruction
from tests.performance.report import Figure, spread


def sizes(orders: int) -> list[Figure]:
    """Of labels of one piece."""
    press = configured_press(LabelConfig())
    sizes = [float(len(press.job(instruction(number)).data)) for number in range(orders)]
    return [Figure(name="a label", unit="bytes", product=spread(sizes))]
