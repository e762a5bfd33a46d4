"""The purchases of a store by HTTP, and the listener for the payment provider's webhooks.

What there is stands in one table, `OPERATIONS`: the routes and the OpenAPI document are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from storegraph.ledger.errors import PaymentError, RefusedError
from storegraph.ledger.settlement.teller import Teller
from storegraph.store.model import Product

from .access import Holder, May, holder_of
from .deciding import Decision, DecisionTaken, Desk, taken
from .listing import PurchaseFilter, PurchasePage, VisitsInside, purchase, purchases, visits_inside
from .openapi import document
from .purchase import Published, Purchase
from .queue import OpenTasks, TaskFilter, open_tasks


class Health(Published):
    """Whether questions can be answered."""

    status: str
    version: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that can be asked about a store.

    Attributes:
        name: Unique, for generated clients.
        path: Below the store; `{id}` may hold slashes.
        summary: In a line.
        answer: What is given.
        answered: How; None for what is not there.
        query: What may be asked for.
    """

    name: str
    path: str
    summary: str
    answer: type[Published]
    answered: Callable[[Connection, str, Request], Published | None]
    query: type[Published] | None = None


OPERATIONS = (
    Operation(
        "listPurchases",
        "/purchases",
        "Purchases of which everybody has left, page by page.",
        PurchasePage,
        lambda connection, store, request: purchases(connection, store, _asked(request, PurchaseFilter)),
        PurchaseFilter,
    ),
    Operation(
        "getPurchase",
        "/purchases/{id}",
        "A purchase with its lines, payments and changes, as it stands.",
        Purchase,
        lambda connection, store, request: purchase(connection, store, request.path_params["id"]),
    ),
    Operation(
        "listVisitsInside",
        "/visits",
        "Everybody who is in the store, and what they hold.",
        VisitsInside,
        lambda connection, store, _: visits_inside(connection, store),
    ),
    Operation(
        "listTasks",
        "/tasks",
        "What waits for a person, with its evidence, the most urgent first.",
        OpenTasks,
        lambda connection, store, request: open_tasks(connection, store, _asked(request, TaskFilter)),
        TaskFilter,
    ),
)

STORE_PATH = "/v1/stores/{store}"

Query = TypeVar("Query", bound=Published)

LONGEST_DECISION = 100_000
"""Bytes of a decision at most: one of a hundred lines is a tenth of it."""


def application(
    engine: Engine,
    teller: Teller,
    clock: Callable[[], int],
    version: str,
    *,
    catalogues: Mapping[str, Mapping[str, Product]] = MappingProxyType({}),
    more: tuple[BaseRoute, ...] = (),
) -> Starlette:
    """The ASGI application.

    Args:
        engine: The books.
        teller: Writes decisions.
        clock: When they are taken, nanoseconds since the Unix epoch.
        version: Of Storegraph.
        catalogues: By store id and GTIN. Without its store's, a reviewer can name no other product than a line's own.
        more: Other routes, such as that of the payment provider's webhooks, or pages on which lines are disputed.
    """
    described = document(OPERATIONS, STORE_PATH, version, Health, (Decision, DecisionTaken))

    def openapi(_: Request) -> Response:
        return JSONResponse(described)

    def health(_: Request) -> Response:
        with engine.connect().execution_options(reading=True) as connection:
            connection.execute(text("SELECT 1"))
        return _answer(Health(status="ok", version=version))

    def route(operation: Operation) -> Route:
        def answer(request: Request) -> Response:
            store = request.path_params["store"]
            _let_in(engine, request)
            with engine.connect().execution_options(reading=True) as connection:
                found = operation.answered(connection, store, request)
            if found is None:
                raise HTTPException(404, f"{request.path_params['id']}: is not in the books of {store}, or was erased")
            return _answer(found)

        return Route(STORE_PATH + operation.path.replace("{id}", "{id:path}"), answer, methods=["GET"])

    async def decide(request: Request) -> Response:
        holder = await run_in_threadpool(_let_in, engine, request)
        if holder.may is not May.DECIDE:
            raise HTTPException(403, f"the token of {holder.name} may read, and decide nothing")
        decision = _decision(await body_of(request, LONGEST_DECISION))
        return _answer(await run_in_threadpool(decided, holder.store, decision))

    def decided(store: str, decision: Decision) -> DecisionTaken:
        with engine.connect().execution_options(reading=True) as connection:
            told = decision.root.told(Desk(connection, store, catalogues.get(store, {}), teller.policy.taxes, clock()))
        return taken(teller.tell(store, told))

    routes = [Route("/openapi.json", openapi), Route("/health", health), *map(route, OPERATIONS), *more]
    return Starlette(
        routes=[*routes, Route(f"{STORE_PATH}/decisions", decide, methods=["POST"])],
        exception_handlers={
            HTTPException: _problem,
            RefusedError: _refused,
            PaymentError: _refused,
            SQLAlchemyError: _no_books,
        },
    )


def _let_in(engine: Engine, request: Request) -> Holder:
    """Lets in who has a token of the store."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    holder = holder_of(engine, token) if scheme.lower() == "bearer" else None
    if holder is None:
        raise HTTPException(401, "a bearer token of the store is needed", {"WWW-Authenticate": "Bearer"})
    if holder.store != request.path_params["store"]:
        raise HTTPException(403, f"this token is not one of {request.path_params['store']}")
    return holder


async def body_of(request: Request, longest: int) -> bytes:
    """The body of a request; reading ends where it is too long.

    Raises:
        HTTPException: It has more than so many bytes.
    """
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > longest:
            raise HTTPException(413, f"at most {longest} bytes are taken here")
    return content


def _decision(content: bytes) -> Decision:
    try:
        return Decision.model_validate_json(content)
    except ValidationError as error:
        raise HTTPException(400, _wrong(error)) from None


def _asked(request: Request, query: type[Query]) -> Query:
    try:
        return query.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise HTTPException(400, _wrong(error)) from None


def _wrong(error: ValidationError) -> str:
    """What is wrong, without what was given: it may be a card number."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())


def _answer(content: Published) -> Response:
    return Response(content.model_dump_json(), media_type="application/json")


async def _problem(_: Request, error: Any) -> Response:
    """What is wrong, as RFC 9457 says it."""
    return _told(error.status_code, str(error.detail), error.headers)


async def _refused(_: Request, error: Exception) -> Response:
    return _told(409, str(error))


async def _no_books(_: Request, error: Exception) -> Response:
    return _told(503, "the books cannot be read just now")


def _told(status: int, detail: str, headers: Any = None) -> Response:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, media_type="application/problem+json")
