"""One line of a recording's files, read and checked; still in the recording's own units and numbering."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from storegraph.importers.errors import ImporterError
from storegraph.units import NANOSECONDS

Record = TypeVar("Record")

_ISO_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def nanoseconds(iso: object) -> int:
    """Nanoseconds since the Unix epoch of an ISO 8601 time with zone and at most nine decimals, in integers throughout.

    Raises:
        ValueError: It is no such time.
    """
    match = _ISO_TIME.fullmatch(iso) if isinstance(iso, str) else None
    if match is None:
        raise ValueError(f"expected a time such as 2020-04-22T05:06:36.859Z, got {iso!r}")
    seconds, fraction, zone = match.groups()
    # `timestamp()` of a time of whole seconds is a whole number that a float holds exactly.
    whole = int(datetime.fromisoformat(seconds + zone.replace("Z", "+00:00")).timestamp())
    if not 0 <= whole < 2**31:
        raise ValueError(f"expected a time from 1970 to 2038, as builtin_interfaces/Time can hold, got {iso!r}")
    return whole * NANOSECONDS + int((fraction or "").ljust(9, "0"))


class Plate(NamedTuple):
    """The recording's number of a load cell; shelves and plates count from 1, index 0 of the arrays is padding."""

    gondola: int
    shelf: int
    plate: int


@dataclass(frozen=True, slots=True, eq=False)
class PlateBatch:
    """A line of `plate_data.json`.

    Attributes:
        stamp: Time of the first sample, nanoseconds since the Unix epoch.
        received: When the recording's database had it, nanoseconds since the Unix epoch.
        gondola: The recording's number.
        rate: Samples per second.
        grams: Shape [sample, shelf, plate]; NaN where there is no plate.
    """

    stamp: int
    received: int
    gondola: int
    rate: float
    grams: NDArray[np.float32]


JOINTS = {
    "head": "head",
    "neck": "neck",
    "left_shoulder": "l_shoulder",
    "right_shoulder": "r_shoulder",
    "left_elbow": "l_elbow",
    "right_elbow": "r_elbow",
    "left_wrist": "l_wrist",
    "right_wrist": "r_wrist",
}
"""Our joint names, and the recording's. Its `hands` are its wrists again, without saying which."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A person in a line of `full_targets.json`.

    Attributes:
        target_id: Opaque; an unsigned 64-bit number that is kept as text.
        entered: Whether the recording's tracker had seen it enter properly.
        inches: Joints in the order of `JOINTS`, shape [joint, 3]; NaN where there is none.
        scores: Shape [joint]; 0 where there is no joint.
    """

    target_id: str
    entered: bool
    inches: NDArray[np.float64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A line of `full_targets.json`.

    Attributes:
        stamp: The moment, nanoseconds since the Unix epoch.
        received: When the recording's database had it, nanoseconds since the Unix epoch.
        targets: May be empty.
    """

    stamp: int
    received: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class PlannedFacing:
    """A line of `planogram.json`.

    Attributes:
        plates: In ascending order, all of one shelf, at least one.
        barcode: None where nothing is planned.
        corner: Left front corner on the shelf's surface, x, y, z in the store's frame, metres.
        yaw: Turn about z, radians.
        size: Width, depth, free height, metres.
    """

    plates: tuple[Plate, ...]
    barcode: str | None
    corner: tuple[float, float, float]
    yaw: float
    size: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A line of `products.json`.

    Attributes:
        barcode: Exactly as written; some are no GTIN ("3.5", "02", two barcodes with a space between).
        name: For people; may be empty.
        price: Dollars; None where absent.
        weight: As written, grams in all but a few lines; None where absent.
    """

    barcode: str
    name: str
    price: Decimal | None
    weight: float | None


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


Nanoseconds = Annotated[int, BeforeValidator(nanoseconds)]
Barcode = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=64)]
"""As `storegraph.store.model.Product` takes it."""
_RECEIVED = AliasChoices(AliasPath("date_time", "$date"), AliasPath("document", "header", "t_issue"))


