"""Projects of Pose2Sim: calibrated cameras and the people that a network found in their pictures.

Pose2Sim (Pagnon et al., Journal of Open Source Software 2022; https://github.com/perfanalytics/pose2sim) keeps a
project in a folder: `calibration/Calib*.toml`, and for each camera `pose/<camera>_json/` with one file a picture, as
OpenPose writes them; or only `videos/`, in which a model of vision then finds them.
"""

from .project import ImportSummary, has_poses, import_pose2sim

__all__ = ["ImportSummary", "has_poses", "import_pose2sim"]
