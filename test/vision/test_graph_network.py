"""A graph is read as it was written, and computes what TensorFlow defines."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

torch: Any = pytest.importorskip("torch", reason="torch is not installed; `make env` says why")

from storegraph.vision.errors import VisionError  # noqa: E402
from storegraph.vision.graph_model import GraphModel, Node, read_graph_model  # noqa: E402
from storegraph.vision.graph_network import GraphNetwork  # noqa: E402

Values = NDArray[np.float32]
INPUT = Node("input", "Placeholder", (), {})
CONVOLUTION = {"strides": (1, 1, 1, 1), "dilations": (1, 1, 1, 1), "padding": "SAME", "data_format": "NHWC"}


def graph(*nodes: Node, **constants: Any) -> GraphModel:
    """A graph of these nodes after a placeholder; constants are nodes too."""
    values = {name: np.asarray(value) for name, value in constants.items()}
    every = [INPUT, *(Node(name, "Const", (), {}) for name in values), *nodes]
    return GraphModel(Path("small.json"), {node.name: node for node in every}, values)


def run(model: GraphModel, inputs: Values) -> Values:
    """What the last node gives; NHWC in and out, as TensorFlow has it."""
    (outputs,) = GraphNetwork(model, [list(model.nodes)[-1]])(torch.from_numpy(inputs).permute(0, 3, 1, 2))
    found: Values = outputs.permute(0, 2, 3, 1).numpy()
    return found


def convolved(inputs: Values, kernel: Values, stride: int, padding: str) -> Values:
    """A convolution by TensorFlow's definition of SAME and VALID, one cell after the other; kernel HWIO."""
    size, (_, rows, columns, _) = kernel.shape[0], inputs.shape
    if padding == "SAME":
        margins = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in (rows, columns)]
        inputs = np.pad(inputs, [(0, 0), *((margin // 2, margin - margin // 2) for margin in margins), (0, 0)])
    down, across = ((side - size) // stride + 1 for side in inputs.shape[1:3])
    outputs = np.empty((len(inputs), down, across, kernel.shape[3]), np.float32)
    for row, column in np.ndindex(down, across):
        patch = inputs[:, row * stride : row * stride + size, column * stride : column * stride + size]
        outputs[:, row, column] = np.tensordot(patch, kernel, ([1, 2, 3], [0, 1, 2]))
    return outputs


@st.composite
def convolutions(draw: Any) -> tuple[Values, Values, int, str]:
    """Inputs, kernel, stride and padding; sides are multiples of the stride."""
    stride, size = draw(st.sampled_from([1, 2])), draw(st.integers(1, 5))
    sides = [stride * draw(st.integers(5, 7)) for _ in range(2)]
    channels, kernels = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    inputs = random.normal(size=(2, *sides, channels)).astype(np.float32)
    kernel = random.normal(size=(size, size, channels, kernels)).astype(np.float32)
    return inputs, kernel, stride, draw(st.sampled_from(["SAME", "VALID"]))


@settings(max_examples=40, deadline=None)
@given(convolutions())
def test_a_convolution_pads_as_tensorflow_defines(drawn: tuple[Values, Values, int, str]) -> None:
    inputs, kernel, stride, padding = drawn
    bias = np.arange(kernel.shape[3], dtype=np.float32)
    fused = CONVOLUTION | {
        "strides": (1, stride, stride, 1),
        "padding": padding,
        "fused_ops": ("BiasAdd", "Relu6"),
    }
    model = graph(Node("sums", "_FusedConv2D", ("input", "kernel", "bias"), fused), kernel=kernel, bias=bias)
    expected = np.clip(convolved(inputs, kernel, stride, padding) + bias, 0, 6)
    np.testing.assert_allclose(run(model, inputs), expected, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(convolutions())
def test_a_depthwise_convolution_keeps_channels_apart(drawn: tuple[Values, Values, int, str]) -> None:
    inputs, kernel, stride, _ = drawn
    node = Node(
        "sums",
        "DepthwiseConv2dNative",
        ("input", "kernel"),
        CONVOLUTION | {"strides": (1, stride, stride, 1)},
    )
    channels = [
        convolved(inputs[..., [channel]], kernel[:, :, [channel]], stride, "SAME") for channel in range(inputs.shape[3])
    ]
    np.testing.assert_allclose(run(graph(node, kernel=kernel), inputs), np.concatenate(channels, 3), atol=1e-4)


def test_a_map_is_resized_to_the_size_that_the_graph_computes() -> None:
    half_pixels = {"half_pixel_centers": True, "align_corners": False}
    masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)
    model = graph(
        Node("shape", "Shape", ("input",), {}),
        Node("sides", "StridedSlice", ("shape", "one", "three", "step"), masks),
        Node("twice", "Mul", ("sides", "two"), {}),
        Node("resized", "ResizeBilinear", ("input", "twice"), half_pixels),
        **{"one": [1], "three": [3], "step": [1], "two": [2, 2]},
    )
    inputs = np.array([0, 4, 8], np.float32).reshape(1, 1, 3, 1)
    # Half-pixel centres: a cell of the result lies a quarter of a cell before or behind one of the input.
    np.testing.assert_allclose(run(model, inputs)[0, :, :, 0], [[0, 1, 3, 5, 7, 8]] * 2, atol=1e-6)


def test_constants_by_channel_are_those_of_tensorflow() -> None:
    model = graph(
        Node("shifted", "Sub", ("input", "shift"), {}),
        Node("scaled", "Mul", ("shifted", "scale"), {}),
        shift=np.array([1, 2], np.float32).reshape(1, 1, 1, 2),
        scale=np.float32(10),
    )
    inputs = np.array([[5, 5], [6, 8]], np.float32).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(run(model, inputs).reshape(2, 2), [[40, 30], [50, 60]])


def test_a_value_is_there_as_long_as_anything_needs_it() -> None:
    model = graph(
        Node("double", "AddV2", ("input", "input"), {}),
        Node("triple", "AddV2", ("double", "input"), {}),
        Node("five", "AddV2", ("triple", "double"), {}),
    )
    network = GraphNetwork(model, ["double", "five"])
    double, five = network(torch.ones(1, 1, 1, 1))
    assert (float(double), float(five)) == (2.0, 5.0)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (Node("end", "Softmax", ("input",), {}), "node end: operation is Softmax"),
        (
            Node("end", "_FusedConv2D", ("input", "kernel"), CONVOLUTION | {"dilations": (1, 2, 2, 1)}),
            r"node end: dilations is \(1, 2, 2, 1\)",
        ),
        (
            Node("end", "_FusedConv2D", ("input", "kernel"), CONVOLUTION | {"fused_ops": ("BiasAdd", "Elu")}),
            r"node end: fused_ops is \('BiasAdd', 'Elu'\)",
        ),
        (
            Node("end", "ResizeBilinear", ("input", "input"), {"half_pixel_centers": False, "align_corners": False}),
            "node end: half_pixel_centers is False; True can be run",
        ),
        (Node("end", "Sub", ("kernel", "input"), {}), "node end: inputs is kernel, input; constants after all others"),
        (Node("end", "StridedSlice", ("input", "four", "four", "four"), {}), r"node end: begin is \[1, 1, 1, 1\]"),
    ],
)
def test_what_is_not_known_is_refused_by_node_and_value_before_anything_runs(node: Node, message: str) -> None:
    with pytest.raises(VisionError, match=message):
        GraphNetwork(graph(node, kernel=np.ones((1, 1, 1, 1), np.float32), four=[1, 1, 1, 1]), ["end"])


def test_a_node_that_the_graph_lacks_is_named() -> None:
    with pytest.raises(VisionError, match=r"small\.json: has no node heads"):
        GraphNetwork(graph(), ["heads"])


def test_a_size_that_does_not_fit_a_stride_is_refused() -> None:
    node = Node("end", "_FusedConv2D", ("input", "kernel"), CONVOLUTION | {"strides": (1, 2, 2, 1)})
    network = GraphNetwork(graph(node, kernel=np.ones((3, 3, 1, 1), np.float32)), ["end"])
    with pytest.raises(VisionError, match="node end: 4x5 cells are no multiple of its stride, 2"):
        network(torch.ones(1, 1, 4, 5))


def write_model(folder: Path, **changes: Any) -> Path:
    """A model of two constants and a placeholder, in two files of weights."""
    weights = [
        {"name": "kernel", "shape": [2, 3], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "size", "shape": [], "dtype": "int32"},
    ]
    strides = {"list": {"i": ["1", "2", "2", "1"]}}
    attributes = {"strides": strides, "padding": {"s": b64encode(b"SAME").decode()}, "T": {"type": "DT_FLOAT"}}
    nodes = [
        {"name": "input", "op": "Placeholder"},
        {"name": "sums", "op": "Conv2D", "input": ["input", "kernel"], "attr": attributes},
    ]
    content = {
        "format": "graph-model",
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["first.bin", "second.bin"], "weights": weights}],
    }
    stored = np.array([1, -2, 0.5, 4, 5, 6], "<f2").tobytes() + np.array(7, "<i4").tobytes()
    (folder / "first.bin").write_bytes(stored[:5])
    (folder / "second.bin").write_bytes(stored[5:])
    path = folder / "model.json"
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return path


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = read_graph_model(write_model(tmp_path))
    assert model.nodes["sums"] == Node(
        "sums", "Conv2D", ("input", "kernel"), {"strides": (1, 2, 2, 1), "padding": "SAME", "T": "DT_FLOAT"}
    )
    np.testing.assert_array_equal(model.constants["kernel"], np.array([[1, -2, 0.5], [4, 5, 6]], np.float32))
    assert model.constants["kernel"].dtype == np.float32
    assert (model.constants["size"].shape, int(model.constants["size"])) == ((), 7)


def test_weights_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    (tmp_path / "second.bin").write_bytes(b"1234")
    with pytest.raises(VisionError, match=r"second\.bin: 9 bytes, but model\.json tells of 16"):
        read_graph_model(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "layers-model"}, "no TensorFlow.js graph model"),
        ({"modelTopology": {}}, "lacks the key 'node'"),
        (
            {"weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [], "dtype": "bool"}]}]},
            "the weight w is bool stored as bool",
        ),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(VisionError, match=message):
        read_graph_model(write_model(tmp_path, **changes))


def test_a_file_that_is_missing_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(VisionError, match=r"model\.json: cannot be read: No such file"):
        read_graph_model(tmp_path / "model.json")
    (tmp_path / "model.json").write_text("weights", encoding="utf-8")
    with pytest.raises(VisionError, match=r"model\.json: is no JSON"):
        read_graph_model(tmp_path / "model.json")
