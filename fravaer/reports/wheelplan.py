"""Which deliveries and meetings does every school year hold?

Plain data: what is due on which day of a school year that begins on 1 August. Two days are given from outside: the year's
registration is delivered to the ministry by 1 July, and the data package for the quality report is drawn on 1 September. The
others are proposals, which the municipality moves as it likes; those that fall on a weekend move to the Monday. The wheel as a
whole is that of Copenhagen's status of March 2016: a quarter is drawn, each area meets about it, and then the area managers
of both administrations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery or meeting: `kind` names it for ever, `each_area` is one for every area."""

    kind: str
    title: str | Promise
    month: int
    day: int
    each_area: bool = False
    # A day given from outside does not move.
    is_fixed: bool = False

    def due_on(self, school_year: int) -> date:
        """The day in the school year that begins in `school_year`."""
        day = date(school_year if self.month >= 8 else school_year + 1, self.month, self.day)
        return day if self.is_fixed or day.weekday() < 5 else day + timedelta(days=7 - day.weekday())


PLAN = (
    Planned("draw-q2", _("Draw the figures of the second quarter"), 8, 12),
    Planned("directors", _("Directors' meeting about last school year's absence"), 8, 20),
    Planned("package", _("Data package for the quality report"), 9, 1, is_fixed=True),
    Planned("area-q2", _("Area meeting about the second quarter"), 9, 3, each_area=True),
    Planned("joint-q2", _("Area managers of both administrations meet about the second quarter"), 9, 17),
    Planned("draw-q3", _("Draw the figures of the third quarter"), 10, 8),
    Planned("analysis", _("Joint analysis of absence"), 10, 26),
    Planned("area-q3", _("Area meeting about the third quarter"), 10, 29, each_area=True),
    Planned("joint-q3", _("Area managers of both administrations meet about the third quarter"), 11, 12),
    Planned("draw-q4", _("Draw the figures of the fourth quarter"), 1, 8),
    Planned("area-q4", _("Area meeting about the fourth quarter"), 1, 28, each_area=True),
    Planned("joint-q4", _("Area managers of both administrations meet about the fourth quarter"), 2, 5),
    Planned("draw-q1", _("Draw the figures of the first quarter"), 4, 8),
    Planned("area-q1", _("Area meeting about the first quarter"), 4, 28, each_area=True),
    Planned("joint-q1", _("Area managers of both administrations meet about the first quarter"), 5, 12),
    Planned(
        "stil", _("The school year's registration is delivered to the ministry (STIL)"), 7, 1, is_fixed=True
    ),
)
# Which quarter each task of the plan draws: its number, and how many years after the school year's first it lies.
DRAWS = {"draw-q2": (2, 0), "draw-q3": (3, 0), "draw-q4": (4, 0), "draw-q1": (1, 1)}
TITLES = {one.kind: one.title for one in PLAN}
