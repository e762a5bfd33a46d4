"""Interactions and gate events -> carts and receipts, under ROS; who asks is told, and the books are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.service import Service
from storegraph_msgs.srv import (
    ApproveAge,
    AskEntry,
    GetCart,
    GetReceipt,
    GiveAddress,
    Refund,
    ResolveReview,
    SetOpening,
)

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.encoding import encode
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.messages.base import from_time
from storegraph.graph.node import StageNode
from storegraph.graph.qos import profile_of
from storegraph.graph.rosidl import ROSIDL_TYPES, message_class
from storegraph.graph.topics import VERDICTS
from storegraph.observations import Cart, GateEvent, Interaction, Observation, Receipt, Verdict
from storegraph.store.model import Store

from .errors import LedgerError
from .settings import BooksSettings
from .stage import LedgerStage

if TYPE_CHECKING:
    from .keeper import Keeper


VERDICT_PERIOD = 1.0
"""Seconds between two looks for verdicts: nobody waits for them."""


class LedgerNode(StageNode):
    """Beside carts and receipts as topics: `~/get_cart`, and where books are kept what is asked of them."""

    _keeper: Keeper | None = None

    def set_up(self, store: Store, settings: Any) -> None:
        """Opens the books, makes the stage, and offers the services."""
        books = self.settings(BooksSettings)
        self._keeper = _keeper(store, books, lambda: self.now) if books.books else None
        super().set_up(store, settings)
        self._offered = [
            self.create_service(GetCart, "~/get_cart", self._get_cart),
            self.create_service(GetReceipt, "~/get_receipt", self._get_receipt),
        ]
        self._verdicts = self.create_lifecycle_publisher(
            message_class(CONVERSIONS[Verdict].message_type),
            VERDICTS.name,
            profile_of(VERDICTS.delivery),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        if self._keeper is not None:
            self._offered += self._services_of_books(self._keeper)

    def join(self) -> None:
        """Joins the topics, and begins to tell verdicts."""
        super().join()
        steady = Clock(clock_type=ClockType.STEADY_TIME)  # people decide while a simulated clock stands still, too
        self._telling = self.create_timer(VERDICT_PERIOD, self._tell_verdicts, clock=steady)

    def leave(self) -> None:
        """Leaves the topics, and tells no more verdicts."""
        self.destroy_timer(self._telling)
        super().leave()

    def clean_up(self) -> None:
        """Lets go of the services and the books."""
        for service in self._offered:
            self.destroy_service(service)
        self.destroy_publisher(self._verdicts)
        self._close_books()
        super().clean_up()

    def destroy_node(self) -> None:
        """Ends the work; what the books were told is written first."""
        self._close_books()
        super().destroy_node()

    def _close_books(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close()

    def taken_in(self, observation: Observation) -> None:
        """Tells the books who came in, and what was taken."""
        if self._keeper is not None and isinstance(observation, GateEvent | Interaction):
            self._keeper.taken_in(observation)

    def published(self, observation: Observation) -> None:
        """Tells the books what carts hold, and what somebody left with."""
        if self._keeper is not None:
            self._keeper.taken_in(observation)

    def _tell_verdicts(self) -> None:
        """Tells the graph what people have found out about weight events, whoever has told the books."""
        for verdict in self._keeper.verdicts() if self._keeper is not None else ():
            self._verdicts.publish(encode(verdict))

    def statuses(self) -> Iterator[Status]:
        """Adds whether the books are kept, and receipts mailed."""
        yield from super().statuses()
        if self._keeper is not None:
            problem = self._keeper.problem
            yield Status(Level.ERROR if problem else Level.OK, "books", problem or "the books are kept")
            waiting, urgent = self._keeper.waiting
            yield Status(Level.WARN if urgent else Level.OK, "tasks", f"{waiting} to be decided by a person")
            undelivered = self._keeper.problem_of_mail
            if undelivered is not None:
                yield Status(Level.WARN if undelivered else Level.OK, "mail", undelivered or "receipts are mailed")

    def _get_cart(self, request: GetCart.Request, response: GetCart.Response) -> GetCart.Response:
        cart = cast(LedgerStage, self.stage).cart(request.shopper_id)
        if cart is not None:
            response.found = True
            response.cart = CONVERSIONS[Cart].to_message(ROSIDL_TYPES, cart)
        return response

    def _get_receipt(self, request: GetReceipt.Request, response: GetReceipt.Response) -> GetReceipt.Response:
        try:
            receipt = self._keeper.receipt(request.visit_id) if self._keeper is not None else None
        except LedgerError as error:
            self.get_logger().error(str(error))
            receipt = None
        if receipt is not None:
            response.found = True
            response.receipt = CONVERSIONS[Receipt].to_message(ROSIDL_TYPES, receipt)
        return response

    def _services_of_books(self, keeper: Keeper) -> list[Service[Any, Any]]:
        """What gates, the kiosk and staff ask a store that keeps books; none of it waits for more than a commit."""

        def ask_entry(request: AskEntry.Request, response: AskEntry.Response) -> AskEntry.Response:
            told = keeper.ask_entry(from_time(request.stamp), request.gate, request.request, request.token)
            if told is not None:
                response.decided = True
                response.allowed, response.reason, response.code = told
            return response

        def set_opening(request: SetOpening.Request, response: SetOpening.Response) -> SetOpening.Response:
            return _answered(response, lambda: keeper.open_or_close(request.opening, request.by, request.reason))

        def give_address(request: GiveAddress.Request, response: GiveAddress.Response) -> GiveAddress.Response:
            visit, address, remember = request.visit_id, request.address, request.remember
            return _answered(response, lambda: keeper.take_address(visit, address, remember=remember))

        def resolve_review(request: ResolveReview.Request, response: ResolveReview.Response) -> ResolveReview.Response:
            return _answered(response, lambda: keeper.review(request))

        def refund(request: Refund.Request, response: Refund.Response) -> Refund.Response:
            def refunded() -> None:
                response.refunded = keeper.refund(request)

            return _answered(response, refunded)

        def approve_age(request: ApproveAge.Request, response: ApproveAge.Response) -> ApproveAge.Response:
            return _answered(response, lambda: keeper.approve_age(request))

        return [
            self.create_service(AskEntry, "~/ask_entry", ask_entry),
            self.create_service(SetOpening, "~/set_opening", set_opening),
            self.create_service(GiveAddress, "~/give_address", give_address),
            self.create_service(ResolveReview, "~/resolve_review", resolve_review),
            self.create_service(Refund, "~/refund", refund),
            self.create_service(ApproveAge, "~/approve_age", approve_age),
        ]


def _answered(response: Any, act: Callable[[], None]) -> Any:
    """The answer to somebody who wants something done: it is, or why it is not."""
    try:
        act()
    except LedgerError as error:
        response.reason = str(error)
    else:
        response.done = True
    return response


def _keeper(store: Store, settings: BooksSettings, clock: Callable[[], int]) -> Keeper:
    """The keeper of the books; what it needs takes a second to load, and most graphs keep none."""
    from .keeper import Keeper

    return Keeper(store, settings, clock)
