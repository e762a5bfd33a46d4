"""Running a TensorFlow graph in torch.

The graph is converted once: its kernels are laid out as torch has them, and every node becomes a function of tensors.
Activations are NCHW where TensorFlow has NHWC, in memory they lie as TensorFlow's do (`channels_last`), which is also
what torch is fastest with on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .errors import VisionError
from .graph_model import GraphModel, Node

Operation = Callable[..., Tensor]

_FUSED: Mapping[tuple[str, ...], Callable[[Tensor], Tensor]] = {
    ("BiasAdd",): lambda values: values,
    ("BiasAdd", "Relu"): lambda values: values.relu_(),
    ("BiasAdd", "Relu6"): lambda values: values.clamp_(0.0, 6.0),
}
"""What a convolution does with its sums, by its `fused_ops`; torch's convolution has added the bias. In place."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation in the order of execution.

    Attributes:
        name: Of the node.
        operation: What it does with its inputs.
        inputs: Names of the nodes whose outputs it takes.
        last_of: Those of them that nothing after it needs.
    """

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    last_of: tuple[str, ...]


class GraphNetwork:
    """The part of a graph between its placeholder and some nodes, as a function of tensors.

    The operations are those of convolutional networks; another one is refused when the network is made, not when it
    runs.
    """

    def __init__(self, model: GraphModel, outputs: Sequence[str]) -> None:
        """Converts a graph.

        Args:
            model: The graph and its weights.
            outputs: Names of the nodes that are asked for.

        Raises:
            VisionError: The graph lacks a node, or has an operation that is not known here.
        """
        order = _order(model, outputs)
        self._outputs = tuple(outputs)
        self._placeholder = next(node.name for node in order if node.operation == "Placeholder")
        computed = [node for node in order if node.operation != "Placeholder"]
        made = [(node, *_operation(model, node)) for node in computed]
        last = {name: node.name for node, _, inputs in made for name in inputs}
        self._steps = [
            _Step(
                node.name,
                operation,
                inputs,
                tuple(name for name in inputs if last[name] == node.name and name not in self._outputs),
            )
            for node, operation, inputs in made
        ]

    def __call__(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Runs the network.

        Args:
            pictures: Its placeholder's value, shape [picture, channel, height, width].

        Returns:
            The values of the nodes asked for, each [picture, channel, row, column].

        Raises:
            VisionError: Height or width does not fit the strides of the network.
        """
        values = {self._placeholder: pictures.contiguous(memory_format=torch.channels_last)}
        with torch.inference_mode():
            for step in self._steps:
                values[step.name] = step.operation(*(values[name] for name in step.inputs))
                for name in step.last_of:
                    values.pop(name, None)
        return tuple(values[name] for name in self._outputs)


def _order(model: GraphModel, outputs: Sequence[str]) -> list[Node]:
    """The nodes that some outputs depend on, each after those it takes its inputs from; without the constants."""
    order: list[Node] = []
    reached: set[str] = set()
    waiting = [(name, False) for name in reversed(outputs)]
    while waiting:
        name, inputs_are_there = waiting.pop()
        if inputs_are_there:
            order.append(model.nodes[name])
        elif name not in reached and name not in model.constants:
            if name not in model.nodes:
                raise VisionError(f"{model.path}: has no node {name}; this is another model, or a broken one")
            reached.add(name)
            waiting.append((name, True))
            waiting.extend((needed, False) for needed in reversed(model.nodes[name].inputs))
    return order


def _operation(model: GraphModel, node: Node) -> tuple[Operation, tuple[str, ...]]:
    """What a node does, and the inputs it needs for it while the network runs."""
    if node.operation not in _OPERATIONS:
        raise _unknown(model, node, "operation", node.operation, _OPERATIONS)
    inputs = tuple(name for name in node.inputs if name not in model.constants)
    if node.inputs[: len(inputs)] != inputs:
        raise _unknown(model, node, "inputs", ", ".join(node.inputs), ["constants after all others"])
    constants = [torch.from_numpy(model.constants[name]) for name in node.inputs[len(inputs) :]]
    return _OPERATIONS[node.operation](model, node, *constants), inputs


def _unknown(model: GraphModel, node: Node, what: str, value: object, known: Iterable[object]) -> VisionError:
    allowed = " or ".join(map(str, known))
    return VisionError(f"{model.path}: node {node.name}: {what} is {value}; {allowed} can be run")


