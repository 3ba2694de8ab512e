"""How does word of an emergency access reach those who answer for it?

It stands on their pages at once; where there is a mail server an e-mail leaves as well. It says that there is something to
answer and where, and names neither the child nor who opened it. A job claims what waits, sends outside the transaction and
settles; what could not leave waits for the next call.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from fravaer.accounts.models import EmergencyAlert

LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 50


def send(connection: BaseEmailBackend, *, sender: str, base_url: str, now: datetime) -> int:
    """Send the e-mails that wait. Returns how many left. One that the server refuses for its address stands on the page."""
    waiting = _claimed(now)
    if not waiting:
        return 0
    settled: list[int] = []
    sent = 0
    try:
        connection.open()
        for alert in waiting:
            try:
                connection.send_messages([_message(alert, connection, sender, base_url)])
                sent += 1
            except SMTPRecipientsRefused:
                pass
            settled.append(alert.pk)
    except (SMTPException, OSError):
        pass
    finally:
        connection.close()
    EmergencyAlert.objects.filter(pk__in=settled).update(mailed_at=now, claimed_until=None)
    left = [alert.pk for alert in waiting if alert.pk not in settled]
    EmergencyAlert.objects.filter(pk__in=left).update(claimed_until=None)
    return sent


def _claimed(now: datetime) -> list[EmergencyAlert]:
    """Alerts nobody else is sending, taken for a moment."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    with transaction.atomic():
        found = list(
            EmergencyAlert.objects.select_for_update(skip_locked=True)
            .filter(free, mailed_at=None, user__is_active=True)
            .order_by("pk")[:MOST_AT_ONCE]
        )
        EmergencyAlert.objects.filter(pk__in=[one.pk for one in found]).update(claimed_until=now + LEASE)
    return list(EmergencyAlert.objects.filter(pk__in=[one.pk for one in found]).select_related("user"))


def _message(alert: EmergencyAlert, connection: BaseEmailBackend, sender: str, base_url: str) -> EmailMessage:
    return EmailMessage(
        subject=_("Emergency access was used"),
        body=_(
            "Somebody has opened a child's data by emergency access. See why, and answer within three school days "
            "whether there was a need for it:\n\n%(address)s\n"
        )
        % {"address": base_url + reverse("emergencies")},
        from_email=sender,
        to=[alert.user.email],
        connection=connection,
    )
