"""What rosbag2 says of a bag beside its messages, in its words: `metadata.yaml` of version 9."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from .definitions import Definition
from .topics import Quality

METADATA = "metadata.yaml"
METADATA_VERSION = 9
ROS_DISTRO = "kilted"

FOREVER = {"sec": 2147483647, "nsec": 4294967295}
"""As rosbag2 writes a deadline, lifespan or lease that is not set."""


@dataclass(frozen=True, slots=True)
class RecordedTopic:
    """A topic as a bag describes it.

    Attributes:
        name: Full name, with namespace.
        definition: Of its messages.
        offered: The quality of service that it had.
    """

    name: str
    definition: Definition
    offered: Quality


@dataclass(frozen=True, slots=True)
class FileContent:
    """What one file of a bag holds.

    Attributes:
        name: Of the file.
        counts: Messages by topic.
        first: Least log time, nanoseconds; 0 without messages.
        last: Greatest log time, nanoseconds; 0 without messages.
    """

    name: str
    counts: Counter[str]
    first: int
    last: int


def metadata(topics: Iterable[RecordedTopic], files: Sequence[FileContent], names: Sequence[str]) -> dict[str, Any]:
    """What rosbag2 says of a bag.

    Args:
        topics: In the order in which they were found.
        files: Those that are finished.
        names: Of all files.
    """
    counts = sum((file.counts for file in files), Counter[str]())
    first = min((file.first for file in files if file.counts), default=0)
    last = max((file.last for file in files if file.counts), default=0)
    return {
        "version": METADATA_VERSION,
        "storage_identifier": "mcap",
        **_span(first, last),
        "message_count": counts.total(),
        "topics_with_message_count": [
            {
                "topic_metadata": {
                    "name": topic.name,
                    "type": topic.definition.message_type,
                    "serialization_format": "cdr",
                    "offered_qos_profiles": [qos_profile(topic.offered)],
                    "type_description_hash": topic.definition.type_hash,
                },
                "message_count": counts[topic.name],
            }
            for topic in topics
        ],
        "compression_format": "",
        "compression_mode": "",
        "relative_file_paths": list(names),
        "files": [
            {"path": file.name, **_span(file.first, file.last), "message_count": file.counts.total()} for file in files
        ],
        "custom_data": None,
        "ros_distro": ROS_DISTRO,
    }


def qos_profile(quality: Quality) -> dict[str, Any]:
    """A quality of service as metadata of version 9 has it."""
    return {
        "history": "keep_last",
        "depth": quality.depth,
        "reliability": "reliable" if quality.reliable else "best_effort",
        "durability": "transient_local" if quality.transient_local else "volatile",
        "deadline": dict(FOREVER),
        "lifespan": dict(FOREVER),
        "liveliness": "automatic",
        "liveliness_lease_duration": dict(FOREVER),
        "avoid_ros_namespace_conventions": False,
    }


def to_yaml(content: object) -> str:
    """By libyaml where PyYAML has it: ten times as fast."""
    return str(yaml.dump(content, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False))


def _span(first: int, last: int) -> dict[str, Any]:
    return {"duration": {"nanoseconds": last - first}, "starting_time": {"nanoseconds_since_epoch": first}}
