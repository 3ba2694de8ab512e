"""What is this figure, and whose is it?

A figure's name says which block it stands in, of which unit it is, and what is measured (`school.7.over_ten`). Here the name is
read back into words.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.reports import wording
from fravaer.reports.blocks import Dashboard, SchoolRow, Value

# Kinds that are counts of something else than pupils' days.
OF_OTHERS = frozenset({"registers", "messages", "cases", "contact", "number"})

MEASURED: Mapping[str, Promise] = {
    "percent": gettext_lazy("Absence"),
    "days": gettext_lazy("Absent days a pupil"),
    "median": gettext_lazy("Median of the pupils' absence"),
    "ministry": gettext_lazy("Absence by the ministry's method"),
    "before": gettext_lazy("Absence on the same days last year"),
    "before_days": gettext_lazy("Absent days a pupil on the same days last year"),
    "before_ministry": gettext_lazy("Absence by the ministry's method on the same days last year"),
    "change": gettext_lazy("Change since last year"),
    "municipality": gettext_lazy("Absence of the whole municipality"),
    "over_ten": gettext_lazy("Pupils with 10 percent absence or more"),
    "unlawful": gettext_lazy("Unlawful absence"),
    "enrolled": gettext_lazy("Pupils"),
    "illness": gettext_lazy("Illness"),
    "leave": gettext_lazy("Leave"),
    "pending": gettext_lazy("No reason yet"),
    "coverage": gettext_lazy("Coverage: school days registered"),
    "timely": gettext_lazy("Registers taken in time"),
    "everybody": gettext_lazy("Absence of all pupils"),
    "everybody_days": gettext_lazy("Absent days a pupil, all pupils"),
    "with_measure": gettext_lazy("Absence of pupils with a social measure"),
    "with_measure_days": gettext_lazy("Absent days a pupil, pupils with a social measure"),
    "due": gettext_lazy("Registers due"),
    "taken": gettext_lazy("Registers taken"),
    "missing": gettext_lazy("Registers missing"),
    "classes": gettext_lazy("Classes that use SMS"),
    "sent": gettext_lazy("SMS sent"),
    "delivered": gettext_lazy("SMS delivered"),
    "failed": gettext_lazy("SMS that did not arrive"),
    "per_class_and_day": gettext_lazy("SMS a class and school day"),
    "first_contact": gettext_lazy("School days from a crossing to the first contact"),
    "planned": gettext_lazy("Over a line, with something agreed"),
    "overdue": gettext_lazy("Pupils with something overdue"),
    "closed": gettext_lazy("Cases closed"),
    "better_attendance": gettext_lazy("Closed with better attendance"),
    "better_attachment": gettext_lazy("Closed with better attachment"),
    "initiatives_open": gettext_lazy("Initiatives under way"),
    "initiatives_settled": gettext_lazy("Initiatives settled"),
}
BLOCKS = {
    "reason": "reasons",
    "measure": "measure",
    "band": "bands",
    "over_ten": "bands",
    "year": "years",
    "quality": "quality",
    "sms": "quality",
    "efforts": "efforts",
}
BLOCKS_OF_ROWS = {"area": "areas", "school": "schools", "year_group": "year-groups", "class": "classes"}
CASES = frozenset({"planned", "overdue", "closed", "better_attendance", "better_attachment", "group"})
REGISTERS = frozenset({"due", "taken", "missing", "timely"})
MESSAGES = frozenset({"classes", "sent", "delivered", "failed", "per_class_and_day"})

DEFINITIONS: Mapping[str, Promise] = {
    "percent": gettext_lazy(
        "How much of the school days that could be attended the pupils were away, of any reason. Half-days count a half."
    ),
    "reason": gettext_lazy(
        "How much of the school days that could be attended the pupils were away for this reason. Half-days count a half."
    ),
    "days": gettext_lazy(
        "How many school days each pupil was away on average: absent days divided by the pupils who had a school day."
    ),
    "median": gettext_lazy(
        "Half of the pupils have less absence than this, and half have as much or more. A few pupils with very much absence "
        "move the mean, and hardly the median."
    ),
    "ministry": gettext_lazy(
        "The mean of the pupils' own percentages. It is comparable with the ministry's published figures."
    ),
    "share": gettext_lazy("How many of the pupils have that much absence, of those who have a percentage."),
    "pupils": gettext_lazy("How many pupils have that much absence."),
    "change": gettext_lazy(
        "The figure less that of the same days last year, in percentage points, between the figures as they are shown."
    ),
    "coverage": gettext_lazy(
        "How many of the pupils' school days so far are registered. A register that was not taken makes nobody present "
        "and nobody absent."
    ),
    "enrolled": gettext_lazy(
        "The pupils who had a school day in the period, registered or not. Who went to two schools counts once in the whole."
    ),
    "due": gettext_lazy("The registers there should be: one for each class, school day and noting."),
    "taken": gettext_lazy("The registers that were taken."),
    "missing": gettext_lazy("The registers that are due and were not taken."),
    "timely": gettext_lazy(
        "How many of the morning's registers were taken by the school's deadline, of those that were due."
    ),
    "quality_pending": gettext_lazy("Absent days for which nobody has said a reason yet."),
    "classes": gettext_lazy("Classes of whose pupils at least one SMS was sent."),
    "sent": gettext_lazy("Messages the provider has received. Drafts and messages held back do not count."),
    "delivered": gettext_lazy("Messages the provider says have reached the telephone."),
    "failed": gettext_lazy("Messages the provider says could not be delivered."),
    "per_class_and_day": gettext_lazy(
        "Messages sent, divided by the classes that use SMS and the school days."
    ),
    "first_contact": gettext_lazy(
        "School days from a pupil came over a line until somebody spoke with the home: the middle one of them."
    ),
    "group": gettext_lazy("Cases open on the last day counted."),
    "planned": gettext_lazy(
        "Of the pupils who came over a line in the period, those with whom somebody has agreed what is to be done."
    ),
    "overdue": gettext_lazy("Pupils of whom something that was agreed is past its day."),
    "closed": gettext_lazy("Cases closed in the period."),
    "better_attendance": gettext_lazy(
        "Cases closed in the period in which the child was less away after the effort than before, over equal spans of days."
    ),
    "better_attachment": gettext_lazy(
        "Cases closed in the period in which the child was more attached to the school community after the effort than before."
    ),
    "initiatives_open": gettext_lazy("Initiatives agreed by the areas that have no outcome yet."),
    "initiatives_settled": gettext_lazy(
        "Initiatives agreed after earlier quarters whose outcome is written."
    ),
}


def kind(value: Value) -> str:
    """How the figure was made, which decides its formula: percent, days, share, coverage, ministry, median, change and so on."""
    last = _last(value)
    if value.unit == "points":
        return "change"
    if last in REGISTERS:
        return "registers"
    if last in MESSAGES:
        return "messages"
    if last == "first_contact":
        return "contact"
    if last in CASES or value.id.startswith(("efforts.", "group.")):
        return "cases"
    if value.method in ("ministry", "median"):
        return value.method
    if last == "coverage":
        return "coverage"
    if value.unit == "hundredths":
        return "days"
    if value.unit == "count":
        return "number"
    return "share" if value.method == "count" else "percent"


def title(d: Dashboard, value: Value) -> str:
    """Whose figure it is, and what it is: `Birkeskolen: Fravær`."""
    return f"{place(d, value)}: {_measured(d, value)}"


def definition(value: Value, of: str) -> str:
    """What is measured, in a sentence or two."""
    last = _last(value)
    if last in DEFINITIONS and of in OF_OTHERS:
        return str(DEFINITIONS[last])
    if of == "number":
        is_pending = value.id.startswith("quality")
        return str(DEFINITIONS["quality_pending" if is_pending else "pupils"])
    if of == "cases":
        return str(DEFINITIONS["group"])
    if of == "percent" and _reason(value):
        return str(DEFINITIONS["reason"])
    return str(DEFINITIONS[of])


def place(d: Dashboard, value: Value) -> str:
    """The unit the figure is of."""
    head, _dot, rest = value.id.partition(".")
    if head == "measure":
        pair = next(
            pair
            for pair in d.measure or ()
            if value in (pair.everybody, pair.everybody_days, pair.with_measure, pair.with_measure_days)
        )
        return wording.group(pair)
    if head == "year":
        return f"{d.asked.place.name}, {wording.years(rest.partition('.')[0])}"
    if row := _row(d, value):
        return wording.row(row)
    return _("The whole municipality") if value.id == "total.municipality" else d.asked.place.name


def block(d: Dashboard, value: Value) -> str:
    """The part of the page the figure stands in."""
    line = _row(d, value)
    if line is not None:
        return BLOCKS_OF_ROWS[line.kind]
    return BLOCKS.get(value.id.partition(".")[0], "total")


def year_groups(d: Dashboard, value: Value) -> str:
    """The year groups the figure is of."""
    head, _dot, rest = value.id.partition(".")
    if head == "year":
        return wording.years(rest.partition(".")[0])
    return wording.years(d.asked.years_code)


def row(d: Dashboard, value: Value) -> SchoolRow | None:
    """The line of a table the figure stands in, where it stands in one."""
    return _row(d, value)


def _row(d: Dashboard, value: Value) -> SchoolRow | None:
    for line in (*d.areas, *d.schools):
        if value.id.startswith(line.percent.id.removesuffix("percent")):
            return line
    return None


def _measured(d: Dashboard, value: Value) -> str:
    head, _dot, rest = value.id.partition(".")
    parts = rest.split(".")
    if head == "reason":
        reason = str(wording.REASONS[parts[0]])
        return reason if len(parts) == 1 else f"{reason}: {_lower(str(MEASURED[parts[1]]))}"
    if head == "year":
        return str(MEASURED["percent"]) if parts[1] == "percent" else str(wording.REASONS[parts[1]])
    if head == "band":
        names = [part for part in parts if part not in ("before", "count")]
        said = _("Pupils with %(band)s absence") % {"band": _lower(wording.band(names[0]))}
        return said if "before" not in parts else _("%(what)s, the same days last year") % {"what": said}
    if head == "over_ten":
        said = str(MEASURED["over_ten"])
        return said if "before" not in parts else _("%(what)s, the same days last year") % {"what": said}
    if (last := _last(value)) in MEASURED:
        return str(MEASURED[last])
    if d.efforts:
        for group in d.efforts.groups:
            if group.count == value:
                return _("Open cases: %(group)s") % {"group": group.name}
    return str(MEASURED["closed"])


def _reason(value: Value) -> bool:
    return any(part in wording.REASONS for part in value.id.split("."))


def _last(value: Value) -> str:
    return value.id.rpartition(".")[2]


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
