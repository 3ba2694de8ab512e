"""How are texts, their fields and what is wrong with them called on the pages?"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fravaer.sms import wording
from fravaer.sms.texts import Problem

LANGUAGES: Mapping[str, str | Promise] = {
    "da": gettext_lazy("Danish"),
    "en": gettext_lazy("English"),
    "ar": gettext_lazy("Arabic"),
    "tr": gettext_lazy("Turkish"),
    "uk": gettext_lazy("Ukrainian"),
    "so": gettext_lazy("Somali"),
}
TITLES: Mapping[str, str | Promise] = {
    "absence": gettext_lazy("Not at school – with the given name"),
    "absence_neutral": gettext_lazy("Not at school – without a name"),
    "absence_reply": gettext_lazy("Not at school – with the given name, can be answered"),
    "absence_reply_neutral": gettext_lazy("Not at school – without a name, can be answered"),
    "correction": gettext_lazy("Is at school after all – with the given name"),
    "correction_neutral": gettext_lazy("Is at school after all – without a name"),
    "monthly": gettext_lazy("Days missed last month – with the given name"),
    "monthly_neutral": gettext_lazy("Days missed last month – without a name"),
}
# What the fields are called on the page; in the files and the rows they have their own names.
FIELDS: Mapping[str, str | Promise] = {
    "given_name": pgettext_lazy("a field of a text", "given_name"),
    "school": pgettext_lazy("a field of a text", "school"),
    "phone": pgettext_lazy("a field of a text", "phone"),
    "time": pgettext_lazy("a field of a text", "time"),
    "days": pgettext_lazy("a field of a text", "days"),
}


def measure(whole: str) -> str:
    """`148 tegn · 1 sms`, and that letters outside the plain alphabet make it longer where there are any."""
    encoding, count = wording.segments(whole)
    if encoding == "gsm7":
        return _("%(signs)d characters · %(count)d SMS") % {"signs": len(whole), "count": count}
    return _("%(signs)d characters · %(count)d SMS · other letters than the plain ones") % {
        "signs": len(whole),
        "count": count,
    }


def words(problem: Problem) -> str:
    """The problem in plain words."""
    about = str(FIELDS.get(problem.about, problem.about))
    match problem.rule:
        case "empty":
            return _("Write a text.")
        case "field" if "name" in about or "navn" in about:
            return _(
                "“{%(about)s}” cannot be used: of the names only the given name may stand in an SMS."
            ) % {"about": about}
        case "field" | "braces":
            return _("“{%(about)s}” is none of the fields. Use only those named above the box.") % {
                "about": about
            }
        case "missing" if problem.about == "school":
            return _("The text must say who sends it: write {%(field)s}.") % {"field": about}
        case "missing":
            return _("The text must have the field {%(field)s}.") % {"field": about}
        case "misplaced":
            return _("The field {%(field)s} cannot be used in this text.") % {"field": about}
        case "answers":
            return _("The text must say what it means to answer 1 and to answer 2.")
        case "cpr":
            return _("The text has what looks like a CPR number. It must not stand in an SMS.")
        case "link":
            return _(
                "“%(about)s” reads like a link. We never send links, so that families can tell a false SMS."
            ) % {"about": about}
        case "word":
            return _(
                "“%(about)s” must not stand in an SMS: nothing about illness, reasons, percentages or a case."
            ) % {"about": about}
        case "school":
            return _("The school's name cannot stand in an SMS. Give the school another signature first.")
        case "long":
            return _(
                "The text is too long: with a name of 20 letters it has %(about)s characters, and one SMS holds 160."
            ) % {"about": about}
        case _:
            return _(
                "The text is too long: with letters outside the plain alphabet it has %(about)s characters, and two SMS hold 134."
            ) % {"about": about}


def canonical(typed: str) -> str:
    """The fields by their own names, however the page calls them."""
    for field, label in FIELDS.items():
        typed = typed.replace(f"{{{label}}}", f"{{{field}}}")
    return typed


def shown(body: str) -> str:
    for field, label in FIELDS.items():
        body = body.replace(f"{{{field}}}", f"{{{label}}}")
    return body
