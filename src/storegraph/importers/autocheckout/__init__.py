"""Recordings of the AutoCheckout competition (AiFi NanoStore, CPS-IoT Week 2020), and receipts in its form.

A recording is a folder of four files that `mongoexport` wrote, one JSON object a line: `plate_data.json` (load cells),
`full_targets.json` (people), `planogram.json` and `products.json`. Their fields are those of protobuf messages as JSON,
so a field that is absent has its default: 0, empty, unknown. The competition's repository, with the programs that read
them first: https://github.com/AutoCheckout-CMU/AutoCheckout.
"""

from .receipts import CompetitionProduct, CompetitionReceipt, competition_receipts, write_competition_receipts
from .recording import ImportSummary, import_autocheckout
from .records import SkippedLine

__all__ = [
    "CompetitionProduct",
    "CompetitionReceipt",
    "ImportSummary",
    "SkippedLine",
    "competition_receipts",
    "import_autocheckout",
    "write_competition_receipts",
]
