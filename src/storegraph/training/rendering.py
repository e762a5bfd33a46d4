"""Pictures of simulated stores, and what is to be found in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17
from storegraph.simulation.acting.acting import act
from storegraph.simulation.cameras.bodies import Capsules
from storegraph.simulation.cameras.furniture import Furniture
from storegraph.simulation.cameras.occlusion import Pairs, hidden_by_oneself, hidden_by_others
from storegraph.simulation.chance import chance
from storegraph.simulation.performance import FRAME_RATE, Performance
from storegraph.simulation.rendering.renderer import Renderer
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario, with_random
from storegraph.store.model import Camera, Store
from storegraph.tracking.cameras import CameraGroup

from .arms import who_reaches
from .dataset import People

Picture = NDArray[np.uint8]

MOST_PEOPLE = 10
ARRIVALS = 20.0
"""At once, and a minute: a room of 25 to 70 square metres is full within half a minute."""


def labelled_pictures(
    store: Store, seed: int, moments: int, *, reaching: bool = False
) -> Iterator[tuple[Picture, People]]:
    """Pictures of all cameras of a store in which random people shop.

    Goods that somebody takes stay on the shelf too: to light a shelf anew costs as much as twenty pictures.

    Args:
        store: With cameras.
        seed: Of people, lights and noise.
        moments: How many moments all cameras see.
        reaching: Only pictures in which an arm that reaches is in plain view, about as many.

    Yields:
        BGR, shape [height, width, 3], and the people in it.

    Raises:
        SimulationError: Nobody can shop in the store.
    """
    draw = chance(seed, "training", "moments")
    people = int(draw.integers(2, MOST_PEOPLE + 1))
    scenario = with_random(load_scenario("shopping"), people=people, rate=ARRIVALS)
    performance = act(cast(scenario, store, seed), store)
    renderer, furniture = Renderer(performance, goods_move=False), Furniture.of(store)
    busy = [frame for frame in range(performance.frames) if any(a.first <= frame <= a.last for a in performance.actors)]
    drawn = draw.permutation(busy) if reaching else np.sort(draw.choice(busy, min(moments, len(busy)), replace=False))
    views = (
        (camera, frame, people_seen(performance, camera, furniture, frame))
        for frame, camera in product(drawn.tolist(), store.cameras)
    )
    chosen = (view for view in views if not reaching or len(who_reaches(view[2])))
    for camera, frame, seen in islice(chosen, moments * len(store.cameras)):
        yield renderer.picture(camera.id, frame / FRAME_RATE), seen


def people_seen(performance: Performance, camera: Camera, furniture: Furniture, frame: int) -> People:
    """Everybody with a joint in a camera's picture; what lies beyond its edges is hidden."""
    there = [actor for actor in performance.actors if actor.first <= frame <= actor.last]
    if not there:
        return People.known(*(np.zeros((0, len(COCO_17), *last), np.float32) for last in ((2,), (), ())))
    group = CameraGroup.of([camera])
    joints = np.array([[actor.joints[frame - actor.first] for actor in there]], dtype=np.float64)
    pixels, scale = (each[0] for each in group.project(joints[None]))
    by_axis = np.ascontiguousarray(np.moveaxis(joints, (3, 2), (0, 1)))
    capsules = Capsules.of(by_axis, [actor.body for actor in there])
    eye, pairs = group.centres[0], Pairs.of(pixels, scale)
    hidden = hidden_by_others(eye, by_axis, pixels, scale, capsules, pairs, furniture)
    own = hidden_by_oneself(eye, by_axis, capsules)
    inside = ((pixels[0] >= 0) & (pixels[0] < [camera.width, camera.height])).all(axis=2)
    hidden[0][~inside] = 1.0
    there_in_part = inside.any(axis=1)
    return People.known(*(each[0][there_in_part].astype(np.float32) for each in (pixels, hidden, own)))
