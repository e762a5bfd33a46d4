"""What finding people costs, and how sure it is of them.

`PYTHONPATH=src python test/benchmarks/vision.py [THREADS...]` prints milliseconds a picture, in torch and, where it is
installed, in OpenVINO; with `scores VIDEO...` it prints the scores of the people in every eighth picture.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vision"))

from drawn_pictures import people

from storegraph.vision.compact import Compact
from storegraph.vision.detector import PersonDetector
from storegraph.vision.execution import Execution, in_openvino, in_torch
from storegraph.vision.graph_model import read_graph_model
from storegraph.vision.graph_network import GraphNetwork
from storegraph.vision.models import MOVENET_MULTIPOSE, installed, models_folder
from storegraph.vision.movenet import HEADS, MoveNet

RUNS = 8
SHAPES = ((256, 256), (512, 512), (640, 360))
"""Width and height of the pictures; the last is a camera's."""

SIZES = (256, 512)
BATCHES = (1, 4)
EVERY = 8
BINS = np.arange(0.0, 1.01, 0.1)


def costs(network: GraphNetwork, numbers_of_threads: list[int]) -> None:
    """Prints the time from pictures to people, of MoveNet and of the own network."""
    print(f"{platform.machine()}, CPython {platform.python_version()}, torch {torch.__version__}, {RUNS} runs each")
    print("model    run by    picture  size  threads  batch  ms a picture, of the processor: each median (least)")
    for width, height in SHAPES:
        picture = people(height, width, [(0.3 * width, 0.1 * height, 0.7 * height)])
        for size, threads in product(SIZES if width == 640 else [width], numbers_of_threads):
            torch.set_num_threads(threads)
            for by, execution in executions(threads):
                detectors: dict[str, PersonDetector] = {
                    "movenet": MoveNet(network, size=size, execution=execution),
                    "compact": Compact.load(size=size, execution=execution),
                }
                for batch, (name, detector) in product(BATCHES, detectors.items()):
                    runs = [milliseconds(detector, [picture] * batch) for _ in range(RUNS + 1)][1:]
                    taken = ", ".join(f"{statistics.median(t):.1f} ({min(t):.1f})" for t in zip(*runs, strict=True))
                    print(f"{name}  {by:8}  {width}x{height} {size:5} {threads:8} {batch:6}  {taken}", flush=True)


def executions(threads: int) -> Iterator[tuple[str, Execution]]:
    """What can run a network here."""
    yield "torch", in_torch
    if find_spec("openvino"):
        yield "openvino", in_openvino(threads)


def milliseconds(detector: PersonDetector, pictures: list[np.ndarray]) -> tuple[float, float]:
    """How long one call takes for each picture, and for how much of it the processor works."""
    start, start_of_processor = time.perf_counter(), time.process_time()
    detector.detect(pictures)
    spent = time.perf_counter() - start, time.process_time() - start_of_processor
    return 1e3 * spent[0] / len(pictures), 1e3 * spent[1] / len(pictures)


def scores(network: GraphNetwork, videos: list[str]) -> None:
    """Prints how many people have which score, with none left out."""
    pictures = [picture for video in videos for picture in every_eighth(video)]
    for size in SIZES:
        movenet = MoveNet(network, size=size, threshold=0.0)
        each = [movenet.detect([picture])[0] for picture in pictures]
        counts, _ = np.histogram([person.score for people in each for person in people], BINS)
        print(f"size {size}, {len(pictures)} pictures")
        for low, count in zip(BINS, counts, strict=False):
            print(f"  score {low:.1f} to {low + 0.1:.1f}: {count} people")


def every_eighth(video: str) -> list[np.ndarray]:
    """Some pictures of a video."""
    capture = cv2.VideoCapture(video)
    pictures = []
    while capture.grab():
        if round(capture.get(cv2.CAP_PROP_POS_FRAMES)) % EVERY == 1:
            pictures.append(capture.retrieve()[1])
    return pictures


if __name__ == "__main__":
    folder = installed(MOVENET_MULTIPOSE, models_folder())
    multipose = GraphNetwork(read_graph_model(folder / "movenet-multipose.json"), HEADS)
    if sys.argv[1:2] == ["scores"]:
        scores(multipose, sys.argv[2:])
    else:
        costs(multipose, [int(number) for number in sys.argv[1:]] or [1])
