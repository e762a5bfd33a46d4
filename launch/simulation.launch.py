"""Simulates a store live: `ros2 launch storegraph simulation.launch.py scenario:=demo store:=STORE.yaml`."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare


def generate_launch_description() -> LaunchDescription:
    """The nodes of the store, and the simulated sensors."""
    share = FindPackageShare("storegraph")
    scenario, store, seed, rate = (LaunchConfiguration(name) for name in ("scenario", "store", "seed", "rate"))
    storegraph = ExecutableInPackage(package="storegraph", executable="storegraph")
    simulate = [storegraph, "simulate", scenario, "--store", store, "--seed", seed, "--live", "--rate", rate]
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "scenario", default_value="demo", description="What happens: a name of the library, or a .yaml file."
            ),
            DeclareLaunchArgument(
                "store",
                default_value=PathJoinSubstitution([share, "config", "stores", "corner.yaml"]),
                description="The store file of the store that it happens in.",
            ),
            DeclareLaunchArgument("seed", default_value="0", description="Of all that the scenario leaves open."),
            DeclareLaunchArgument("rate", default_value="1.0", description="Times real time."),
            DeclareLaunchArgument(
                "parts",
                default_value="tracking, weighing, attribution, ledger, viz",
                description="Nodes to start, with commas between: all that conclude something from keypoints.",
            ),
            DeclareLaunchArgument(
                "params_file",
                default_value=PathJoinSubstitution([share, "config", "replaying.yaml"]),
                description="Parameters of the nodes; these are patient, since the end is promised.",
            ),
            DeclareLaunchArgument("rviz", default_value="false", description="Open RViz: true or false."),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(PathJoinSubstitution([share, "launch", "store.launch.py"])),
                launch_arguments={
                    "store": store,
                    "namespace": "",  # what the sensors say is published under the id of the store
                    "parts": LaunchConfiguration("parts"),
                    "use_sim_time": "true",
                    "params_file": LaunchConfiguration("params_file"),
                    "rviz": LaunchConfiguration("rviz"),
                }.items(),
            ),
            ExecuteProcess(cmd=simulate, name="simulate", output="both"),
        ]
    )
