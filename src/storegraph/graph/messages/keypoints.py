"""Keypoints in pictures as messages."""

from __future__ import annotations

import numpy as np

from storegraph.observations import Keypoints, PersonKeypoints

from .base import Message, MessageError, Types, from_time, to_header

OPTICAL_FRAME = "_optical_frame"
"""What follows the camera's id in the name of its frame (REP-103)."""


def keypoints_to_message(types: Types, keypoints: Keypoints) -> Message:
    """`Keypoints` to `Keypoints2D`."""
    person_type = types["storegraph_msgs/msg/PersonKeypoints"]
    return types["storegraph_msgs/msg/Keypoints2D"](
        header=to_header(types, keypoints.stamp, keypoints.camera + OPTICAL_FRAME),
        width=keypoints.width,
        height=keypoints.height,
        joints=list(keypoints.joints),
        people=[
            person_type(
                score=person.score,
                box=np.ascontiguousarray(person.box, dtype=np.float32),
                points=np.ascontiguousarray(person.points, dtype=np.float32).reshape(-1),
                scores=np.ascontiguousarray(person.scores, dtype=np.float32),
            )
            for person in keypoints.people
        ],
    )


def keypoints_from_message(message: Message) -> Keypoints:
    """`Keypoints` from `Keypoints2D`.

    Raises:
        MessageError: The frame is not a camera's, or arrays do not fit the joints.
    """
    frame = message.header.frame_id
    camera = frame.removesuffix(OPTICAL_FRAME)
    if camera in ("", frame):
        raise MessageError(f'Keypoints2D: frame "{frame}" is not that of a camera; it is <camera>{OPTICAL_FRAME}')
    joints = tuple(message.joints)
    people = tuple(_person_from_message(person, len(joints)) for person in message.people)
    return Keypoints(from_time(message.header.stamp), camera, int(message.width), int(message.height), joints, people)


def _person_from_message(message: Message, joints: int) -> PersonKeypoints:
    points = np.asarray(message.points, dtype=np.float32)
    scores = np.asarray(message.scores, dtype=np.float32)
    if points.size != 2 * joints or scores.size != joints:
        raise MessageError(
            f"PersonKeypoints: {points.size} coordinates and {scores.size} scores do not fit {joints} joints "
            "(2 and 1 for each)"
        )
    return PersonKeypoints(float(message.score), np.asarray(message.box, np.float32), points.reshape(-1, 2), scores)
