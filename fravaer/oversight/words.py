"""What is an entry of the trail called for people?"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

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

# What a change is about, by the beginning of its name.
THINGS: dict[str, str | Promise] = {
    "register": gettext_lazy("A register"),
    "absence": gettext_lazy("Absence"),
    "known": gettext_lazy("Known absence"),
    "objection": gettext_lazy("An objection"),
    "certificate": gettext_lazy("A medical certificate"),
    "closing": gettext_lazy("A completed registration"),
    "local_reason": gettext_lazy("A word for a reason"),
    "arrangement": gettext_lazy("A school's arrangement"),
    "half_days": gettext_lazy("The rule of half-days"),
    "plan": gettext_lazy("The plan of school days"),
    "sms": gettext_lazy("SMS"),
    "case": gettext_lazy("A case"),
    "note": gettext_lazy("A note"),
    "party": gettext_lazy("Somebody taking part in a case"),
    "action": gettext_lazy("An agreed action"),
    "contact": gettext_lazy("A contact with the home"),
    "concern": gettext_lazy("A concern"),
    "letter": gettext_lazy("A letter"),
    "referral": gettext_lazy("A referral"),
    "document": gettext_lazy("A case's file"),
    "class_effort": gettext_lazy("Work with a class"),
    "snooze": gettext_lazy("A pause on the worklist"),
    "pupil": gettext_lazy("Who acts on a pupil"),
    "worklist": gettext_lazy("The worklist"),
    "rule": gettext_lazy("A rule"),
    "offer": gettext_lazy("An offer"),
    "filter": gettext_lazy("A saved worklist"),
    "triage": gettext_lazy("Triage"),
    "measure": gettext_lazy("A social measure"),
    "grant": gettext_lazy("An access"),
    "access": gettext_lazy("A proposal of access"),
    "block": gettext_lazy("A block from a pupil"),
    "role": gettext_lazy("The role acted in"),
    "session": gettext_lazy("A sign-in"),
    "factor": gettext_lazy("A second factor"),
    "account": gettext_lazy("An account"),
    "identity": gettext_lazy("A login outside"),
    "emergency": gettext_lazy("Emergency access"),
    "cpr": gettext_lazy("A CPR number"),
    "roster": gettext_lazy("A roster"),
    "target": gettext_lazy("A target"),
    "annotation": gettext_lazy("A remark on figures"),
    "initiative": gettext_lazy("An agreed initiative"),
    "wheel": gettext_lazy("The year wheel"),
    "feed": gettext_lazy("A calendar feed"),
    "quarter": gettext_lazy("A quarter"),
    "export": gettext_lazy("A file asked for"),
    "data_set": gettext_lazy("A data set for the ministry"),
    "package": gettext_lazy("The data package"),
    "unlawful": gettext_lazy("Lists of unlawful absence"),
    "control": gettext_lazy("Log control"),
    "sample": gettext_lazy("A sample of the log"),
    "hit": gettext_lazy("Something that stood out"),
    "insight": gettext_lazy("A request for insight"),
    "keeping": gettext_lazy("How long data are kept"),
}
# What was done to it, by the end of its name; what is not here is told as changed.
DEEDS: dict[str, str | Promise] = {
    "take": pgettext_lazy("an entry of the log", "taken"),
    "correct": pgettext_lazy("an entry of the log", "corrected"),
    "remind": pgettext_lazy("an entry of the log", "reminded of"),
    "explain": pgettext_lazy("an entry of the log", "explained"),
    "undo": pgettext_lazy("an entry of the log", "taken back"),
    "ask": pgettext_lazy("an entry of the log", "asked for"),
    "grant": pgettext_lazy("an entry of the log", "granted"),
    "refuse": pgettext_lazy("an entry of the log", "refused"),
    "withdraw": pgettext_lazy("an entry of the log", "withdrawn"),
    "end": pgettext_lazy("an entry of the log", "ended"),
    "report": pgettext_lazy("an entry of the log", "reported"),
    "agree": pgettext_lazy("an entry of the log", "agreed to"),
    "propose": pgettext_lazy("an entry of the log", "proposed"),
    "approve": pgettext_lazy("an entry of the log", "approved"),
    "enter": pgettext_lazy("an entry of the log", "entered"),
    "answer": pgettext_lazy("an entry of the log", "answered"),
    "declare": pgettext_lazy("an entry of the log", "declared"),
    "lift": pgettext_lazy("an entry of the log", "lifted"),
    "begin": pgettext_lazy("an entry of the log", "begun"),
    "open": pgettext_lazy("an entry of the log", "opened"),
    "close": pgettext_lazy("an entry of the log", "closed"),
    "reopen": pgettext_lazy("an entry of the log", "opened again"),
    "send": pgettext_lazy("an entry of the log", "sent"),
    "sign": pgettext_lazy("an entry of the log", "signed"),
    "draft": pgettext_lazy("an entry of the log", "drafted"),
    "edit": pgettext_lazy("an entry of the log", "edited"),
    "receive": pgettext_lazy("an entry of the log", "received"),
    "hear": pgettext_lazy("an entry of the log", "heard"),
    "decide": pgettext_lazy("an entry of the log", "decided"),
    "uphold": pgettext_lazy("an entry of the log", "upheld"),
    "reveal": pgettext_lazy("an entry of the log", "shown whole"),
    "look_up": pgettext_lazy("an entry of the log", "looked up"),
    "add": pgettext_lazy("an entry of the log", "added"),
    "remove": pgettext_lazy("an entry of the log", "removed"),
    "fetch": pgettext_lazy("an entry of the log", "fetched"),
    "make": pgettext_lazy("an entry of the log", "made"),
    "deliver": pgettext_lazy("an entry of the log", "delivered"),
    "settle": pgettext_lazy("an entry of the log", "settled"),
    "raise": pgettext_lazy("an entry of the log", "raised"),
    "change": pgettext_lazy("an entry of the log", "changed"),
    "pause": pgettext_lazy("an entry of the log", "paused"),
    "resume": pgettext_lazy("an entry of the log", "resumed"),
    "stop": pgettext_lazy("an entry of the log", "stopped"),
    "start": pgettext_lazy("an entry of the log", "started"),
    "again": pgettext_lazy("an entry of the log", "sent again"),
    "give": pgettext_lazy("an entry of the log", "given"),
    "revoke": pgettext_lazy("an entry of the log", "taken away"),
    "lend": pgettext_lazy("an entry of the log", "lent"),
    "prolong": pgettext_lazy("an entry of the log", "prolonged"),
    "search": pgettext_lazy("an entry of the log", "searched"),
    "freeze": pgettext_lazy("an entry of the log", "frozen"),
    "release": pgettext_lazy("an entry of the log", "handed out"),
    "prepare": pgettext_lazy("an entry of the log", "looked through"),
    "dispose": pgettext_lazy("an entry of the log", "disposed of"),
    "place": pgettext_lazy("an entry of the log", "placed"),
    "note": pgettext_lazy("an entry of the log", "noted"),
    "import": pgettext_lazy("an entry of the log", "read in"),
    "share": pgettext_lazy("an entry of the log", "shared"),
    "goal": pgettext_lazy("an entry of the log", "a goal set"),
    "consent": pgettext_lazy("an entry of the log", "a consent noted"),
    "touched": pgettext_lazy("an entry of the log", "met in the register"),
    "password": pgettext_lazy("an entry of the log", "a new password"),
    "view": pgettext_lazy("an entry of the log", "a view noted"),
    "suspicion": pgettext_lazy("an entry of the log", "a supposition noted"),
    "meeting_call": pgettext_lazy("an entry of the log", "a meeting called"),
    "meeting_move": pgettext_lazy("an entry of the log", "a meeting moved"),
    "meeting_hold": pgettext_lazy("an entry of the log", "a meeting held"),
    "meeting_cancel": pgettext_lazy("an entry of the log", "a meeting cancelled"),
    "meeting_minutes": pgettext_lazy("an entry of the log", "minutes written"),
    "week_plan": pgettext_lazy("an entry of the log", "a week plan proposed"),
    "week_plan_grant": pgettext_lazy("an entry of the log", "a week plan granted"),
    "intervention": pgettext_lazy("an entry of the log", "an offer begun"),
    "intervention_stop": pgettext_lazy("an entry of the log", "an offer ended"),
    "attachment": pgettext_lazy("an entry of the log", "attachment noted"),
    "scale": pgettext_lazy("an entry of the log", "five questions answered"),
    "follow_up": pgettext_lazy("an entry of the log", "looked at again"),
}
# Why the controller searches, as it is chosen.
REASONS: dict[str, str | Promise] = {
    "sample": gettext_lazy("Sampling"),
    "complaint": gettext_lazy("A complaint or a question from a citizen"),
    "breach": gettext_lazy("A suspected breach"),
    "insight": gettext_lazy("A request for access to what is held"),
}
READ, CHANGED, REFUSED = "read", "changed", "refused"


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
    """What the page is called: that of the longest beginning that is known, else that it is another. Of what was refused the
    view is named, with its app before."""
    app, _sep, view = subject.rpartition(":")
    if app:
        known = max((name for name in PAGES if view.startswith(name)), key=len, default="")
        return str(PAGES[known]) if known else str(FLOORS.get(app, _("Another page")))
    known = max((name for name in PAGES if subject.startswith(name)), key=len, default="")
    return str(PAGES[known]) if known else _("Another page")


def role(code: str) -> str:
    """The role's name; of a job, that it was the system."""
    return str(Role(code).label) if code in Role.values else _("The system")


