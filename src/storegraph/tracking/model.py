"""What tracking is set to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from storegraph.settings import Range, Span
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """Settings of the tracking stage.

    Attributes:
        period: A snapshot of everybody is given at most this often.
        lag: What cameras show for so long after a moment tells where joints were then, too; a snapshot is given so much
            later. Two pictures of a slow camera (10 Hz) bring the most; beyond, little is gained (docs/tracking.md).
        pixel_sigma: Standard deviation of a joint with a sure score in the picture, from the network's grid and
            rounding.
        joint_sigma: Standard deviation along an axis of where in the body a joint is seen, which is larger in the
            picture the nearer the person is; a mean over the joints, of which eyes are seen more exactly and hips less.
            People who mark the same joint differ by so much: the constants of COCO's object keypoint similarity
            (https://cocodataset.org/#keypoints-eval), at 0.67 m, the square root of the area of an adult's outline.
        sure_score: Joints of this score and better ones have these standard deviations; those of lower scores grow as
            the score falls: at half the score, twice as large (MoveNet's, docs/realism.md: errors of 0.45 sigmas at a
            score of 0.8, 0.8 at 0.5, 1.4 at 0.37 and 3 at 0.2).
        least_score: A joint with a lower score is taken as not found.
        outliers: Share of joints that a network puts somewhere else altogether.
        swaps: Share of limbs whose left and right a network takes for each other.
        least_joints: A person is recognised by at least so many joints that fit.
        birth_window: Pictures of different cameras at most so far apart show a new person together: a little more than
            the time between two pictures of a slow camera (10 Hz).
        confirm_at_gate: A person who appears at a gate is taken for one after this time in two views.
        confirm_elsewhere: The same for one who appears in the middle of the store, where nobody should.
        occluded_after: A person whom no camera has seen for so long is occluded: two pictures of a slow camera.
        tentative_for: A person not yet taken for one is dropped after so long without two views.
        leaves_after: Somebody last seen at a gate has left after this time.
        occluded_for: Somebody last seen elsewhere is given up after this time, or five times as long as they had been
            followed, if that is less; not before `leaves_after` in any case.
        gate_window: What a gate tells and what the cameras see of it are at most so far apart: a card is shown up to
            two steps before the line is crossed, and somebody may be seen only once the door no longer hides them.
        gate_reach: This near to a gate's line one is at the gate: a long step.
        lost_beyond: A joint whose standard deviation along its worst axis exceeds this is unknown: as long as
            a forearm, it says no more than its neighbour does.
    """

    period: Annotated[int, Span(0.0, 10.0)] = NANOSECONDS // 15
    lag: Annotated[int, Span(0.0, 1.0)] = NANOSECONDS // 5
    pixel_sigma: Annotated[float, Range(0.1, 50.0, "px")] = 1.5
    joint_sigma: Annotated[float, Range(0.0, 0.2, "m")] = 0.034
    sure_score: Annotated[float, Range(0.01, 1.0)] = 0.7
    least_score: Annotated[float, Range(0.0, 1.0)] = 0.1
    outliers: Annotated[float, Range(0.001, 0.5)] = 0.05
    swaps: Annotated[float, Range(0.001, 0.5)] = 0.02
    least_joints: Annotated[int, Range(2, 26)] = 5
    birth_window: Annotated[int, Span(0.0, 1.0)] = NANOSECONDS * 12 // 100
    confirm_at_gate: Annotated[int, Span(0.0, 10.0)] = NANOSECONDS // 5
    confirm_elsewhere: Annotated[int, Span(0.0, 60.0)] = NANOSECONDS
    occluded_after: Annotated[int, Span(0.0, 10.0)] = NANOSECONDS // 4
    tentative_for: Annotated[int, Span(0.0, 10.0)] = NANOSECONDS // 2
    leaves_after: Annotated[int, Span(0.0, 60.0)] = 2 * NANOSECONDS
    occluded_for: Annotated[int, Span(0.0, 600.0)] = 60 * NANOSECONDS
    gate_window: Annotated[int, Span(0.0, 10.0)] = 2 * NANOSECONDS
    gate_reach: Annotated[float, Range(0.0, 10.0, "m")] = 1.0
    lost_beyond: Annotated[float, Range(0.05, 1.0, "m")] = 0.3


DEFAULTS = TrackingSettings()
"""What tracking is set to where nobody says otherwise."""
