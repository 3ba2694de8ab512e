"""What reports keep. Private to this app: others ask its rooms.

A module for each part, all of them read from here: `from fravaer.reports.models import Draw`.
"""

from fravaer.reports.models.agreeing import Annotation, Initiative, Outcome, Target, WheelFeed, WheelItem
from fravaer.reports.models.draws import (
    Approval,
    Cell,
    Disposed,
    Draw,
    Mover,
    Pattern,
    Reference,
    Snapshot,
    Spread,
)
from fravaer.reports.models.files import DataSet, DataSetKind, Delivery, Export, ExportState

__all__ = [
    "Annotation",
    "Approval",
    "Cell",
    "DataSet",
    "DataSetKind",
    "Delivery",
    "Disposed",
    "Draw",
    "Export",
    "ExportState",
    "Initiative",
    "Mover",
    "Outcome",
    "Pattern",
    "Reference",
    "Snapshot",
    "Spread",
    "Target",
    "WheelFeed",
    "WheelItem",
]
