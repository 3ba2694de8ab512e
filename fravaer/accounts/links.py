"""How does the owner of an account with a password get in for the first time, or again when she has lost what opens it?

The only writer of links. Nobody asks for one on the sign-in page: an access administrator starts it, for somebody else, and what
sets a second proof aside takes a second administrator and leaves when the account has access. The link goes to the address the
account has, by a job that makes its secret as the e-mail leaves; kept is a keyed hash of it. It works once and for hours. Using
it ends every session of the account. (Data protection regulation article 32.)
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import NoReturn
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from fravaer.accounts import factors, passkeys, passwords, sessions
from fravaer.accounts.models import AccountLink, Grant, Identity, LinkKind, User
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import clock, shortdate

LASTS = {
    LinkKind.INVITATION: timedelta(hours=24),
    LinkKind.PASSWORD: timedelta(hours=2),
    LinkKind.ANEW: timedelta(hours=2),
}
TAKES_TWO = frozenset({LinkKind.INVITATION, LinkKind.ANEW})
# So long somebody may wait for the second administrator; and so long it is shown what became of it.
WAITS, SHOWN = timedelta(days=7), timedelta(days=90)
MOST_A_DAY = 5
LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 50


class Why(StrEnum):
    """Why there is no link."""

    HERSELF = "herself"
    ELSEWHERE = "elsewhere"
    HAS_PASSWORD = "has_password"  # noqa: S105
    NO_PASSWORD = "no_password"  # noqa: S105
    TOO_MANY = "too_many"
    DECIDED = "decided"
    CLOSED = "closed"


class Refused(Exception):
    """There is no link; `why` says for which reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


def open_account(email: str, name: str, scope: Scope) -> User:
    """Make an account for somebody who has none. Two persons give it access, and no link leaves before. Raises Refused."""
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise Refused(Why.CLOSED)
    with transaction.atomic():
        user = User.objects.create(
            email=email.strip().lower(), name=name.strip(), password=make_password(None)
        )
        trail.changed(scope.actor_id, "account.open", role=scope.role, subject="user", subject_id=user.pk)
    return user


def ask(scope: Scope, *, user_id: int, kind: LinkKind, now: datetime) -> AccountLink:
    """Start a link into somebody else's account; one that stood open is over. Raises Refused."""
    assert scope.actor_id is not None
    if user_id == scope.actor_id:
        _refuse("account.link.refused", user_id, scope)
    with transaction.atomic():
        # Two who ask at the same moment come one after the other.
        user = User.objects.select_for_update().get(pk=user_id, is_active=True)
        if why := _hindrance(user, kind, now):
            raise Refused(why)
        _open().filter(user=user).update(ended_at=now)
        link = AccountLink.objects.create(user=user, kind=kind, asked_by_id=scope.actor_id, asked_at=now)
        _note("account.link.ask", link, scope)
    return link


def waiting(now: datetime) -> QuerySet[AccountLink]:
    """The links that wait for a second administrator, the oldest first."""
    rows = _open().filter(kind__in=TAKES_TWO, approved_by=None, asked_at__gt=now - WAITS)
    return rows.select_related("user", "asked_by").order_by("asked_at", "pk")


def lately(now: datetime) -> QuerySet[AccountLink]:
    """The other links of the last three months, the latest first."""
    rows = AccountLink.objects.filter(asked_at__gt=now - SHOWN).exclude(pk__in=waiting(now).values("pk"))
    rows = _with_access(rows, now).select_related("user", "asked_by", "approved_by")
    return rows.order_by("-asked_at", "-pk")


def approve(wanted: UUID, scope: Scope, now: datetime) -> AccountLink:
    """Agree to what another administrator asked for. Raises Refused, and DoesNotExist."""
    link = AccountLink.objects.get(uuid=wanted)
    if scope.actor_id in (link.user_id, link.asked_by_id):
        _refuse("account.link.refused", link.user_id, scope)
    with transaction.atomic():
        found = waiting(now).select_for_update(of=("self",)).filter(pk=link.pk).first()
        if found is None:
            raise Refused(Why.DECIDED)
        AccountLink.objects.filter(pk=found.pk).update(approved_by_id=scope.actor_id, approved_at=now)
        _note("account.link.approve", found, scope)
    return found


def withdraw(wanted: UUID, scope: Scope, now: datetime) -> None:
    """Let a link open nothing any more. Raises Refused when it is over already, and DoesNotExist."""
    link = AccountLink.objects.get(uuid=wanted)
    with transaction.atomic():
        if not _open().filter(pk=link.pk).update(ended_at=now):
            raise Refused(Why.DECIDED)
        _note("account.link.withdraw", link, scope)


def hashed(token: str) -> str:
    """What a link is found by."""
    return salted_hmac("fravaer.accounts.links", token, algorithm="sha256").hexdigest()


def good(digest: str, now: datetime) -> AccountLink | None:
    """The link with this hash, if it opens anything now. Looking uses nothing up: programs that read mail look as well."""
    return _good(digest, now).first()


def use(digest: str, password: str, now: datetime) -> User | None:
    """Let the owner have the password by this link, once; None when it opens nothing any more.

    By an invitation and when she begins anew, what she proved herself with is gone.
    """
    with transaction.atomic():
        link = _good(digest, now).select_for_update(of=("self",)).first()
        if link is None:
            return None
        AccountLink.objects.filter(pk=link.pk).update(used_at=now)
        passwords.change(link.user, password)
        if link.kind in TAKES_TWO:
            factors.forget_all(link.user_id, link.user_id)
            passkeys.forget_all(link.user_id)
        ended = sessions.end_all(link.user_id)
        trail.changed(
            link.user_id,
            "account.link.use",
            subject="user",
            subject_id=link.user_id,
            detail={"kind": link.kind, "sessions": ended},
        )
    return link.user


