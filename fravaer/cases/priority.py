"""Who of them first, and why?

A transparent sum in whole points, the same for sorting and for showing: each part is counted by the database, the list is
sorted by their sum, and a press on a row shows every part with its number. It proposes an order of reading, and decides
nothing. What each part is worth stands in one table, with the sentence that explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Case as Cases
from django.db.models import (
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, ExtractDay, Greatest, Least
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.cases.models import Crossing, Letter, LetterKind, LetterState
from fravaer.cases.rules import REFERRAL, UNLAWFUL, WARNING
from fravaer.core.periods import Quarter

# Weights. An overdue action outweighs any step of the law, that outweighs a band, and so on down.
OVERDUE = 100
REFERRAL_DUE = 60
WARNING_DUE = 40
A_BAND = 12
# Of the rise in the last twenty school days: one a percentage point, in tenths.
A_POINT_OF_TREND = 10
MOST_OF_TREND = 10
# Days without a word with home or child, and days over the line: one a week.
A_WEEK = 7
MOST_OF_SILENCE = 8
MOST_OF_WAITING = 6

# From so many points on a row is called so.
LEVELS: tuple[tuple[int, Promise], ...] = (
    (100, _("Urgent")),
    (50, _("High")),
    (25, _("Medium")),
    (0, _("Ordinary")),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sum: its annotation, what it is called, and the sentence that says how it is counted."""

    name: str
    label: Promise
    sentence: Promise


PARTS = (
    Part(
        "for_overdue",
        _("Overdue action"),
        _("100 when an agreed action is overdue: somebody promised, and it has not happened."),
    ),
    Part(
        "for_law",
        _("Step the law asks for"),
        _(
            "60 when the referral at 15% unlawful is due, 40 when the warning at 10% is, until the letter is signed off."
        ),
    ),
    Part("for_band", _("Line"), _("12 for each line: early effort 12, absence team 24, massive absence 36.")),
    Part(
        "for_trend",
        _("Rise"),
        _("1 for each percentage point the last 20 school days are above the 20 before; at most 10."),
    ),
    Part(
        "for_silence",
        _("No contact"),
        _(
            "1 for each week since the last contact with home or child, or since the line was crossed; at most 8."
        ),
    ),
    Part("for_waiting", _("Waiting"), _("1 for each week over the line; at most 6.")),
)


@dataclass(frozen=True, slots=True)
class Share:
    """A part as one row has it."""

    label: str
    points: int
    sentence: str


def parts(day: date, *, with_trend: bool) -> dict[str, Combinable]:
    """Each part as the database counts it, of crossings with `next_due` and `last_contact`.

    Who may not see by how much a pupil is away gets nothing by the trend: it would tell.
    """
    trend = _capped(F("reading__trend_tenths") / Value(A_POINT_OF_TREND), MOST_OF_TREND)
    return {
        "for_overdue": Cases(
            When(next_due__lt=day, then=Value(OVERDUE)), default=Value(0), output_field=IntegerField()
        ),
        "for_law": Cases(
            When(_step_due(REFERRAL.percent, LetterKind.REFERRAL, day), then=Value(REFERRAL_DUE)),
            When(_step_due(WARNING.percent, LetterKind.WARNING, day), then=Value(WARNING_DUE)),
            default=Value(0),
            output_field=IntegerField(),
        ),
        "for_band": Cases(
            # The law's lines have their own part.
            When(rule__purpose="law", then=Value(0)),
            default=F("band") * Value(A_BAND),
            output_field=IntegerField(),
        ),
        "for_trend": trend if with_trend else Value(0),
        "for_silence": _capped(
            _days(day, Coalesce(F("last_contact"), F("over_since"))) / Value(A_WEEK),
            MOST_OF_SILENCE,
        ),
        "for_waiting": _capped(_days(day, F("over_since")) / Value(A_WEEK), MOST_OF_WAITING),
    }


def added(rows: QuerySet[Crossing], counted: dict[str, Combinable]) -> QuerySet[Crossing]:
    """The rows with every part, and `priority`, their sum."""
    total: Combinable = Value(0)
    for part in PARTS:
        total = total + F(part.name)
    return rows.annotate(**counted).annotate(priority=ExpressionWrapper(total, output_field=IntegerField()))


def shares(row: Crossing) -> list[Share]:
    """The parts of a row that count anything, in their order: together they are its `priority`."""
    counted = [(part, int(getattr(row, part.name))) for part in PARTS]
    return [Share(str(part.label), points, str(part.sentence)) for part, points in counted if points]


def level(points: int) -> tuple[int, str]:
    """The priority in words: 1 the most urgent to 4, and what it is called."""
    for number, (least, label) in enumerate(LEVELS, start=1):
        if points >= least:
            return number, str(label)
    return len(LEVELS), str(LEVELS[-1][1])


def _step_due(percent: int, kind: LetterKind, day: date) -> Exists:
    """Whether a limit of the law on unlawful absence stands crossed in this quarter, and its letter is not signed off."""
    written = Letter.objects.filter(
        pupil=OuterRef("pupil"),
        kind=kind,
        quarter_on=Quarter.of(day).since,
        state__in=[LetterState.SIGNED, LetterState.SENT],
    )
    crossed = Crossing.objects.filter(
        ~Exists(written),
        Q(rule__lower__gte=percent),
        pupil=OuterRef("pupil"),
        ended_on=None,
        rule__purpose="law",
        rule__unit="percent",
        rule__reasons=[UNLAWFUL],
    )
    return Exists(crossed)


def _days(day: date, since: Combinable) -> Combinable:
    """Whole days from a date of the row to `day`."""
    passed = ExpressionWrapper(Value(day, output_field=DateField()) - since, output_field=DurationField())
    # The database extracts a fraction: a sum of whole points wants whole days.
    return Cast(ExtractDay(passed), IntegerField())


def _capped(points: Combinable, most: int) -> Combinable:
    return ExpressionWrapper(
        Least(Greatest(Coalesce(points, Value(0)), Value(0)), Value(most)), output_field=IntegerField()
    )
