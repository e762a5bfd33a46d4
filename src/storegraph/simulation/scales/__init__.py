"""What the load cells under the goods read, from what really happens.

`load` says which force is on each plate at each moment, of goods and of hands; `vibration` how the floor shakes it;
`plates` what a fixture's load cells and converters make of that, with the characteristics that `model` describes;
`stream` cuts it into messages.
"""

from .model import ScaleSettings, Spread
from .stream import scale_samples

__all__ = ["ScaleSettings", "Spread", "scale_samples"]
