"""How does a meeting get into somebody's calendar?

As a file of the calendar standard (RFC 5545, RFC 5546) that says "meeting", when and where, and who called it: no child's
name, no school class, not what it is about, because a calendar is read by others than its owner. The same meeting keeps its name
for as long as it exists, and a higher number each time it moves, so that a calendar replaces what it had.
"""

from __future__ import annotations

from datetime import UTC, datetime

import icalendar
from django.utils.translation import gettext as _
from icalendar import vCalAddress, vText

from fravaer.cases.models import Meeting


def method(meeting: Meeting) -> str:
    """What the file asks of a calendar: to take the meeting in, or to take it out."""
    return "CANCEL" if meeting.cancelled_at else "REQUEST"


def ics(meeting: Meeting, now: datetime) -> bytes:
    """The invitation, or the cancellation of a meeting that was cancelled, as of `now`."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//fravaer//DA")
    calendar.add("version", "2.0")
    calendar.add("method", method(meeting))
    event = icalendar.Event()
    event.add("uid", f"{meeting.uuid}@fravaer")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", _("Meeting"))
    event.add("status", "CANCELLED" if meeting.cancelled_at else "CONFIRMED")
    event.add("class", "PRIVATE")
    if meeting.place:
        event.add("location", meeting.place)
    organizer = vCalAddress(f"MAILTO:{meeting.called_by.email}")
    organizer.params["cn"] = vText(meeting.called_by.name)
    event.add("organizer", organizer)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
