"""What simulated cameras cost, what scores they give, and how well the tracker follows what they see.

python test/benchmarks/simulated_cameras.py [SCENARIO...]
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import numpy as np
from scipy.optimize import linear_sum_assignment

from storegraph.observations import COCO_17, Keypoints, Shoppers, ShopperState
from storegraph.simulation.acting.acting import act
from storegraph.simulation.cameras import keypoints
from storegraph.simulation.performance import FRAME_RATE, START, Floats, Performance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.store.file import load_store
from storegraph.tracking.stage import TrackingStage

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")

CLOSE = 0.4
"""Metres, mean over the joints: a shopper farther from the truth is not that person."""

WRISTS = [COCO_17.index("left_wrist"), COCO_17.index("right_wrist")]


def people_at(performance: Performance, seconds: float) -> dict[str, Floats]:
    """Joints of everybody who is there, by name."""
    frame = round(seconds * FRAME_RATE)
    there = [actor for actor in performance.actors if actor.first <= frame <= actor.last]
    return {actor.name: actor.joints[frame - actor.first].astype(np.float64) for actor in there}


def follow(performance: Performance, seen: list[Keypoints]) -> str:
    """How the tracker follows people; whoever somebody was last stays that one as long as they are close."""
    stage, known = TrackingStage(performance.store), dict[str, str]()
    switches, moments, missed, errors = 0, 0, 0, list[float]()
    for said in (said for each in seen for said in stage.process(each)):
        if not isinstance(said, Shoppers):
            continue
        truth = people_at(performance, (said.stamp - START) / 1e9)
        followed = [each for each in said.shoppers if each.state is not ShopperState.TENTATIVE]
        apart = np.full((len(truth), len(followed)), np.inf)
        for row, joints in enumerate(truth.values()):
            for column, shopper in enumerate(followed):
                apart[row, column] = np.nanmean(np.linalg.norm(shopper.positions - joints, axis=1))
        same = [[known.get(name) == shopper.shopper_id for shopper in followed] for name in truth]
        cost = np.where(apart < CLOSE, apart - 1.0 * np.array(same, dtype=bool).reshape(apart.shape), 10.0)
        names, joints_of = list(truth), list(truth.values())
        pairs = [
            (row, column) for row, column in zip(*linear_sum_assignment(cost), strict=True) if cost[row, column] < 10
        ]
        moments, missed = moments + len(truth), missed + len(truth) - len(pairs)
        for row, column in pairs:
            name, shopper = names[row], followed[column]
            switches += known.get(name, shopper.shopper_id) != shopper.shopper_id
            known[name] = shopper.shopper_id
            error = np.linalg.norm(shopper.positions[WRISTS] - joints_of[row][WRISTS], axis=1)
            errors += error[np.isfinite(error)].tolist()
    median, most = np.percentile(errors, [50, 95]) * 100
    return f"{switches} switches, {missed / moments:.1%} missed, wrists {median:.1f} cm off (95 %: {most:.1f} cm)"


def main() -> None:
    for name in sys.argv[1:] or ["demo"]:
        performance = act(cast(load_scenario(name), STORE, 1), STORE)
        begin = process_time()
        seen = [each.observation for each in keypoints(performance) if isinstance(each.observation, Keypoints)]
        lasted = process_time() - begin
        minutes = sum(len(actor.joints) for actor in performance.actors) / FRAME_RATE / 60
        people = [person for each in seen for person in each.people]
        joints = np.concatenate([person.scores for person in people])
        print(f"{name}: {len(performance.actors)} people, {minutes:.1f} minutes of them, {len(STORE.cameras)} cameras")
        print(f"  {lasted / minutes:.2f} s of processor time for a minute of one person")
        for kind, scores in (("people", [person.score for person in people]), ("joints", joints)):
            print(f"  scores of {kind}: 5, 50, 95 %: {np.percentile(scores, [5, 50, 95]).round(2).tolist()}")
        print(f"  tracker: {follow(performance, sorted(seen, key=lambda each: each.stamp))}")


if __name__ == "__main__":
    main()
