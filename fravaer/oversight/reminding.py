"""Who is reminded of samples that nobody has answered, and was she this week already?

One e-mail a leader and week, with a number and a link: it names nobody, neither the child nor the colleague. A row is made for
each before anything is sent, and claimed by whoever sends it; what a job that died was doing is left alone, because whether it
left nobody can know, and the page says the same. The only writer of these e-mails.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.accounts.models import Grant
from fravaer.accounts.roles import MAY, Action, Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.mail import Door
from fravaer.oversight.models import Sample, SampleMail

ANSWERING = [role for role in Role if Action.SAMPLE_ANSWER in MAY[role]]
# A mail server that says no is asked again at the next call, so often and no more.
ATTEMPTS = 5
REMEMBERED = timedelta(days=366)


def make(week_on: date, now: datetime) -> int:
    """Make the week's e-mail of every leader whose answer somebody waits for. Returns how many; a second call finds them made."""
    waiting: Counter[int] = Counter()
    for user_id, role in _leaders(now):
        found = Sample.objects.visible_to(scope_of(user_id, now, role)).waiting().count()
        waiting.update({user_id: found})
    made = [
        SampleMail(user_id=user_id, week_on=week_on, samples=count)
        for user_id, count in waiting.items()
        if count
    ]
    known = set(SampleMail.objects.filter(week_on=week_on).values_list("user_id", flat=True))
    fresh = [one for one in made if one.user_id not in known]
    SampleMail.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def send(out: Door, week_on: date, now: datetime) -> int:
    """Send the week's e-mails that wait. Returns how many; when the mail server cannot be reached they wait for the next call."""
    rows = SampleMail.objects.filter(week_on=week_on, claimed_at=None, attempts__lt=ATTEMPTS).order_by("pk")
    ids, sent = list(rows.values_list("pk", flat=True)), 0
    if not ids:
        return 0
    try:
        out.connection.open()
        for pk in ids:
            if not SampleMail.objects.filter(pk=pk, claimed_at=None).update(claimed_at=now):
                continue
            row = SampleMail.objects.select_related("user").get(pk=pk)
            try:
                out.connection.send_messages([_message(row, out)])
            except SMTPRecipientsRefused:
                continue
            except SMTPResponseException:
                # The server has answered, and said no: it did not leave.
                SampleMail.objects.filter(pk=pk, mailed_at=None).update(
                    claimed_at=None, attempts=F("attempts") + 1
                )
                break
            SampleMail.objects.filter(pk=pk).update(mailed_at=now)
            sent += 1
    except (SMTPException, OSError):
        return sent
    finally:
        out.connection.close()
    return sent


def forget(week_on: date) -> int:
    """Forget which leaders were reminded more than a year ago. Returns how many."""
    return SampleMail.objects.filter(week_on__lt=week_on - REMEMBERED).delete()[0]


def _leaders(now: datetime) -> list[tuple[int, str]]:
    held = Grant.objects.filter(
        role__in=ANSWERING, valid_from__lte=now, valid_until__gt=now, revoked_at=None, user__is_active=True
    ).exclude(user__email="")
    return sorted(set(held.values_list("user_id", "role")))


def _message(row: SampleMail, out: Door) -> EmailMessage:
    words = ngettext(
        "%(count)d reading waits for your answer", "%(count)d readings wait for your answer", row.samples
    )
    said = words % {"count": row.samples}
    return EmailMessage(
        subject=_("Samples of the log: %(said)s") % {"said": said},
        body="\n\n".join(
            [
                _("%(said)s on whether the work needed it.") % {"said": said},
                out.base_url + reverse("oversight:samples"),
                _("This e-mail holds a number alone. Whom it is about stands on the page."),
            ]
        )
        + "\n",
        from_email=out.sender,
        to=[row.user.email],
        connection=out.connection,
    )
