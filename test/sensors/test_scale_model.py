"""What a sensors file may say about Modbus scales."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from storegraph.sensors.scales.model import ModbusScales


def scales_at(address: str, **options: object) -> ModbusScales:
    scales = ({"scale": "G1.1.1", "first_register": 0},)
    units = ({"unit": 1, "type": "int16", "scales": scales},)
    device = {"name": "a", "driver": "modbus", "address": address, "rate": 1.0, "units": units, **options}
    return ModbusScales.model_validate(device, strict=True)


@pytest.mark.parametrize(
    "address", ["tcp://h", "rtu+tcp://10.0.0.1:65535", "tcp://[fe80::1]:502", "rtu:///dev/ttyUSB0"]
)
def test_an_address_of_each_kind_is_taken(address: str):
    assert scales_at(address).address == address


@pytest.mark.parametrize("address", ["udp://h", "tcp://", "tcp://h:65536", "tcp://h/x", "rtu://ttyUSB0", "tcp://a@h"])
def test_any_other_address_is_refused(address: str):
    with pytest.raises(ValidationError, match="it takes tcp://HOST"):
        scales_at(address)


@pytest.mark.parametrize(("rate", "samples"), [(60.0, 10), (20.0, 3), (10.0, 2), (1.0, 1)])
def test_a_message_spans_a_sixth_of_a_second_unless_said_otherwise(rate: float, samples: int):
    assert scales_at("tcp://h", rate=rate).samples == samples
    assert scales_at("tcp://h", rate=rate, batch=7).samples == 7