def _expect(model: GraphModel, node: Node, **attributes: object) -> None:
    """Refuses a node with other settings than those that the code after it is written for."""
    for name, expected in attributes.items():
        if node.attributes[name] != expected:
            raise _unknown(model, node, name, node.attributes[name], [expected])


def _convolution(model: GraphModel, node: Node, kernel: Tensor, bias: Tensor | None = None) -> Operation:
    return _padded_convolution(model, node, kernel.permute(3, 2, 0, 1), bias, groups=1)


def _depthwise(model: GraphModel, node: Node, kernel: Tensor, bias: Tensor | None = None) -> Operation:
    height, width, channels, multiplier = kernel.shape
    laid_out = kernel.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return _padded_convolution(model, node, laid_out, bias, groups=channels)


def _padded_convolution(model: GraphModel, node: Node, kernel: Tensor, bias: Tensor | None, groups: int) -> Operation:
    """A convolution with TensorFlow's padding.

    Where the size is a multiple of the stride, SAME pads `kernel - stride` cells in all, the odd one at the end
    (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2). torch pads both sides alike: a kernel with a
    row and a column of zeros in front, padded alike, sees the same cells, and saves the copy that padding would be.
    """
    stride = node.attributes["strides"][1]
    _expect(model, node, data_format="NHWC", dilations=(1, 1, 1, 1), strides=(1, stride, stride, 1))
    fused = node.attributes.get("fused_ops", ("BiasAdd",))
    if fused not in _FUSED:
        raise _unknown(model, node, "fused_ops", fused, _FUSED)
    activation = _FUSED[fused]
    padding = max(kernel.shape[-1] - stride, 0) if node.attributes["padding"] == "SAME" else 0
    at_end = (padding + 1) // 2
    zeros = at_end - padding // 2
    kernel = functional.pad(kernel, (zeros, 0, zeros, 0)).contiguous(memory_format=torch.channels_last)

    def convolve(values: Tensor) -> Tensor:
        if values.shape[2] % stride or values.shape[3] % stride:
            size = "x".join(map(str, values.shape[2:]))
            raise VisionError(f"node {node.name}: {size} cells are no multiple of its stride, {stride}")
        return activation(functional.conv2d(values, kernel, bias, stride, at_end, 1, groups))

    return convolve


def _resize(model: GraphModel, node: Node) -> Operation:
    _expect(model, node, half_pixel_centers=True, align_corners=False)
    return lambda values, size: functional.interpolate(values, tuple(size.tolist()), mode="bilinear")


def _shape(model: GraphModel, node: Node) -> Operation:
    """The shape as TensorFlow sees it, which the graph computes the sizes of its resizings from."""

    def shape(values: Tensor) -> Tensor:
        pictures, channels, rows, columns = values.shape
        return torch.tensor([pictures, rows, columns, channels])

    return shape


def _slice(model: GraphModel, node: Node, begin: Tensor, end: Tensor, step: Tensor) -> Operation:
    """Of a shape, which is a list: nothing else is cut in the graphs run here."""
    if begin.numel() != 1:
        raise _unknown(model, node, "begin", begin.tolist(), ["one number"])
    _expect(model, node, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0)
    cut = slice(int(begin), int(end), int(step))
    return lambda values: values[cut]


def _cast(model: GraphModel, node: Node) -> Operation:
    _expect(model, node, DstT="DT_FLOAT")
    return lambda values: values.to(torch.float32)


def _each_value(function: Operation) -> Callable[..., Operation]:
    """An operation value by value, whose second operand may be a constant."""

    def make(model: GraphModel, node: Node, *constants: Tensor) -> Operation:
        laid_out = [value.permute(0, 3, 1, 2) if value.dim() == 4 else value for value in constants]
        return lambda *values: function(*values, *laid_out)

    return make


_OPERATIONS: Mapping[str, Callable[..., Operation]] = {
    "AddV2": _each_value(torch.add),
    "Cast": _cast,
    "DepthwiseConv2dNative": _depthwise,
    "FusedDepthwiseConv2dNative": _depthwise,
    "Mul": _each_value(torch.mul),
    "ResizeBilinear": _resize,
    "Shape": _shape,
    "StridedSlice": _slice,
    "Sub": _each_value(torch.sub),
    "_FusedConv2D": _convolution,
}
"""By TensorFlow's name: what makes an operation of a model, a node, and those of its inputs that are constants.

In all of them the constants come last.
"""
