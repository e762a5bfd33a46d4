"""Plays a bag to the live graph: `ros2 launch storegraph replay.launch.py bag:=BAG store:=STORE.yaml`."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare


def generate_launch_description() -> LaunchDescription:
    """The nodes of the store, and the player."""
    share = FindPackageShare("storegraph")
    bag, store, rate = (LaunchConfiguration(name) for name in ("bag", "store", "rate"))
    storegraph = ExecutableInPackage(package="storegraph", executable="storegraph")
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "bag", default_value=PathJoinSubstitution([share, "bags", "demo"]), description="The bag to play."
            ),
            DeclareLaunchArgument(
                "store",
                default_value=PathJoinSubstitution([share, "config", "stores", "corner.yaml"]),
                description="The store file of the store that it was recorded in.",
            ),
            DeclareLaunchArgument("rate", default_value="1.0", description="Times real time."),
            DeclareLaunchArgument(
                "params_file",
                default_value=PathJoinSubstitution([share, "config", "replaying.yaml"]),
                description="Parameters of the nodes; these are patient, since the player promises the end.",
            ),
            DeclareLaunchArgument("rviz", default_value="false", description="Open RViz: true or false."),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(PathJoinSubstitution([share, "launch", "store.launch.py"])),
                launch_arguments={
                    "store": store,
                    "namespace": "",  # the player publishes under the id of the store
                    "use_sim_time": "true",
                    "params_file": LaunchConfiguration("params_file"),
                    "rviz": LaunchConfiguration("rviz"),
                }.items(),
            ),
            ExecuteProcess(cmd=[storegraph, "play", bag, "--store", store, "--rate", rate], name="play", output="both"),
        ]
    )
