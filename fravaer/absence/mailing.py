"""How does a reminder reach a teacher's mailbox?

One e-mail a person, with every register she is asked for and a link to each; no pupil is named in it. What is to be sent
stands in the reminders: a job claims them, sends outside the transaction and settles. A lost job costs a delay, and a
mail server that does not answer costs nothing but that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.absence import reminders
from fravaer.absence.models import Reminder
from fravaer.accounts.models import User
from fravaer.core.templatetags.danish import longdate

LEASE = timedelta(minutes=2)
# An e-mail about this morning's register is worth nothing when it comes after lunch.
FRESH = timedelta(hours=1)


def send(connection: BaseEmailBackend, *, sender: str, base_url: str, now: datetime) -> int:
    """Send the e-mails that wait, and settle their reminders. Returns how many people were written to.

    When the mail server cannot be reached, what is left waits for the next call.
    """
    rows = reminders.claim(now, lease=LEASE, fresh=FRESH)
    if not rows:
        return 0
    people = User.objects.in_bulk({user for row in rows for user in row.asked})
    # A leader who teaches as well is asked for her own class in one e-mail and told of the others in another.
    of_person: dict[tuple[int, bool], list[Reminder]] = defaultdict(list)
    for row in rows:
        for user in row.asked:
            if user in people and people[user].is_active:
                of_person[user, row.step == Reminder.Step.LEADER].append(row)
    sent = 0
    reached: dict[int, int] = dict.fromkeys((row.pk for row in rows), 0)
    unsent: set[int] = set()
    try:
        connection.open()
        for (user, _leads), asked in of_person.items():
            try:
                connection.send_messages([_message(people[user], asked, connection, sender, base_url)])
            except SMTPRecipientsRefused:
                continue
            sent += 1
            for row in asked:
                reached[row.pk] += 1
    except (SMTPException, OSError):
        unsent = {row.pk for row in rows if not reached[row.pk]}
    finally:
        connection.close()
    reminders.release(unsent)
    reminders.settle({row: people for row, people in reached.items() if row not in unsent}, now)
    return sent


def _message(
    to: User, asked: Sequence[Reminder], connection: BaseEmailBackend, sender: str, base_url: str
) -> EmailMessage:
    lines = [
        _("%(class)s, %(checkpoint)s, %(day)s:")
        % {
            "class": row.school_class,
            "checkpoint": row.get_checkpoint_display(),
            "day": longdate(row.day),
        }
        + "\n"
        + base_url
        + reverse("absence:register", args=[row.school_class_id, row.day, row.checkpoint])
        for row in asked
    ]
    first = asked[0]
    names = ", ".join(dict.fromkeys(str(row.school_class) for row in asked))
    if first.step == Reminder.Step.LEADER:
        opening = ngettext(
            "This class lacks its register still. Its teachers have been reminded.",
            "These classes lack their registers still. Their teachers have been reminded.",
            len(asked),
        )
    else:
        opening = ngettext(
            "This register is missing. Take it as soon as you can.",
            "These registers are missing. Take them as soon as you can.",
            len(asked),
        )
    return EmailMessage(
        subject=_("Register missing: %(classes)s") % {"classes": names},
        body="\n\n".join([opening, *lines, str(first.school_class.school)]) + "\n",
        from_email=sender,
        to=[to.email],
        connection=connection,
    )
