"""The benchmark's made-up sessions have the form of a real recording, and are played the same each time."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT.parent / "shared" / "data" / "autocheckout-benchmark-1"

sys.path.insert(0, str(ROOT / "test" / "benchmarks"))

from autocheckout_files import write_session  # noqa: E402
from autocheckout_sessions import CLASSES, sessions  # noqa: E402
from autocheckout_shop import load_shop  # noqa: E402

pytestmark = pytest.mark.skipif(not RECORDING.is_dir(), reason=f"the recording is not at {RECORDING}")


@pytest.fixture(scope="module")
def shop():
    return load_shop(RECORDING)


@pytest.fixture(scope="module")
def lost(shop):
    """A session of a target that is lost and found."""
    return next(session for session in sessions(shop, rounds=1) if session.name == "lost_and_found 0")


def missing_in(real, made, where=""):
    """Keys of a made line that a real one has not, or has with another type."""
    if type(made) is not type(real):
        return [where]
    if not isinstance(made, dict):
        return []
    strange = [f"{where}.{key}" for key in made if key not in real]
    return strange + [
        each for key in made if key in real for each in missing_in(real[key], made[key], f"{where}.{key}")
    ]


def lines_of(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_class_of_sessions_can_be_played_and_is_named_for_what_happens(shop):
    made = list(sessions(shop, rounds=1))
    assert [session.name for session in made] == [f"{each.__name__} 0" for each in CLASSES]
    assert all(session.touches() for session in made)


def test_a_session_has_the_form_of_the_real_recording(shop, lost, tmp_path):
    write_session(lost, shop, RECORDING, tmp_path / "made")
    for name in ("plate_data.json", "full_targets.json"):
        made, real = (lines_of(folder / name) for folder in (tmp_path / "made", RECORDING))
        assert missing_in(real[0], made[-1]) == []
    targets = [line["document"]["targets"]["targets"][0] for line in made if line["document"]["targets"]]
    real_target = real[0]["document"]["targets"]["targets"][0]
    assert missing_in(real_target, next(target for target in targets if all(target.values()))) == []
    shapes = [
        {
            line["document"]["plate_data"]["plate_id"]["shelf_id"]["gondola_id"]["id"]: line["document"]["plate_data"][
                "values"
            ]["shape"]
            for line in lines_of(folder / "plate_data.json")
        }
        for folder in (tmp_path / "made", RECORDING)
    ]
    assert shapes[0] == shapes[1]


def test_the_same_session_gives_the_same_bytes(shop, lost, tmp_path):
    truths = [write_session(lost, shop, RECORDING, tmp_path / name) for name in ("one", "other")]
    assert truths[0] == truths[1]
    for name in ("plate_data.json", "full_targets.json", "planogram.json", "products.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_the_truth_is_what_people_leave_with_under_all_their_ids(shop, lost, tmp_path):
    (person,) = write_session(lost, shop, RECORDING, tmp_path / "made").values()
    one, back, two = lost.touches()
    assert (one.cell, one.count, back.count) == (back.cell, 1, -1)
    assert person["products"] == [shop.planned[two.cell]]
    assert len(person["ids"]) == 2
