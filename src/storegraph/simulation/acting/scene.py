"""The store while people act in it: what they share, as it changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from storegraph.store.model import Store

from ..performance import FRAME_RATE, Item, KioskEntry, Movement, Push, Transfer
from ..script import Script
from .crowd import Crowd
from .doorways import Gateway
from .floor import Floor
from .world import Stock

Point = tuple[float, float]


@dataclass(eq=False, slots=True)
class Appointment:
    """People who begin something at one moment.

    Attributes:
        leads: Who is ready, and how many seconds each needs from setting out to that moment.
        moment: The moment, once all are ready.
    """

    leads: dict[str, float] = field(default_factory=dict)
    moment: float | None = None


class Scene:
    """What people share.

    Attributes:
        frame: Number of the frame that is acted now.
        floor, crowd, stock: Where they walk, where they are, what stands on the shelves.
        gateways: By gate id.
        claimed: Where people stand, or are about to stand, before goods, by their number.
        lying: Items on the floor, and where.
        movements, pushes, transfers, kiosk: What happened, in no order.
    """

    def __init__(self, store: Store, script: Script, floor: Floor) -> None:
        self.store = store
        self.script = script
        self.frame = 0
        self.floor = floor
        self.crowd = Crowd(floor, [role.pace for role in script.roles])
        self.stock = Stock(store, script.stock, script.seed)
        self.gateways = {gate: Gateway() for gate in floor.doorways}
        self.claimed: dict[int, Point] = {}
        self.lying: list[tuple[Item, Point]] = []
        self.movements: list[Movement] = []
        self.pushes: list[Push] = []
        self.transfers: list[Transfer] = []
        self.kiosk: list[KioskEntry] = []
        self._appointments: dict[str, Appointment] = {}

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.frame / FRAME_RATE

    def ready(self, what: str, name: str, lead: float, users: Collection[str]) -> float | None:
        """Somebody is ready to begin something together with others.

        Args:
            what: They begin.
            name: Who is ready.
            lead: Seconds they need from setting out to the moment.
            users: Everybody who takes part.

        Returns:
            The moment, or None as long as not all are ready.
        """
        appointment = self._appointments.setdefault(what, Appointment())
        appointment.leads[name] = lead
        if appointment.moment is None and appointment.leads.keys() >= set(users):
            appointment.moment = self.now + max(appointment.leads.values())
        return appointment.moment
