"""How does a reminder of the year's tasks reach its owner's mailbox?

One e-mail a person with every task that is due within a week; no pupil and no figure stands in it. A job claims the tasks,
sends outside the transaction, and lets go of what is known not to have left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from smtplib import SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.accounts.models import User
from fravaer.core.templatetags.danish import longdate
from fravaer.reports import wheel
from fravaer.reports.models import WheelItem


def send(connection: BaseEmailBackend, *, sender: str, base_url: str, today: date, now: datetime) -> int:
    """Send the reminders that are due. Returns how many people were written to.

    When the mail server cannot be reached, what is left waits for the next call.
    """
    of_person: dict[User, list[WheelItem]] = defaultdict(list)
    for row in wheel.claim(today, now):
        if row.owner and row.owner.is_active:
            of_person[row.owner].append(row)
    if not of_person:
        return 0
    waiting = dict(of_person)
    sent = 0
    try:
        connection.open()
        for person, rows in of_person.items():
            try:
                connection.send_messages([_message(person, rows, connection, sender, base_url)])
                sent += 1
            except SMTPRecipientsRefused:
                pass
            del waiting[person]
    except (SMTPException, OSError):
        wheel.release(row for rows in waiting.values() for row in rows)
    finally:
        connection.close()
    return sent


def _message(
    to: User, rows: Sequence[WheelItem], connection: BaseEmailBackend, sender: str, base_url: str
) -> EmailMessage:
    lines = [
        f"{longdate(row.due_on)}: {wheel.title(row)}" + (f" ({row.area.name})" if row.area else "")
        for row in rows
    ]
    opening = ngettext(
        "This task of the year wheel is yours and due within a week.",
        "These tasks of the year wheel are yours and due within a week.",
        len(rows),
    )
    where = _("The year wheel: %(address)s") % {"address": base_url + reverse("reports:wheel")}
    return EmailMessage(
        subject=ngettext("Year wheel: one task is due", "Year wheel: %(count)d tasks are due", len(rows))
        % {"count": len(rows)},
        body="\n\n".join([opening, "\n".join(lines), where]) + "\n",
        from_email=sender,
        to=[to.email],
        connection=connection,
    )
