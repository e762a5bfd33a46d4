"""What simulated cameras are set to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShutterSettings:
    """When pictures are taken, and when they are heard of. First values, where no source is given.

    Attributes:
        rate: Pictures a second: what one processor core does of a network, and what the tracker is made for.
        clock_error: The rate of a camera is wrong by at most this share: a quartz crystal, 100 ppm.
        jitter: Standard deviation of the start of an exposure, seconds.
        exposure: Seconds: what light in a shop allows, half a period of mains light (100 Hz), so that nothing flickers.
        latency: Mean time from the start of an exposure until its keypoints are heard, seconds; that of a network on
            a graphics processor, or a small one on a core (docs/vision.md, cost).
        latency_sigma: Its standard deviation, seconds.
        dropped: Share of the pictures that get lost.
    """

    rate: float = 10.0
    clock_error: float = 1e-4
    jitter: float = 0.001
    exposure: float = 0.01
    latency: float = 0.06
    latency_sigma: float = 0.01
    dropped: float = 0.005


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How well the network finds people.

    As MoveNet MultiPose does in real and in rendered pictures (docs/realism.md, keypoints), where no other source is
    given.

    Attributes:
        input_side: Longer side of what the network sees, pixels (`VisionSettings.size`).
        input_sigma: Standard deviation along an axis with which the network resolves a place, pixels of its input: a
            cell of MoveNet's maps is 4 px wide, and 4 / sqrt(12) is 1.15.
        blur: Median error of a joint in full view, as a multiple of that between people who mark it (COCO's constants,
            see `detection`).
        blur_sigma: Standard deviation of its logarithm: from person to person and moment to moment, and again from
            joint to joint.
        guess: A joint that is hidden, or overlooked, is guessed so many times as badly.
        modesty: The network believes its errors to be so many times as large as they are, of a joint in full view.
        admitted: It believes a guessed joint to be so many times as badly placed.
        lasts: Time constant of what lasts in errors, seconds: of posture and light.
        lasting: Share of the variance of an error that lasts; the rest is new in every picture.
        turned_facing: Chance that left and right of a limb pair are taken for each other, of somebody who faces the
            camera; it comes in spells.
        turned_behind: The same for somebody seen from behind or from the side.
        strength: Logit of the network's strength for a person in full view: 0.92.
        strength_sigma: Standard deviation of the logit.
        strength_hidden: By how much the logit is less for somebody wholly hidden; somebody half hidden is missed half
            of the time.
        strength_small: The same for each halving of a person who is smaller than `detection.SMALL`.
        least_score: Score from which a person is reported (`VisionSettings.threshold`).
        lookalikes: Places in a picture that the network sometimes takes for a person: goods, posters, coats.
        lookalike_share: Share of the time for which it does, of each.
    """

    input_side: float = 512.0
    input_sigma: float = 1.15
    blur: float = 0.75
    blur_sigma: float = 0.2
    guess: float = 5.0
    modesty: float = 1.2
    admitted: float = 1.7
    lasts: float = 0.7
    lasting: float = 0.9
    turned_facing: float = 0.005
    turned_behind: float = 0.03
    strength: float = 2.5
    strength_sigma: float = 0.7
    strength_hidden: float = 6.0
    strength_small: float = 2.0
    least_score: float = 0.2
    lookalikes: int = 2
    lookalike_share: float = 0.005


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Of all cameras of a store.

    Attributes:
        shutter: When pictures are taken.
        detection: What the network makes of them.
    """

    shutter: ShutterSettings = ShutterSettings()
    detection: DetectionSettings = DetectionSettings()


DEFAULTS = CameraSettings()
"""What cameras are set to where nobody says otherwise."""
