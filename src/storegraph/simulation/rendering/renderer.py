"""Pictures of a performance, by camera and moment."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.errors import SimulationError
from storegraph.simulation.performance import FRAME_RATE, Performance

from .lens import Lens
from .light import Lamps
from .packs import pack_of
from .people import Moment, People
from .props import Lying, Props
from .shop import shop_of
from .surfaces import Surfaces, Textures, joined, turned
from .view import Stage, View, Window

Picture = NDArray[np.uint8]

KEPT = 4
"""Moments and states of the shelves that are kept, so that several cameras share them."""

BESIDE = 8
"""Pixels around goods in which their light and shadow change too."""

_ON_ITS_SIDE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


class Renderer:
    """Renders pictures of a performance.

    Any camera can be asked for any moment. It is fastest to go through time once, with all cameras at each moment.
    """

    def __init__(self, performance: Performance, *, goods_move: bool = True) -> None:
        """Builds the shop.

        Args:
            performance: Of what there are to be pictures.
            goods_move: Whether goods leave the shelves and come back, or stay as they are at the beginning: who needs
                pictures of people only is spared the shelves' light.
        """
        self._performance = performance
        self._goods_move = goods_move
        self._seed = performance.script.seed
        self._textures = Textures()
        shop = shop_of(performance.store, self._textures)
        self._shop = shop.surfaces
        self._outdoors = shop.outdoors
        self._lamps = Lamps.of(shop.lamps)
        self._packs = {product.gtin: pack_of(product, self._textures) for product in performance.store.catalogue}
        self._props = Props(performance)
        self._people = People(performance, self._props, self._packs, self._lamps)
        self._cameras = {camera.id: camera for camera in performance.store.cameras}
        self._views: dict[str, View] = {}
        self._lenses: dict[str, Lens] = {}
        self._states: dict[str, int] = {}
        self._stages: OrderedDict[int, Stage] = OrderedDict()
        self._moments: OrderedDict[int, Moment | None] = OrderedDict()

    def picture(self, camera_id: str, seconds: float) -> Picture:
        """What a camera sees.

        Args:
            camera_id: As in the store file.
            seconds: Since the beginning; the frame of the performance nearest to it is shown.

        Returns:
            BGR, shape [height, width, 3].

        Raises:
            SimulationError: The store has no such camera.
        """
        if camera_id not in self._cameras:
            known = ", ".join(self._cameras) or "none"
            raise SimulationError(f"store {self._performance.store.id} has no camera {camera_id}; it has {known}")
        frame = round(seconds * FRAME_RATE)
        view = self._view(camera_id, frame / FRAME_RATE)
        scene = view.see(self._moment(frame), self._textures, self._lamps)
        return self._lenses[camera_id].develop(scene, frame)

    def _view(self, camera_id: str, seconds: float) -> View:
        """A camera's view, with the goods where they are at a moment."""
        state = self._props.state_at(seconds if self._goods_move else 0.0)
        if camera_id not in self._views:
            camera = self._cameras[camera_id]
            view = self._views[camera_id] = View(camera, self._seed)
            view.look(self._stage(state))
            self._lenses[camera_id] = Lens.before(view.shop, self._seed, camera.id)
        elif state != self._states[camera_id]:
            for window in self._changed(self._views[camera_id], self._states[camera_id], state):
                self._views[camera_id].look(self._stage(state), window)
        self._states[camera_id] = state
        return self._views[camera_id]

    def _changed(self, view: View, before: int, after: int) -> list[Window]:
        """The windows in which goods are in one of two states only."""
        there, then = set(self._props.lying_in(before)), set(self._props.lying_in(after))
        changed = sorted(there ^ then, key=lambda lying: (lying.item.item_id, lying.begin))
        windows = (view.window(self._placed(lying).vertices, BESIDE) for lying in changed)
        return [window for window in windows if window]

    def _stage(self, state: int) -> Stage:
        if state not in self._stages:
            goods = [self._placed(lying) for lying in self._props.lying_in(state)]
            surfaces = joined([self._shop, *goods])
            self._stages[state] = Stage.of(surfaces, self._textures, self._lamps, self._outdoors)
            if len(self._stages) > KEPT:
                self._stages.popitem(last=False)
        return self._stages[state]

    def _placed(self, lying: Lying) -> Surfaces:
        """An item where it lies; what fell lies on its back."""
        solid = self._packs[lying.item.gtin].of_size(lying.item.size)
        turn = turned(lying.yaw)
        if lying.fallen:
            x, y, z = lying.point
            return solid.moved(turn @ _ON_ITS_SIDE, (x, y, z + lying.item.size[1] / 2))
        return solid.moved(turn, lying.point)

    def _moment(self, frame: int) -> Moment | None:
        if frame not in self._moments:
            self._moments[frame] = self._people.at(frame)
            if len(self._moments) > KEPT:
                self._moments.popitem(last=False)
        return self._moments[frame]
