"""Reading a TensorFlow.js graph model: a network's operations from JSON, its weights from binary files.

The format is that of `tfjs-converter`: the topology is a TensorFlow GraphDef in protobuf's JSON mapping, the weights
are raw little-endian values, one after the other, in the order of the manifest
(https://github.com/tensorflow/tfjs/tree/master/tfjs-converter).
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import VisionError

Array = NDArray[np.float32] | NDArray[np.int32]

_STORED: Mapping[tuple[str, str | None], np.dtype[Any]] = {
    ("float32", "float16"): np.dtype("<f2"),
    ("float32", None): np.dtype("<f4"),
    ("int32", None): np.dtype("<i4"),
}
"""How a type lies in the file, by (type in the graph, type it was quantised to)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a graph.

    Attributes:
        name: Of the node, and of its first output.
        operation: TensorFlow's name for what it does, such as `_FusedConv2D`.
        inputs: Names of the nodes whose outputs it takes; `name:1` is the second output of a node.
        attributes: Settings of the operation, such as `strides`.
    """

    name: str
    operation: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GraphModel:
    """A network as it was read: what it does, and with which numbers.

    Attributes:
        path: The file it was read from.
        nodes: By name.
        constants: Values of the `Const` nodes, by name. Activations are NHWC, kernels HWIO, as TensorFlow has them.
    """

    path: Path
    nodes: Mapping[str, Node]
    constants: Mapping[str, Array]


def read_graph_model(path: Path) -> GraphModel:
    """Reads a graph model.

    Args:
        path: Its JSON file. The files with the weights stand beside it, under the names that it gives.

    Raises:
        VisionError: A file is missing or cannot be read, or the model is of another kind than this reader knows.
    """
    try:
        content = json.loads(_content(path))
    except ValueError as error:
        raise VisionError(f"{path}: is no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != "graph-model":
        raise VisionError(f"{path}: is no TensorFlow.js graph model; its `format` has to be graph-model")
    try:
        nodes = [_node(description) for description in content["modelTopology"]["node"]]
        constants: dict[str, Array] = {}
        for group in content["weightsManifest"]:
            constants |= _weights(path, group)
    except KeyError as error:
        raise VisionError(f"{path}: lacks the key {error}, which every graph model has; fetch the file again") from None
    return GraphModel(path, {node.name: node for node in nodes}, constants)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VisionError(f"{path}: cannot be read: {error.strerror}") from None


def _node(description: Mapping[str, Any]) -> Node:
    attributes = {name: _attribute(value) for name, value in description.get("attr", {}).items()}
    return Node(description["name"], description["op"], tuple(description.get("input", ())), attributes)


def _attribute(value: Mapping[str, Any]) -> Any:
    """One AttrValue of a GraphDef: a mapping from its kind to its value; texts are base64, whole numbers are texts."""
    ((kind, content),) = value.items()
    match kind:
        case "s":
            return b64decode(content).decode()
        case "i":
            return int(content)
        case "list":
            return tuple(_attribute({kind: item}) for kind, items in content.items() for item in items)
        case _:
            return content


def _weights(path: Path, group: Mapping[str, Any]) -> dict[str, Array]:
    """The values of one group of a manifest, which lie one after the other in the group's files."""
    content = b"".join(_content(path.parent / name) for name in group["paths"])
    entries = group["weights"]
    stored = [_stored(path, entry) for entry in entries]
    counts = [prod(entry["shape"]) for entry in entries]
    expected = sum(count * dtype.itemsize for count, dtype in zip(counts, stored, strict=True))
    if len(content) != expected:
        files = ", ".join(str(path.parent / name) for name in group["paths"])
        raise VisionError(f"{files}: {len(content)} bytes, but {path.name} tells of {expected}; fetch the model again")
    weights: dict[str, Array] = {}
    offset = 0
    for entry, dtype, count in zip(entries, stored, counts, strict=True):
        values = np.frombuffer(content, dtype, count, offset).reshape(entry["shape"])
        weights[entry["name"]] = values.astype(entry["dtype"])
        offset += values.nbytes
    return weights


def _stored(path: Path, entry: Mapping[str, Any]) -> np.dtype[Any]:
    """How the values of a weight lie in the file."""
    kind = (entry["dtype"], entry.get("quantization", {}).get("dtype"))
    if kind not in _STORED:
        known = "float32, int32, and float32 stored as float16 are read"
        raise VisionError(f"{path}: the weight {entry['name']} is {kind[0]} stored as {kind[1] or kind[0]}; {known}")
    return _STORED[kind]
