"""The `gates` of a sensors file: what reads which gate of the store, and how; and what their node is set to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from storegraph.graph.merge import MergeSettings
from storegraph.settings import Span
from storegraph.store.model import Identifier, Part, Store
from storegraph.units import NANOSECONDS

from ..address import Address
from ..claim import Claim

BROKER = re.compile(
    r"(?P<scheme>mqtts?)://"
    r"((?P<user>[^:/@]+)(:(?P<password>[^/@]+))?@)?"
    r"(\[(?P<ipv6>[0-9A-Fa-f:]+)\]|(?P<host>[^:/@\[\]]+))"
    r"(:(?P<port>[0-9]{1,5}))?/?"
)
"""An MQTT broker's address."""


def _of_broker(address: str) -> str:
    if not BROKER.fullmatch(address):
        raise ValueError("is no address of an MQTT broker, such as mqtt://10.0.0.5:1883 or mqtts://${USER}:${KEY}@host")
    return address


def _of_one_topic(topic: str) -> str:
    if not topic.strip() or re.search(r"[+#\0]", topic):
        raise ValueError("is no topic of MQTT; it takes a name without + and #")
    return topic


class MqttGate(Part):
    """A gate whose controller, or the gateway of its turnstile, sends its passages to an MQTT broker.

    Attributes:
        gate: Its id in the store file.
        driver: This one.
        address: Of the broker, `mqtt://…` (port 1883) or, over TLS, `mqtts://…` (port 8883).
        topic: Where the controller publishes its reports.
        admission: Where the controller asks whether somebody may come in, at `<admission>/requests`, and is answered,
            at `<admission>/answers`. None: it lets everybody in, and does not ask.
        authority: File with the certificates that the broker's is checked against, PEM; a relative path is taken from
            the folder of the sensors file. None: the system's.
    """

    gate: Identifier
    driver: Literal["mqtt"]
    address: Annotated[Address, AfterValidator(_of_broker)]
    topic: Annotated[str, AfterValidator(_of_one_topic)]
    admission: Annotated[str, AfterValidator(_of_one_topic)] | None = None
    authority: str | None = None

    def claims(self, store: Store) -> Iterator[Claim]:
        """The gate."""
        yield _gate(self.gate, store)


class RecordedGate(Part):
    """A gate whose passages are played from a bag, at the pace at which they were recorded.

    Attributes:
        gate: Its id in the store file, and in the bag.
        driver: This one.
        bag: The recording; a relative path is taken from the folder of the sensors file.
        stamps: `shifted`: the recording happens now; `kept`: the stamps are those of the recording.
    """

    gate: Identifier
    driver: Literal["recorded"]
    bag: str
    stamps: Literal["shifted", "kept"] = "shifted"

    def claims(self, store: Store) -> Iterator[Claim]:
        """The gate."""
        yield _gate(self.gate, store)


def _gate(name: str, store: Store) -> Claim:
    return Claim(("gate",), "gate", name, tuple(gate.id for gate in store.gates))


GateDevice = MqttGate | RecordedGate
"""What reads a gate."""

GATE_DRIVERS: Mapping[str, type[GateDevice]] = {"mqtt": MqttGate, "recorded": RecordedGate}
"""By the word for it in the sensors file."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What the gates' node is set to.

    Attributes:
        promise_lag: How long a passage may take from the gate to this node. What takes longer may come too late to
            count, and is reported. Carts and receipts are at least this far behind.
        allowed_lateness: Of the stages, whose parameter has the same name: to tell whether they are past a passage.
        idle_after: Of the stages, too: how long they wait for the promises of gates that cannot be heard.
        clock_tolerance: A passage is refused when a gate's clock puts it further in the future than this.
        answer_within: How long somebody who stands at a gate waits for the ledger: longer than it waits for the payment
            provider itself (`admission.answer_within` of its policy, 5 s by default).
        when_unanswered: What the gate does when the ledger's node has not answered then: `deny`, or `admit`, which lets
            in whoever comes, also who is blocked, until the ledger is back.
    """

    promise_lag: Annotated[int, Span(0.0, 60.0)] = MergeSettings().allowed_lateness
    allowed_lateness: Annotated[int, Span(0.0, 60.0)] = MergeSettings().allowed_lateness
    idle_after: Annotated[int, Span(0.1, 3600.0)] = MergeSettings().idle_after
    clock_tolerance: Annotated[int, Span(0.0, 3600.0)] = 2 * NANOSECONDS
    answer_within: Annotated[int, Span(0.1, 60.0)] = 6 * NANOSECONDS
    when_unanswered: str = "deny"