class _PlateLine(_Line):
    stamp: Nanoseconds = Field(validation_alias=AliasPath("document", "header", "t_origin"))
    received: Nanoseconds = Field(validation_alias=_RECEIVED)
    gondola: int = Field(
        ge=1, validation_alias=AliasPath("document", "plate_data", "plate_id", "shelf_id", "gondola_id", "id")
    )
    rate: float = Field(gt=0, validation_alias=AliasPath("document", "plate_data", "freq_samp"))
    data: str = Field(validation_alias=AliasPath("document", "plate_data", "values", "data"))
    shape: tuple[int, int, int] = Field(validation_alias=AliasPath("document", "plate_data", "values", "shape"))
    type: Literal["DATATYPE_FLOAT32"] = Field(validation_alias=AliasPath("document", "plate_data", "values", "type"))


def plate_batch(line: bytes) -> PlateBatch:
    """Reads a line of `plate_data.json`.

    Raises:
        ValueError: It is no such line: no JSON, fields missing, cut base64, a shape that the data do not have.
    """
    fields = _PlateLine.model_validate_json(line)
    data = base64.b64decode(fields.data, validate=True)
    expected = 4 * fields.shape[0] * fields.shape[1] * fields.shape[2]
    if min(fields.shape) < 1 or len(data) != expected:
        raise ValueError(f"{len(data)} bytes of float32 for a shape of {list(fields.shape)}, which takes {expected}")
    grams = np.frombuffer(data, dtype="<f4").reshape(fields.shape)
    return PlateBatch(fields.stamp, fields.received, fields.gondola, fields.rate, grams)


class _Point(_Line):
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


class _Joint(_Line):
    point: _Point | None = None
    score: float = 0.0


class _TargetFields(_Line):
    target_id: str = Field(min_length=1, validation_alias=AliasPath("target_id", "id"))
    target_state: str = ""
    head: _Joint = _Joint()
    neck: _Joint = _Joint()
    l_shoulder: _Joint = _Joint()
    r_shoulder: _Joint = _Joint()
    l_elbow: _Joint = _Joint()
    r_elbow: _Joint = _Joint()
    l_wrist: _Joint = _Joint()
    r_wrist: _Joint = _Joint()


class _SnapshotLine(_Line):
    stamp: Nanoseconds = Field(validation_alias=AliasPath("document", "header", "t_origin"))
    received: Nanoseconds = Field(validation_alias=_RECEIVED)
    targets: tuple[_TargetFields, ...] = Field(default=(), validation_alias=AliasPath("document", "targets", "targets"))


def snapshot(line: bytes) -> Snapshot:
    """Reads a line of `full_targets.json`.

    Raises:
        ValueError: It is no such line.
    """
    fields = _SnapshotLine.model_validate_json(line)
    return Snapshot(fields.stamp, fields.received, tuple(map(_target, fields.targets)))


def _target(fields: _TargetFields) -> Target:
    inches = np.full((len(JOINTS), 3), np.nan)
    scores = np.zeros(len(JOINTS), dtype=np.float32)
    for index, name in enumerate(JOINTS.values()):
        joint: _Joint = getattr(fields, name)
        # `{"point": {}}` is a joint that was not found, as `{}` is: the origin is a corner of the floor.
        if joint.point is not None and joint.point.model_fields_set:
            inches[index] = joint.point.x, joint.point.y, joint.point.z
            scores[index] = joint.score
    return Target(fields.target_id, fields.target_state == "TARGETSTATE_VALID_ENTRANCE", inches, scores)


class _PlateFields(_Line):
    gondola: int = Field(ge=1, validation_alias=AliasPath("shelf_id", "gondola_id", "id"))
    shelf: int = Field(ge=1, validation_alias=AliasPath("shelf_id", "shelf_index"))
    plate: int = Field(ge=1, validation_alias="plate_index")


