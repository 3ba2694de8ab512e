"""How does a morning's digest reach a mailbox?

One e-mail a person and day, with numbers and a link; nobody is named in it, and no reason. It is claimed before it is sent
and never sent twice: what a job that died was doing is left alone, because the page says the same.
"""

from __future__ import annotations

from datetime import date, datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils.translation import gettext as _

from fravaer.cases import digests, words
from fravaer.cases.models import Digest


def send(connection: BaseEmailBackend, *, sender: str, base_url: str, day: date, now: datetime) -> int:
    """Send the day's digests that wait. Returns how many people were written to.

    When the mail server cannot be reached, they wait for the next call.
    """
    rows = digests.waiting(day)
    if not rows:
        return 0
    sent = 0
    try:
        connection.open()
        for row in rows:
            digest = digests.claim(row, now)
            if digest is None:
                continue
            try:
                connection.send_messages([_message(digest, connection, sender, base_url)])
            except SMTPRecipientsRefused:
                continue
            except SMTPResponseException:
                # The server has answered, and said no.
                digests.release(row, digest.attempts)
                break
            digests.settle(row, now)
            sent += 1
    except (SMTPException, OSError):
        return sent
    finally:
        connection.close()
    return sent


def _message(digest: Digest, connection: BaseEmailBackend, sender: str, base_url: str) -> EmailMessage:
    news = words.news(digest)
    return EmailMessage(
        subject=_("Absence: %(news)s") % {"news": news},
        body="\n\n".join(
            [
                _("New since the last school day: %(news)s.") % {"news": news},
                base_url + reverse("cases:worklist"),
                _("This e-mail holds numbers alone. Whom it is about stands on the page."),
            ]
        )
        + "\n",
        from_email=sender,
        to=[digest.user.email],
        connection=connection,
    )