DONE: dict[str, str | Promise] = {
    "read": pgettext_lazy("an entry of the log", "Read"),
    "refused": pgettext_lazy("an entry of the log", "Refused"),
}


def done(action: str) -> str:
    """What was done: that it was read or refused, or of a change what it was about and what became of it."""
    if action in DONE:
        return str(DONE[action])
    thing, _dot, deed = action.partition(".")
    changed = pgettext("an entry of the log", "changed")
    about = str(THINGS.get(thing, pgettext("an entry of the log", "Something else")))
    return f"{about}: {DEEDS.get(deed.rpartition('.')[2], changed)}"


def reason(code: str) -> str:
    """The reason that was chosen, in the words it was chosen by; of other pages' own reasons that one was given."""
    return str(REASONS.get(code, _("a reason was given"))) if code else ""


def choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """What the log can be searched for, in words: every page that is read, and everything that is changed."""
    read: dict[str, str] = {}
    for name, called in PAGES.items():
        read.setdefault(str(called), name)
    return [
        ("", _("Everything")),
        (READ, _("Readings")),
        (REFUSED, _("Refusals")),
        (_("Read"), sorted(((f"{READ}:{name}", called) for called, name in read.items()), key=_called)),
        (
            _("Changed"),
            sorted(((f"{CHANGED}:{name}", str(called)) for name, called in THINGS.items()), key=_called),
        ),
    ]


def asked(choice: str) -> dict[str, list[str]]:
    """The actions and pages that a choice of these means, by the beginnings of their names."""
    kind, _colon, name = choice.partition(":")
    if kind == CHANGED:
        return {"actions": [name]}
    if kind == REFUSED:
        return {"actions": [REFUSED]}
    if kind != READ:
        return {}
    called = PAGES.get(name)
    subjects = [one for one, other in PAGES.items() if str(other) == str(called)]
    return {"actions": [READ], "subjects": subjects} if name else {"actions": [READ]}


def _called(choice: tuple[str, str]) -> str:
    return choice[1].casefold()
