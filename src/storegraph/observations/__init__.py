"""What the graph says: one frozen dataclass for each topic, without ROS.

Stages take and give these; `storegraph.graph.messages` converts them to and from `storegraph_msgs`. They stand apart
from the stages because each is the output of one stage and the input of another, and a stage never imports another
stage.
"""

from .gate import GateEvent, Passage
from .interaction import Action, Candidate, Holding, Hypothesis, Interaction, ItemCount, Items, ItemsProbability, Share
from .keypoints import COCO_17, Keypoints, PersonKeypoints
from .observation import Observation
from .purchases import Cart, CartLine, Receipt
from .scales import ScaleCondition, ScaleFault, ScaleSamples
from .shoppers import Shopper, Shoppers, ShopperState
from .stock import FacingStock, Misplaced
from .verdict import Verdict
from .weight import ScaleChange, WeightEvent

__all__ = [
    "COCO_17",
    "Action",
    "Candidate",
    "Cart",
    "CartLine",
    "FacingStock",
    "GateEvent",
    "Holding",
    "Hypothesis",
    "Interaction",
    "ItemCount",
    "Items",
    "ItemsProbability",
    "Keypoints",
    "Misplaced",
    "Observation",
    "Passage",
    "PersonKeypoints",
    "Receipt",
    "ScaleChange",
    "ScaleCondition",
    "ScaleFault",
    "ScaleSamples",
    "Share",
    "Shopper",
    "ShopperState",
    "Shoppers",
    "Verdict",
    "WeightEvent",
]
