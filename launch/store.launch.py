"""Starts the nodes of a store: `ros2 launch storegraph store.launch.py store:=STORE.yaml`."""

from pathlib import Path
from tempfile import mkdtemp

from launch import Action, LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction, SetEnvironmentVariable
from launch_ros.actions import LifecycleNode, Node
from launch_ros.substitutions import ExecutableInPackage

from storegraph.graph.nodes import NODES
from storegraph.graph.starting import (
    LOG_LEVELS,
    Start,
    middleware_environment,
    namespace_of,
    nodes_to_start,
    rviz_layout,
    write_parameters,
)
from storegraph.share import shared
from storegraph.store.file import load_store

RESPAWN_DELAY = 2.0
"""Seconds. A node takes up its journal within one."""

NAMES = ", ".join(node.name for node in NODES)

ARGUMENTS = (
    DeclareLaunchArgument("store", description="The store file."),
    DeclareLaunchArgument("sensors", default_value="", description="The sensors file; empty: no hardware is read."),
    DeclareLaunchArgument("namespace", default_value="", description="Of the nodes; empty: the store's id."),
    DeclareLaunchArgument(
        "parts", default_value="", description=f"Nodes to start, with commas between: {NAMES}; empty: all."
    ),
    DeclareLaunchArgument(
        "journal",
        default_value="",
        description="Folder for the nodes' journals; empty: a node that dies forgets what it was told.",
    ),
    DeclareLaunchArgument(
        "params_file", default_value="", description="Parameters of the nodes; config/parameters.yaml shows all."
    ),
    DeclareLaunchArgument(
        "container", default_value="false", choices=["true", "false"], description="All nodes in one process."
    ),
    DeclareLaunchArgument("record", default_value="", description="A bag to record the topics into; empty: none."),
    DeclareLaunchArgument("rviz", default_value="false", choices=["true", "false"], description="Open RViz."),
    DeclareLaunchArgument(
        "use_sim_time",
        default_value="false",
        choices=["true", "false"],
        description="Take diagnostics' stamps from /clock; results depend on the stamps of messages only.",
    ),
    DeclareLaunchArgument("log_level", default_value="info", choices=list(LOG_LEVELS), description="Of the nodes."),
    DeclareLaunchArgument(
        "respawn", default_value="true", choices=["true", "false"], description="Start again what dies."
    ),
)


def generate_launch_description() -> LaunchDescription:
    """The arguments, the Fast DDS profile, the nodes, and what was asked for beside them."""
    environment = middleware_environment(shared("storegraph", "config/fastdds.xml"))
    variables = [SetEnvironmentVariable(name, value) for name, value in environment.items()]
    return LaunchDescription([*ARGUMENTS, *variables, OpaqueFunction(function=_processes)])


def _processes(context: LaunchContext) -> list[Action]:
    arguments = context.launch_configurations
    start = Start(
        store_file=Path(arguments["store"]),
        namespace=arguments["namespace"],
        parts=tuple(part.strip() for part in arguments["parts"].split(",") if part.strip()),
        sensors_file=_path(arguments["sensors"]),
        journal=_path(arguments["journal"]),
        params_file=_path(arguments["params_file"]),
        settings={"use_sim_time": arguments["use_sim_time"]},
    )
    namespace = namespace_of(load_store(start.store_file), start.namespace)
    nodes = nodes_to_start(start)
    folder = Path(mkdtemp(prefix="storegraph-"))
    common = {
        "package": "storegraph",
        "namespace": namespace,
        "parameters": [str(write_parameters(nodes, folder / "parameters.yaml"))],
        "respawn": arguments["respawn"] == "true",
        "respawn_delay": RESPAWN_DELAY,
        "output": "both",
        "emulate_tty": True,
    }
    level = ["--log-level", arguments["log_level"]]
    actions: list[Action]
    if arguments["container"] == "true":
        names = [node.instance for node in nodes]
        actions = [Node(executable="store_container", arguments=names, ros_arguments=level, **common)]
    else:
        actions = [
            LifecycleNode(
                executable=f"{node.spec.name}_node",
                name=node.name,
                ros_arguments=[*level, "--enclave", f"/{namespace}/{node.name}"],
                **common,
            )
            for node in nodes
        ]
    if arguments["record"]:
        recorder = [ExecutableInPackage(package="storegraph", executable="storegraph"), "record", arguments["store"]]
        recorder += ["--out", arguments["record"], "--namespace", namespace]
        actions.append(ExecuteProcess(cmd=recorder, name="record", output="both"))
    if arguments["rviz"] == "true":
        layout = folder / "store.rviz"
        layout.write_text(rviz_layout(namespace), encoding="utf-8")
        actions.append(Node(package="rviz2", executable="rviz2", arguments=["-d", str(layout)]))
    return actions


def _path(argument: str) -> Path | None:
    return Path(argument) if argument else None
