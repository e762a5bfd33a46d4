"""The OpenAPI 3.1 document of the API: its schemas are those of the models that the answers are made of.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .purchase import Published

if TYPE_CHECKING:
    from .api import Operation

REFERENCE = "#/components/schemas/{model}"


class Problem(Published):
    """What is wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def document(
    operations: Sequence[Operation],
    below: str,
    version: str,
    health: type[Published],
    decision: tuple[type[BaseModel], type[Published]],
) -> dict[str, Any]:
    """The document.

    Args:
        operations: What can be asked about a store.
        below: The path of a store, with `{store}`.
        version: Of Storegraph.
        health: What is said of the health.
        decision: What can be decided, and what is answered.
    """
    answers = (health, Problem, decision[1], *(operation.answer for operation in operations))
    models: list[Any] = [(decision[0], "validation"), *((answer, "serialization") for answer in answers)]
    _, schemas = models_json_schema(models, ref_template=REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Storegraph: purchases of a store",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Amounts are minor units of the currency, times RFC 3339 in UTC. Ids may hold slashes, "
            "which are written %2F in a path.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/health": {"get": _health(health)},
            **{below + operation.path: {"get": _described(operation)} for operation in operations},
            f"{below}/decisions": {"post": _decided(*decision)},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
        },
    }


def _health(answer: type[Published]) -> dict[str, Any]:
    return {
        "operationId": "getHealth",
        "summary": "Whether questions can be answered.",
        "security": [],
        "responses": {"200": _content("It can.", answer), "503": _problem("The books cannot be read.")},
    }


def _described(operation: Operation) -> dict[str, Any]:
    named = re.findall(r"{(\w+)}", operation.path)
    missing = {"404": _problem("It is not in the books.")} if named else {}
    wrong = {"400": _problem("A parameter is wrong.")} if operation.query else {}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*(_in_path(name) for name in ("store", *named)), *_in_query(operation.query)],
        "responses": {
            "200": _content("As asked.", operation.answer),
            **wrong,
            **missing,
            **_ALWAYS,
        },
    }


def _decided(decision: type[BaseModel], answer: type[Published]) -> dict[str, Any]:
    return {
        "operationId": "decide",
        "summary": "Decide something that waits for a person; the token must be one that may.",
        "parameters": [_in_path("store")],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _reference(decision)}}},
        "responses": {
            "200": _content("It is in the books.", answer),
            "400": _problem("It cannot be read."),
            "409": _problem("It must not be done; nothing was written."),
            "413": _problem("It is too long."),
            **_ALWAYS,
        },
    }


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(query: type[Published] | None) -> Iterator[dict[str, Any]]:
    if query is not None:
        for name, schema in query.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "required": False, "schema": schema}


def _content(told: str, model: type[Published]) -> dict[str, Any]:
    return {"description": told, "content": {"application/json": {"schema": _reference(model)}}}


def _problem(told: str) -> dict[str, Any]:
    return {"description": told, "content": {"application/problem+json": {"schema": _reference(Problem)}}}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}


_ALWAYS = {
    "401": _problem("No token, or nobody's."),
    "403": _problem("The token is one of another store, or may not do this."),
    "503": _problem("The books cannot be read."),
}
