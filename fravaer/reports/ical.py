"""What does a calendar read of the year wheel?

The tasks of this school year and the next as events of a whole day each, in the form of RFC 5545. A task taken off the wheel
is there as cancelled, so that calendars that have it let it go. No pupil and no figure stands in it.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from fravaer.core.periods import school_year_start
from fravaer.core.scope import Scope
from fravaer.reports import wheel
from fravaer.reports.models import WheelItem

FETCHED_EVERY = timedelta(hours=6)


def calendar(scope: Scope, today: date) -> bytes:
    """The calendar of the tasks the person sees. One query."""
    since = school_year_start(today).year
    found = Calendar()
    found.add("prodid", "-//fravaer//year wheel//DA")
    found.add("version", "2.0")
    found.add("x-wr-calname", _("Year wheel, absence"))
    found.add("refresh-interval", FETCHED_EVERY, parameters={"VALUE": "DURATION"})
    rows = WheelItem.objects.visible_to(scope).filter(school_year__in=(since, since + 1))
    for row in rows.select_related("area", "owner").order_by("due_on", "pk"):
        found.add_component(_event(row))
    return bytes(found.to_ical())


def _event(row: WheelItem) -> Event:
    event = Event()
    event.add("uid", f"{row.uuid}@fravaer")
    event.add("dtstamp", row.changed_at)
    event.add("last-modified", row.changed_at)
    event.add("sequence", row.sequence)
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if row.cancelled_at else "CONFIRMED")
    title = f"{wheel.title(row)} – {row.area.name}" if row.area else wheel.title(row)
    event.add("summary", _("Done: %(title)s") % {"title": title} if row.done_at else title)
    lines = [_("Responsible: %(name)s") % {"name": row.owner.name} if row.owner else "", row.text]
    if any(lines):
        event.add("description", "\n".join(line for line in lines if line))
    return event
