"""What does a letter look like on paper, and what is said of it beside the text?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fravaer.cases import composing
from fravaer.cases import evidence as registers
from fravaer.cases.models import Letter, LetterKind, LetterState
from fravaer.cases.pages import letter_words
from fravaer.core.periods import Quarter
from fravaer.core.templatetags.danish import clock, half_days, longdate, percent, quarter, shortdate

Facts = list[tuple[str, str]]


def facts(letter: Letter) -> Facts:
    """What the page says of the letter: what it is, what it rests on, and who did what with it."""
    kept = letter.evidence
    found = [
        (_("Letter"), str(letter.get_kind_display())),
        (_("Language"), str(letter_words.LANGUAGES.get(letter.language, letter.language))),
        (pgettext("a letter", "State"), str(letter.get_state_display())),
    ]
    if "quarter" in kept:
        figures = registers.figures_in(kept)
        said = _("%(percent)s in %(quarter)s: %(unlawful)s of %(possible)s, up to and including %(day)s") % {
            "percent": percent(figures.tenths),
            "quarter": quarter(Quarter.parse(kept["quarter"])),
            "unlawful": half_days(figures.unlawful),
            "possible": half_days(figures.possible),
            "day": shortdate(date.fromisoformat(kept["counted_on"])),
        }
        found.append((_("Unlawful absence"), said))
    who = letter.drafted_by.name if letter.drafted_by else _("prepared by the night")
    found.append((_("Drafted"), f"{shortdate(letter.drafted_at)} · {who}"))
    if letter.signed_at and letter.signed_by:
        found.append((_("Signed off"), f"{shortdate(letter.signed_at)} · {letter.signed_by.name}"))
    if letter.sent_on and letter.sent_by:
        how = str(letter_words.WAYS.get(letter.sent_how, letter.sent_how))
        found.append((_("Sent"), f"{shortdate(letter.sent_on)} · {how} · {letter.sent_by.name}"))
    if letter.upheld_at and letter.upheld_by:
        said = f"{shortdate(letter.upheld_at)} · {letter.upheld_by.name}: {letter.upheld_because}"
        found.append((_("Stands all the same"), said))
    if letter.withdrawn_at:
        who = letter.withdrawn_by.name if letter.withdrawn_by else _("by the night")
        found.append(
            (_("Withdrawn"), f"{shortdate(letter.withdrawn_at)} · {who}: {letter.withdrawn_because}")
        )
    return found


def values(letter: Letter, sender: str) -> dict[str, Any]:
    """What the paper prints, as words: of a signed letter the same whenever it is asked for.

    Raises lettertexts.TextRefused where a draft's text cannot be filled in.
    """
    subject, body = composing.filled(letter, sender)
    head = composing.head(letter, sender)
    with translation.override(letter.language if letter.language in ("da", "en") else "da"):
        page, of = _("Page"), pgettext("page 1 of 2", "of")
        signed = longdate(letter.signed_at) if letter.signed_at else ""
        foot = head["school"]
        if letter.evidence_hash:
            foot = f"{foot} · {letter.evidence_hash[:16]}"
        return {
            "language": letter.language,
            "title": subject,
            "from": head["school"],
            "to": _to(letter, head["to"]),
            "about": head["pupil"] if letter.kind == LetterKind.REFERRAL else "",
            "date": signed,
            "draft": "" if letter.signed_at else _("Draft – not signed off"),
            "withdrawn": _("Withdrawn") if letter.state == LetterState.WITHDRAWN else "",
            "body": body.split("\n\n"),
            "foot": foot,
            "pages": [page, of],
            "attached": _attached(letter.evidence) if letter.kind == LetterKind.REFERRAL else [],
        }


def attached(letter: Letter) -> list[dict[str, Any]]:
    """The evidence of a referral as tables: headings, columns and rows of words."""
    return _attached(letter.evidence)


def _to(letter: Letter, names: list[str]) -> str:
    if letter.kind == LetterKind.REFERRAL:
        return _("To the municipality's social services")
    if not names:
        return _("To those who hold custody")
    return _("To %(names)s") % {"names": _(" and ").join(names)}


def _attached(kept: dict[str, Any]) -> list[dict[str, Any]]:
    register, history = [], []
    for one in kept.get("register", []):
        day = shortdate(date.fromisoformat(one["day"]))
        marks = ", ".join(mark["letter"] or "–" for mark in one["marks"])
        halves = half_days(sum(mark["halves"] for mark in one["marks"]))
        register.append([day, one["class"], marks, halves, "; ".join(one["objections"])])
        for said in one["history"]:
            at = timezone.localtime(datetime.fromisoformat(said["at"]))
            change = f"{said['before'] or '–'} → {said['after']}"
            history.append([day, f"{shortdate(at)} {clock(at)}", said["who"] or "–", change])
    efforts = [
        [
            shortdate(date.fromisoformat(one["day"])) if one["day"] else "–",
            one["what"],
            one["text"],
            one["by"],
        ]
        for one in kept.get("efforts", [])
    ]
    return [
        {
            "title": _("The registers of the days"),
            "columns": [_("Day"), _("Class"), _("Marks"), _("Absent"), _("Guardians' objections")],
            "rows": register,
        },
        {
            "title": _("Who set and changed the marks"),
            "columns": [_("Day"), pgettext("a moment", "When"), _("Who"), _("Change")],
            "rows": history,
        },
        {
            "title": _("What the school has done"),
            "columns": [_("Day"), _("What"), _("Remark"), _("Who")],
            "rows": efforts,
        },
    ]
