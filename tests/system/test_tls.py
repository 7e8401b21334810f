"""An order over TLS: client certificates and the rights that we ship, on the broker configuration that we ship."""

import ssl
from pathlib import Path

from station.protocol.outcome import OutcomeKind
from tests.firmware_config.site_broker import make_keys, running_broker
from tests.system.contact import ContactCenter
from tests.system.processes import wait_for
from tests.system.shift import Shift
from tests.system.warehouse import PREFIX, Warehouse

_SECTIONS = """\
[site]
name = "osaka"

[broker]
host = "localhost"
port = {port}

[broker.tls]
ca = "{keys}/broker-ca.crt"
certificate = "{keys}/client.crt"
key = "{keys}/client.key"
"""


def test_orders_are_held_released_and_packed_over_tls_with_certificates_and_rights(short_folder: Path) -> None:
    keys = make_keys(short_folder / "keys")
    (short_folder / "broker").mkdir()
    with running_broker(keys, short_folder / "broker") as broker:
        own = keys / "clients"
        warehouse = Warehouse(short_folder, sections=lambda name: _SECTIONS.format(port=broker.floor, keys=own / name))
        publisher = ssl.create_default_context(cafile=keys / "authorities/broker/ca.crt")
        publisher.load_cert_chain(own / "contact-center/client.crt", own / "contact-center/client.key")
        contact = ContactCenter(broker.publishers, PREFIX, tls=publisher, host="localhost")
        with Shift(warehouse, 1, eventful=False, contact=contact) as shift:
            instruction, shipped = shift.customers.order()
            held = contact.hold(instruction.order, "h")
            contact.wait_until_settled([shipped, held])
            assert held.newest is OutcomeKind.STOPPED
            bench = warehouse.benches[0]
            bench.scan(instruction.slips[0])
            bench.view.wait_for("on hold", lambda screen: screen.notice == "order_held")
            contact.wait_until_settled([contact.release(instruction.order, "h")])
            shift.trolley.add(instruction)
            shift.add_orders(3)
            shift.work_off()
            breaches = shift.judged()
            assert not breaches, "\n".join(breaches)
            assert len(contact.shipments) == 4
            wait_for("the station's status", lambda: "bench-1" in contact.stations)
