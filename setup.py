"""Installs `storegraph` as an ament_python package: for pip, and for colcon in a ROS 2 workspace."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

NAME = "storegraph"
ROOT = Path(__file__).parent
NODES = (
    "camera",
    "scales",
    "gate",
    "vision",
    "tracking",
    "weighing",
    "attribution",
    "ledger",
    "retail",
    "kiosk",
    "viz",
    "overlay",
    "bridge",
)
MANIFEST = ElementTree.parse(ROOT / "package.xml")


def shared_files(*folders: str) -> list[tuple[str, list[str]]]:
    """The files below these folders of the checkout, as `data_files` that keep their place below `share/storegraph`.

    `config/environment` stays behind: it sets up a checkout.
    """
    by_parent: dict[Path, list[str]] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            relative = path.relative_to(ROOT)
            if path.is_file() and not {"__pycache__", "environment"} & set(relative.parts):
                by_parent.setdefault(relative.parent, []).append(str(relative))
    return [(f"share/{NAME}/{parent}", files) for parent, files in by_parent.items()]


setup(
    name=NAME,
    version=MANIFEST.findtext("version"),
    description=MANIFEST.findtext("description"),
    license=MANIFEST.findtext("license"),
    maintainer=MANIFEST.findtext("maintainer"),
    maintainer_email=MANIFEST.find("maintainer").get("email"),
    python_requires=">=3.11",
    package_dir={"": "src"},
    packages=find_packages("src"),
    package_data={
        NAME: [
            "py.typed",
            "calibration/*.html",
            "evaluation/page/*.css",
            "evaluation/page/*.html",
            "evaluation/page/*.js",
            "evaluation/suites/*.css",
            "evaluation/suites/*.html",
            "ledger/receipts/languages/*.yaml",
            "ledger/receipts/templates/*",
            "vision/taught/*",
        ]
    },
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        *shared_files("bags", "config", "launch", "rviz"),
    ],
    # Lower bounds are what a ROS 2 installation on Ubuntu 24.04 has, or the first version with what is used here;
    # config/environment/lock.txt says what is tested.
    install_requires=[
        "aiosmtpd>=1.4",  # the mailbox in which `storegraph receipts try` puts its mail
        "alembic>=1.13",
        "babel>=2.10",
        "click>=8.1",
        "docstring-parser>=0.15",  # what a setting means is said once, in its class
        "foxglove-sdk>=0.10",
        "fpdf2>=2.7",
        "httpx>=0.26",
        "jinja2>=3.1",
        "matplotlib>=3.6",
        "mcap>=1.5",
        "numpy>=1.26",  # never replaced where ROS brings its own: the message packages are compiled against it
        "paho-mqtt>=2",
        "psycopg[binary]>=3.1",
        "pyarrow>=14",
        "pydantic>=2.5",
        "pymodbus[serial]>=3.10",
        "PyYAML>=6",
        "rich>=13",
        "rosbags>=0.11",
        "ruamel.yaml",
        "ruamel.yaml.clib",  # with it rosbags reads and writes metadata.yaml in half the time
        "scipy>=1.11",
        "sqlalchemy>=2",
        "starlette>=0.31",
        "stripe>=16",
        "supervisor>=4.2",
        "tenacity>=8.2",
        "tzdata",  # receipts are dated in the store's time zone, and a bare Debian has no zones
        "uvicorn>=0.27",
    ],
    extras_require={
        # colcon runs pytest only where the extra named "test" asks for it.
        "test": [
            "amqtt>=0.11",
            "hypothesis>=6.90",
            "mcap-ros2-support",  # bags must open in other people's readers
            "mypy",
            "openapi-spec-validator>=0.7",
            "pytest>=7.4",  # launch_testing of ROS 2 Kilted needs pytest below 8
            "pytest-xdist>=3.4",
            "ruff",
            "types-PyYAML",
            "websockets>=12",
        ],
        "evaluation": ["distributed>=2024.1", "trackeval>=1.3"],
        # For stores with cameras.
        "cameras": ["filterpy", "opencv-python"],
        # Gigabytes, for machines that find people in pictures, and for the simulated store.
        "vision": ["filterpy", "opencv-python", "torch"],
        # Runs the networks in half of torch's time (docs/vision.md).
        "openvino": ["openvino>=2024.6"],
        "simulation": ["anny>=0.6", "open3d>=0.19", "opencv-python", "torch"],
    },
    entry_points={
        "console_scripts": [
            "storegraph = storegraph.cli:main",
            # For `ros2 run` and `ros2 launch`: one for each of storegraph.graph.nodes.NODES, and one for several.
            *(f"{name}_node = storegraph.graph.executables:node" for name in NODES),
            "store_container = storegraph.graph.executables:container",
        ]
    },
    zip_safe=False,
)