class _FacingLine(_Line):
    plates: tuple[_PlateFields, ...] = Field(min_length=1, validation_alias="plate_ids")
    barcode: Barcode | Literal[""] = Field(default="", validation_alias=AliasPath("planogram_product_id", "id"))
    translation: _Point = Field(validation_alias=AliasPath("global_coordinates", "transform", "translation"))
    rotation: _Point = Field(
        default=_Point(), validation_alias=AliasPath("global_coordinates", "transform", "rotation")
    )
    width: float = Field(gt=0, validation_alias=AliasPath("global_coordinates", "dim_x"))
    depth: float = Field(gt=0, validation_alias=AliasPath("global_coordinates", "dim_y"))
    height: float = Field(gt=0, validation_alias=AliasPath("global_coordinates", "dim_z"))


def planned_facing(line: bytes) -> PlannedFacing:
    """Reads a line of `planogram.json`.

    Raises:
        ValueError: It is no such line, names plates of several shelves, is tilted, or lies below the floor.
    """
    fields = _FacingLine.model_validate_json(line)
    plates = sorted({Plate(plate.gondola, plate.shelf, plate.plate) for plate in fields.plates})
    if plates[0][:2] != plates[-1][:2]:
        raise ValueError("a facing of several shelves")
    if fields.rotation.x or fields.rotation.y:
        raise ValueError("a facing that is turned about another axis than z")
    if fields.translation.z < 0:
        raise ValueError("a facing below the floor")
    corner = (fields.translation.x, fields.translation.y, fields.translation.z)
    size = (fields.width, fields.depth, fields.height)
    return PlannedFacing(tuple(plates), fields.barcode or None, corner, fields.rotation.z, size)


class _ProductLine(_Line):
    barcode: Barcode = Field(validation_alias=AliasPath("product_id", "id"))
    name: str = Field(default="", validation_alias=AliasPath("metadata", "name"))
    price: Decimal | None = Field(default=None, ge=0, validation_alias=AliasPath("metadata", "price"))
    weight: float | None = Field(default=None, validation_alias=AliasPath("metadata", "weight"))


def catalogue_entry(line: bytes) -> CatalogueEntry:
    """Reads a line of `products.json`.

    Raises:
        ValueError: It is no such line.
    """
    fields = _ProductLine.model_validate_json(line)
    return CatalogueEntry(fields.barcode, fields.name, fields.price, fields.weight)


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that could not be read.

    Attributes:
        file: File name.
        line: Counted from 1.
        reason: What is wrong with it.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        """As an editor would name it."""
        return f"{self.file}:{self.line}: {self.reason}"


def read_records(
    path: Path,
    parse: Callable[[bytes], Record],
    on_skipped: Callable[[SkippedLine], object],
    on_read: Callable[[int], object],
) -> Iterator[Record]:
    """Reads a file line by line; a line that cannot be read is told of and passed over.

    Args:
        path: File of one JSON object a line; blank lines are ignored.
        parse: Reads one line, raises ValueError where it cannot.
        on_skipped: Told of every line that cannot be read.
        on_read: Told the length of every line, in bytes.

    Raises:
        ImporterError: The file cannot be opened.
    """
    try:
        lines = path.open("rb")
    except OSError as error:
        raise ImporterError(f"{path}: cannot be read: {error.strerror}") from error
    with lines:
        for number, line in enumerate(lines, start=1):
            on_read(len(line))
            if line.isspace():
                continue
            try:
                record = parse(line)
            except ValueError as error:
                on_skipped(SkippedLine(path.name, number, _reason(error)))
            else:
                yield record


def _reason(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first, *others = error.errors(include_url=False, include_context=False, include_input=False)
    where = ".".join(map(str, first["loc"]))
    more = f" (and {len(others)} more)" if others else ""
    return f"{where}: {first['msg']}{more}" if where else f"{first['msg']}{more}"
