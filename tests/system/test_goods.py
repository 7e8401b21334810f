"""What is packed in the tests: a receiver's data are recognized wherever they should not lie."""

import random

from station.protocol.codec import encode
from tests.system.goods import PERSONAL, Merchant


def test_every_receivers_data_are_recognized_and_nothing_else_is() -> None:
    merchant = Merchant(random.Random(1))
    for _ in range(50):
        order = merchant.order()
        to = order.ship_to
        for text in (to.name, to.phone, to.lines[0]):
            assert PERSONAL.search(text.encode())
        assert PERSONAL.search(encode(order))
        known = (order.order, *order.slips, *order.tracking_numbers, *(line.name for line in order.lines))
        assert not PERSONAL.search(" ".join(known).encode())
