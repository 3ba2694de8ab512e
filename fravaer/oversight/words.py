"""What is an entry of the trail called for people?"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fravaer.accounts.roles import Role

# By the beginning of the page's own name, the longest first.
PAGES: dict[str, str | Promise] = {
    "register": gettext_lazy("A class's register"),
    "receipt": gettext_lazy("A class's register"),
    "class": gettext_lazy("A class's page"),
    "history": gettext_lazy("A pupil's history"),
    "known": gettext_lazy("Known absence"),
    "completion": gettext_lazy("A school's registration"),
    "contradictions": gettext_lazy("Contradictions"),
    "unexplained": gettext_lazy("Unexplained absence"),
    "phones": gettext_lazy("Telephone numbers"),
    "phones.protected": gettext_lazy("Telephone numbers of a protected child"),
    "sms": gettext_lazy("SMS to guardians"),
    "worklist": gettext_lazy("The worklist"),
    "pupil": gettext_lazy("A pupil's page"),
    "case": gettext_lazy("A case"),
    "asked": gettext_lazy("What is put before somebody"),
    "document": gettext_lazy("A case's file"),
    "letter": gettext_lazy("A letter"),
    "referral": gettext_lazy("A referral"),
    "duties": gettext_lazy("Warnings and referrals"),
    "meeting-sheet": gettext_lazy("A meeting's sheet"),
    "concerns": gettext_lazy("Concerns"),
    "unlawful": gettext_lazy("Unlawful absence of a quarter"),
    "delivery": gettext_lazy("A delivery to the ministry"),
    "emergency": gettext_lazy("Emergency access"),
    "control": gettext_lazy("Log control"),
    "insight": gettext_lazy("Everything held about a child"),
}


# Of what was refused, by its app, where the page itself has no name above.
FLOORS: dict[str, str | Promise] = {
    "absence": gettext_lazy("Absence"),
    "sms": gettext_lazy("SMS to guardians"),
    "cases": gettext_lazy("A case"),
    "reports": gettext_lazy("Figures"),
    "oversight": gettext_lazy("Log control"),
    "keeping": gettext_lazy("Keeping and disposing"),
}


def page(subject: str) -> str:
    """What the page is called: that of the longest beginning that is known, or the page's own name. Of what was refused the
    view is named, with its app before."""
    app, _sep, view = subject.rpartition(":")
    if app:
        known = max((name for name in PAGES if view.startswith(name)), key=len, default="")
        return str(PAGES[known]) if known else str(FLOORS.get(app, view))
    known = max((name for name in PAGES if subject.startswith(name)), key=len, default="")
    return str(PAGES[known]) if known else subject


def role(code: str) -> str:
    """The role's name; of a job, that it was the system."""
    return str(Role(code).label) if code in Role.values else _("The system")


DONE: dict[str, str | Promise] = {
    "read": pgettext_lazy("an entry of the log", "Read"),
    "refused": pgettext_lazy("an entry of the log", "Refused"),
}


def done(action: str) -> str:
    """What was done, for an entry of a change its own word."""
    return str(DONE[action]) if action in DONE else action