def send(connection: BaseEmailBackend, *, sender: str, base_url: str, now: datetime) -> int:
    """Send the links that wait to leave. Returns how many left. What could not leave waits for the next call."""
    leaving = _claimed(now)
    sent = 0
    try:
        if leaving:
            connection.open()
        for link in leaving:
            token = secrets.token_urlsafe(24)
            until = now + LASTS[LinkKind(link.kind)]
            # Before it leaves, so that it opens when it arrives. One nobody was sent is nobody's.
            AccountLink.objects.filter(pk=link.pk).update(digest=hashed(token), until=until)
            message = _message(link, f"{base_url}{reverse('login-link', args=[token])}", until)
            message.from_email = sender
            try:
                connection.send_messages([message])
            except SMTPRecipientsRefused:
                AccountLink.objects.filter(pk=link.pk).update(ended_at=now)
                continue
            AccountLink.objects.filter(pk=link.pk).update(mailed_at=now)
            sent += 1
    except (SMTPException, OSError):
        pass
    finally:
        connection.close()
    AccountLink.objects.filter(pk__in=[link.pk for link in leaving]).update(claimed_until=None)
    return sent


def forget(now: datetime) -> int:
    """Let go of links nobody asks for any more; the trail keeps who asked for which. Returns how many."""
    return AccountLink.objects.filter(asked_at__lt=now - SHOWN).delete()[0]


def _hindrance(user: User, kind: LinkKind, now: datetime) -> Why | None:
    if Identity.objects.filter(user=user).exists():
        return Why.ELSEWHERE
    if (kind == LinkKind.INVITATION) == user.has_usable_password():
        return Why.HAS_PASSWORD if user.has_usable_password() else Why.NO_PASSWORD
    day = AccountLink.objects.filter(user=user, asked_at__gt=now - timedelta(days=1))
    return Why.TOO_MANY if day.count() >= MOST_A_DAY else None


def _open() -> QuerySet[AccountLink]:
    return AccountLink.objects.filter(used_at=None, ended_at=None)


def _with_access(rows: QuerySet[AccountLink], now: datetime) -> QuerySet[AccountLink]:
    """The links, each with whether its owner has anything to do here: else she would come to a closed door."""
    held = Grant.objects.filter(
        user=OuterRef("user"), revoked_at=None, valid_from__lte=now, valid_until__gt=now
    )
    return rows.annotate(has_access=Exists(held))


def _good(digest: str, now: datetime) -> QuerySet[AccountLink]:
    rows = _open().filter(digest=digest, until__gt=now, user__is_active=True)
    return rows.select_related("user")


def _claimed(now: datetime) -> list[AccountLink]:
    """Links nobody else is sending, taken for a moment."""
    agreed = Q(approved_by__isnull=False, has_access=True) | Q(kind=LinkKind.PASSWORD)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    with transaction.atomic():
        rows = _with_access(_open(), now).filter(
            agreed & free, mailed_at=None, user__is_active=True, asked_at__gt=now - WAITS
        )
        found = list(
            rows.select_for_update(skip_locked=True, of=("self",)).select_related("user")[:MOST_AT_ONCE]
        )
        AccountLink.objects.filter(pk__in=[one.pk for one in found]).update(claimed_until=now + LEASE)
    return found


def _message(link: AccountLink, address: str, until: datetime) -> EmailMessage:
    """The e-mail: the owner's own name, what happens, and nothing else about anybody."""
    if link.kind == LinkKind.INVITATION:
        subject = _("Your account in Fravær")
        what = _("The municipality has opened an account for you in Fravær. Choose your password here:")
        then = _(
            "Afterwards you choose a second proof: a passkey, or an app on your telephone that shows codes."
        )
    elif link.kind == LinkKind.PASSWORD:
        subject = _("A new password for Fravær")
        what = _("You can choose a new password for Fravær here:")
        then = _("You then sign in with it and your second proof, and are signed out everywhere else.")
    else:
        subject = _("Begin anew in Fravær")
        what = _("You can choose a new password for Fravær here:")
        then = _("What you proved yourself with until now opens nothing any more: you choose a new one.")
    body = _(
        "Hello %(name)s\n\n%(what)s\n\n%(address)s\n\nThe link works once, until %(day)s %(time)s. %(then)s\n\n"
        "Did you not expect this? Then leave the link alone, and tell your leader.\n"
    ) % {
        "name": link.user.name,
        "what": what,
        "address": address,
        "day": shortdate(until),
        "time": clock(until),
        "then": then,
    }
    return EmailMessage(subject=subject, body=body, to=[link.user.email])


def _refuse(what: str, user_id: int, scope: Scope) -> NoReturn:
    """Keep that somebody tried, and refuse it. Outside the transaction that would take the entry back."""
    trail.changed(scope.actor_id, what, role=scope.role, subject="user", subject_id=user_id)
    raise Refused(Why.HERSELF)


def _note(what: str, link: AccountLink, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="user",
        subject_id=link.user_id,
        detail={"kind": link.kind},
    )
