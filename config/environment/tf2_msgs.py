"""Writes the sources of the package tf2_msgs with its one message that goes over topics.

The ROS 2 wheels on PyPI leave tf2_msgs out; rosbags ships the definition of the message.

    tf2_msgs.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from rosbags.typesys import Stores, get_typestore

PACKAGE = """\
<?xml version="1.0"?>
<package format="3">
  <name>tf2_msgs</name>
  <version>0.0.0</version>
  <description>TFMessage of tf2_msgs, for machines without a ROS 2 installation.</description>
  <maintainer email="maintainers@storegraph.org">The Storegraph authors</maintainer>
  <license>BSD-3-Clause</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <depend>geometry_msgs</depend>
  <exec_depend>rosidl_default_runtime</exec_depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
  <export>
    <build_type>ament_cmake</build_type>
  </export>
</package>
"""

CMAKE = """\
cmake_minimum_required(VERSION 3.20)
project(tf2_msgs)
find_package(ament_cmake REQUIRED)
find_package(geometry_msgs REQUIRED)
find_package(rosidl_default_generators REQUIRED)
rosidl_generate_interfaces(${PROJECT_NAME} msg/TFMessage.msg DEPENDENCIES geometry_msgs)
ament_package()
"""


def main(folder: Path) -> None:
    """Writes package.xml, CMakeLists.txt and msg/TFMessage.msg."""
    definition, _ = get_typestore(Stores.ROS2_KILTED).generate_msgdef("tf2_msgs/msg/TFMessage", ros_version=2)
    message, *_ = definition.partition("=" * 80)  # those of the messages it is made of follow
    (folder / "msg").mkdir(parents=True, exist_ok=True)
    (folder / "msg" / "TFMessage.msg").write_text(message, encoding="utf-8")
    (folder / "package.xml").write_text(PACKAGE, encoding="utf-8")
    (folder / "CMakeLists.txt").write_text(CMAKE, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
