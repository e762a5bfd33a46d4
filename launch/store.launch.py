"""Starts the nodes of a store: `ros2 launch storegraph store.launch.py store:=STORE.yaml`."""

import os

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from storegraph.graph.nodes import NODES
from storegraph.graph.parameters import PARAMETERS
from storegraph.graph.starting import DDS_PROFILE, LOG_LEVELS, chosen_nodes, namespace_of
from storegraph.store.file import load_store

RESPAWN_DELAY = 2.0
"""Seconds. A node takes up its journal within one."""


def generate_launch_description() -> LaunchDescription:
    """The arguments, the Fast DDS profile, and the nodes."""
    names = ", ".join(node.name for node in NODES)
    profile = PathJoinSubstitution([FindPackageShare("storegraph"), "config", "fastdds.xml"])
    return LaunchDescription(
        [
            DeclareLaunchArgument("namespace", default_value="", description="Of the nodes; empty: the store's id."),
            DeclareLaunchArgument(
                "parts", default_value="", description=f"Nodes to start, with commas between: {names}; empty: all."
            ),
            *(
                DeclareLaunchArgument(
                    parameter.name,
                    **({} if parameter.name == "store" else {"default_value": str(parameter.default)}),
                    description=f"{parameter.text} [{parameter.unit}]" if parameter.unit else parameter.text,
                )
                for parameter in PARAMETERS
            ),
            DeclareLaunchArgument(
                "use_sim_time",
                default_value="false",
                choices=["true", "false"],
                description="Take diagnostics' stamps from /clock; results depend on the stamps of messages only.",
            ),
            DeclareLaunchArgument("log_level", default_value="info", choices=LOG_LEVELS, description="Of the nodes."),
            DeclareLaunchArgument(
                "respawn", default_value="true", choices=["true", "false"], description="Start again what dies."
            ),
            SetEnvironmentVariable(DDS_PROFILE, profile, condition=IfCondition(str(DDS_PROFILE not in os.environ))),
            OpaqueFunction(function=_nodes),
        ]
    )


def _nodes(context: LaunchContext) -> list[LifecycleNode]:
    arguments = context.launch_configurations
    store = os.path.abspath(arguments["store"])
    namespace = namespace_of(load_store(store), arguments["namespace"])
    folders = {name: os.path.abspath(arguments[name]) for name in ("journal",) if arguments[name]}
    values = {
        parameter.name: ParameterValue(LaunchConfiguration(parameter.name), value_type=type(parameter.default))
        for parameter in PARAMETERS
    }
    values |= {"use_sim_time": ParameterValue(LaunchConfiguration("use_sim_time"), value_type=bool)}
    return [
        LifecycleNode(
            package="storegraph",
            executable=f"{node.name}_node",
            name=node.name,
            namespace=namespace,
            parameters=[values | {"store": store} | folders],
            ros_arguments=["--log-level", arguments["log_level"]],
            respawn=arguments["respawn"] == "true",
            respawn_delay=RESPAWN_DELAY,
            output="both",
            emulate_tty=True,
        )
        for node in chosen_nodes([part.strip() for part in arguments["parts"].split(",") if part.strip()])
    ]
