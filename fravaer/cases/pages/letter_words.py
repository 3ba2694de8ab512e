"""How are letters, their fields, checks and problems called on the pages?"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fravaer.cases import letters, lifecycle, undermining
from fravaer.cases.lettertexts import Problem, TextRefused
from fravaer.cases.pages import refusals
from fravaer.core.templatetags.danish import percent

LANGUAGES: Mapping[str, str | Promise] = {
    "da": gettext_lazy("Danish"),
    "en": gettext_lazy("English"),
    "ar": gettext_lazy("Arabic"),
    "tr": gettext_lazy("Turkish"),
    "uk": gettext_lazy("Ukrainian"),
    "so": gettext_lazy("Somali"),
}
# What the fields are called on the page; in the files and the rows they have their own names.
FIELDS: Mapping[str, str | Promise] = {
    "given_name": pgettext_lazy("a field of a letter", "given_name"),
    "school": pgettext_lazy("a field of a letter", "school"),
    "quarter": pgettext_lazy("a field of a letter", "quarter"),
    "days": pgettext_lazy("a field of a letter", "days"),
    "list": pgettext_lazy("a field of a letter", "list"),
    "percent": pgettext_lazy("a field of a letter", "percent"),
    "meeting": pgettext_lazy("a field of a letter", "meeting"),
    "sender": pgettext_lazy("a field of a letter", "sender"),
}
CHECKS: Mapping[str, str | Promise] = {
    "registers": gettext_lazy("The registers of the days listed have been looked at and are right"),
    "reasons": gettext_lazy("Nobody has given a reason that the school can accept for the days listed"),
    "spoken": gettext_lazy("The school has spoken with the home, or has tried to"),
    "custody": gettext_lazy("It has been looked up who holds custody, and how each of them gets the letter"),
    "child": gettext_lazy("The child knows of the meeting and has been asked what she wants"),
    "warned": gettext_lazy("The parents were warned at 10%, or the letter says why not"),
    "told": gettext_lazy("The parents have been told that the municipality is notified"),
    "efforts": gettext_lazy("What the school has done is written in the case"),
}
WAYS: Mapping[str, str | Promise] = {
    "digital_post": gettext_lazy("Digital Post"),
    "handed_over": gettext_lazy("Handed over"),
    "post": gettext_lazy("By post"),
    "municipality": gettext_lazy("To the municipality, in this system"),
}


def canonical(typed: str) -> str:
    """The fields by their own names, however the page calls them."""
    for name, label in FIELDS.items():
        typed = typed.replace(f"{{{label}}}", f"{{{name}}}")
    return typed


def shown(text: str) -> str:
    """The fields as the page calls them."""
    for name, label in FIELDS.items():
        text = text.replace(f"{{{name}}}", f"{{{label}}}")
    return text


def words(problem: Problem) -> str:
    """The problem of a text in plain words."""
    about = str(FIELDS.get(problem.about, problem.about))
    match problem.rule:
        case "empty":
            return _("Write both a heading and a text.")
        case "subject":
            return _("The heading is one line of at most %(most)s characters.") % {"most": about}
        case "long":
            return _("The text is longer than %(most)s characters. Nothing of it is lost.") % {"most": about}
        case "field":
            return _("“{%(about)s}” is none of the fields. Use only those named above the box.") % {
                "about": about
            }
        case "braces":
            return _("A brace stands alone. Fields are written {like this}.")
        case "missing":
            return _("The letter must have the field {%(field)s}.") % {"field": about}
        case "misplaced":
            return _("The field {%(field)s} cannot be used in this letter.") % {"field": about}
        case _:
            return _("The text has what looks like a CPR number. It must not stand in a letter.")


def refusal(error: Exception) -> str:
    """Why nothing was done to a letter, and what to do."""
    match error:
        case letters.Corrected():
            return _(
                "The registers have been corrected since the letter was drafted. Nothing is signed: look at both figures "
                "below, and count anew or withdraw the letter."
            )
        case letters.NotReached(figures=figures):
            return _(
                "The registers show %(percent)s unlawful now, which is under the limit. No such letter is to be written; "
                "withdraw the draft."
            ) % {"percent": percent(figures.tenths)}
        case letters.Unchecked(missing=missing):
            return _("Not everything has been seen to yet: %(missing)s.") % {
                "missing": "; ".join(str(CHECKS[name]) for name in missing)
            }
        case letters.Stale():
            return _(
                "Somebody changed the letter after you opened the page. Nothing of yours is saved: read what is new, and "
                "save again."
            )
        case TextRefused(problems=problems):
            return " ".join(words(problem) for problem in problems)
        case undermining.NotUndermined():
            return _("The registers show the limit again. There is nothing to answer.")
        case lifecycle.HandedOver():
            return refusals.said(error)
        case _:
            return _("The letter has come further meanwhile. What you did is not saved.")
