"""The open cashierless store: a ROS 2 sensor graph whose every stage is a pure function of its recorded inputs."""

__version__ = "0.1.0"
