"""How are rules, proposals and what they would do said on their pages?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.cases import foreseen, proposals, rulesets, words
from fravaer.cases.contradictions import Wish
from fravaer.cases.models import Rule, RuleProposal
from fravaer.cases.pages.rule_forms import WORDS
from fravaer.cases.preview import MANY_OF_A_CLASS
from fravaer.cases.rules import Purpose, Unit
from fravaer.cases.rules import Rule as PlainRule
from fravaer.core import drawing
from fravaer.core.drawing import Columns
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import count, longdate, percent, shortdate
from fravaer.schools.models import Pupil, School, SchoolClass

# Below this a number is not told to roles that know no pupil.
FEW = 5

title = words.title


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as a line of a list."""

    url: str
    name: str
    whole: str
    place: str
    since: str
    until: str
    ruleset: str
    step: int


def row(rule: Rule) -> Row:
    return Row(
        url=reverse("cases:rule", args=[rule.pk]),
        name=words.band(rule),
        whole=words.whole(rule),
        place=rule.school.name if rule.school else _("The whole municipality"),
        since=shortdate(rule.valid_from) if rule.valid_from.year > 2000 else _("from the beginning"),
        until=shortdate(rule.valid_until) if rule.valid_until else "",
        ruleset=words.title(rule.ruleset),
        step=rule.band,
    )


def rows(rules: Iterable[Rule]) -> list[Row]:
    return [row(rule) for rule in rules]


def grouped(rules: Iterable[Rule]) -> list[tuple[str, list[Row]]]:
    """Rules by what they are for, the worklist's first."""
    found: dict[str, list[Row]] = {Purpose.TRIAGE.value: [], Purpose.LAW.value: []}
    for rule in rules:
        found[rule.purpose].append(row(rule))
    headings = {Purpose.TRIAGE.value: _("For the worklist"), Purpose.LAW.value: _("What the law asks for")}
    return [(headings[purpose], of_purpose) for purpose, of_purpose in found.items() if of_purpose]


def facts(rule: Rule | PlainRule) -> list[tuple[str, str]]:
    """Everything a rule says, as pairs of term and description."""
    margin = {
        Unit.PERCENT: ngettext(
            "%(number)d percentage point below the line",
            "%(number)d percentage points below the line",
            rule.easing_margin,
        ),
        Unit.SPELLS: ngettext(
            "%(number)d spell below the line", "%(number)d spells below the line", rule.easing_margin
        ),
    }.get(
        Unit(rule.unit),
        ngettext("%(number)d day below the line", "%(number)d days below the line", rule.easing_margin),
    )
    said = [
        (_("The line"), words.limits(rule)),
        (_("Which absence counts"), words.which(rule) or _("all absence")),
        (_("Over which days"), words.window(rule)),
        (
            _("Speaks from"),
            _("%(possible)d school days held and %(absent)d days away")
            % {"possible": rule.minimum_possible_days, "absent": rule.minimum_absent_days},
        ),
        (_("Off the list"), margin % {"number": rule.easing_margin}),
        (
            _("Registers needed"),
            _("%(share)s of those due") % {"share": percent(10 * rule.coverage)},
        ),
        (
            _("Deadline"),
            ngettext("%(days)d school day", "%(days)d school days", rule.deadline_days)
            % {"days": rule.deadline_days},
        ),
        (
            _("Not told again within"),
            ngettext("%(days)d school day", "%(days)d school days", rule.cooldown_days)
            % {"days": rule.cooldown_days},
        ),
        (_("Who is told"), ", ".join(str(Role(role).label) for role in rule.tells) or _("nobody")),
        (_("What it is for"), words.purpose(rule)),
    ]
    if isinstance(rule, Rule):
        said.append((_("Whose pupils"), rule.school.name if rule.school else _("The whole municipality")))
        if source := words.source(rule.ruleset):
            said.append((_("Where it is written"), source))
    return said


@dataclass(frozen=True, slots=True)
class SetWords:
    """A shipped set as people read it."""

    code: str
    title: str
    source: str
    rules: list[tuple[str, str]]
    is_on: bool


def of_set(found: rulesets.RuleSet, is_on: bool) -> SetWords:
    return SetWords(
        found.code,
        words.title(found.code),
        words.source(found.code),
        [(words.band(rule), words.whole(rule)) for rule in found.rules],
        is_on,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal as a line of a list, and all that was said of it."""

    uuid: Any
    url: str
    said: list[str]
    place: str
    valid_from: date
    proposed: str
    outcome: str
    text: str
    answer: str


def waiting_all(found: Iterable[RuleProposal]) -> list[Waiting]:
    every = list(found)
    ended = proposals.ended_by(every)
    return [waiting(one, ended) for one in every]


def waiting(proposal: RuleProposal, ended: Mapping[int, Rule] | None = None) -> Waiting:
    return Waiting(
        uuid=proposal.uuid,
        url=reverse("cases:rule-proposal", args=[proposal.uuid]),
        said=_said(proposals.wish_of(proposal), proposals.ended_by([proposal]) if ended is None else ended),
        place=proposal.school.name if proposal.school else _("The whole municipality"),
        valid_from=proposal.valid_from,
        proposed=_("Proposed %(day)s by %(name)s.")
        % {"day": longdate(proposal.proposed_at), "name": proposal.proposed_by.name},
        outcome=_outcome(proposal),
        text=proposal.text,
        answer=proposal.answer,
    )


def _said(wish: Wish, ended: Mapping[int, Rule]) -> list[str]:
    """What a proposal changes, a sentence a line."""
    ending = {pk: ended[pk] for pk in wish.ends}
    said = []
    for rule in wish.rules:
        before = next(
            (pk for pk, row in ending.items() if (row.family, row.band) == (rule.family, rule.band)), None
        )
        names = {"name": words.band(rule), "after": words.whole(rule)}
        if before is None:
            said.append(_("New: %(name)s, %(after)s") % names)
        else:
            names["before"] = words.whole(ending.pop(before))
            said.append(_("%(name)s: from %(before)s to %(after)s") % names)
    said += [
        _("Ends: %(name)s, %(before)s") % {"name": words.band(row), "before": words.whole(row)}
        for row in ending.values()
    ]
    return said


def _outcome(proposal: RuleProposal) -> str:
    if proposal.withdrawn_at:
        assert proposal.withdrawn_by is not None
        return _("Withdrawn %(day)s by %(name)s.") % {
            "day": longdate(proposal.withdrawn_at),
            "name": proposal.withdrawn_by.name,
        }
    if proposal.decided_at:
        assert proposal.decided_by is not None
        names = {"day": longdate(proposal.decided_at), "name": proposal.decided_by.name}
        if proposal.agreed:
            asked = proposal.undo_asked_by
            undo = _("%(name)s asks for it to be withdrawn.") % {"name": asked.name} if asked else ""
            decided = _("Decided %(day)s by %(name)s.") % names
            return f"{decided} {undo}".strip()
        return _("Refused %(day)s by %(name)s.") % names
    return ""


def refusal(error: Exception) -> str:
    """Why a decision was not taken."""
    match error:
        case proposals.SecondPersonNeeded():
            return _("You proposed the change yourself. Another person has to decide it.")
        case proposals.AnotherNeeded():
            return _("You asked for it yourself. Another person has to agree.")
        case proposals.ChiefNeeded():
            return _("One of the two has to be the School and Day-care chief.")
        case proposals.Contradicts():
            return " ".join(str(WORDS[problem.contradiction]) for problem in error.problems)
        case _:
            return _("Somebody decided or withdrew it meanwhile, or it is in force already.")


@dataclass(frozen=True, slots=True)
class LineWords:
    """What one line does, ready for the page: figures are written, and small ones hidden from who may know no pupil."""

    name: str
    before: str
    after: str
    was: str
    caught: str
    added: str
    dropped: str
    schools: list[tuple[str, str]]
    year_groups: list[tuple[str, str]]
    classes: list[tuple[str, str]]
    # Classes of fewer are not named.
    least: int
    weeks: list[tuple[str, str]]
    weekly: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class EffectWords:
    day: date
    caught: str
    share: str
    pupils: str
    lines: list[LineWords]
    # Whether what is told by school, year group and class is of the reader's own schools, and the rest of more.
    is_part: bool
    # Only of pupils the reader may see: name, class.
    names: list[tuple[str, str]] = field(default_factory=list)


def effect(found: foreseen.Effect, scope: Scope, day: date) -> EffectWords:
    """The effect as this reader may see it: her own schools' part, and names where her pupils are named to her at all."""
    schools = dict(School.objects.visible_to(scope).order_by("sort_name").values_list("pk", "name"))
    class_ids = {key for line in found.lines for key, _n in line.classes}
    classes = {
        one.pk: f"{one}, {one.school.name}"
        for one in SchoolClass.objects.visible_to(scope).filter(pk__in=class_ids).select_related("school")
    }
    return EffectWords(
        day=found.day,
        caught=_shown(found.caught, scope),
        share=percent(1000 * found.caught // found.pupils if found.pupils else None),
        pupils=count(found.pupils),
        lines=[_line(line, scope, schools, classes) for line in found.lines],
        is_part=any(set(line.schools) - set(schools) for line in found.lines),
        names=_names(found, scope, day),
    )


def _line(
    line: foreseen.Line, scope: Scope, schools: Mapping[int, str], classes: Mapping[int, str]
) -> LineWords:
    said = line.after or line.before
    assert said is not None
    weeks = foreseen.weekly(line, None if scope.municipality else schools)
    numbers = [number for _end, number in weeks]
    groups = foreseen.year_groups(line, schools)
    least = MANY_OF_A_CLASS if scope.persons else max(MANY_OF_A_CLASS, FEW)
    return LineWords(
        name=words.band(said),
        before=words.whole(line.before) if line.before else "",
        after=words.whole(line.after) if line.after else "",
        was=_shown(line.was, scope),
        caught=_shown(line.caught, scope),
        added=_shown(line.added, scope),
        dropped=_shown(line.dropped, scope),
        schools=[
            (name, _shown(line.schools[key], scope)) for key, name in schools.items() if line.schools.get(key)
        ],
        year_groups=[
            (_("Year group %(number)d") % {"number": group}, _shown(number, scope))
            for group, number in groups.items()
        ],
        classes=[
            (classes[key], count(number))
            for key, number in line.classes
            if key in classes and number >= least
        ],
        least=least,
        weeks=[(shortdate(end), _shown(number, scope)) for end, number in weeks],
        weekly=_weekly(numbers),
        columns=drawing.columns(numbers),
    )


def _weekly(numbers: list[int]) -> str:
    if not numbers:
        return ""
    return _("%(total)d in %(weeks)d weeks with school, %(most)d in the week with most.") % {
        "total": sum(numbers),
        "weeks": len(numbers),
        "most": max(numbers),
    }


def _shown(number: int, scope: Scope) -> str:
    if not scope.persons and 0 < number < FEW:
        return _("1–%(most)d") % {"most": FEW - 1}
    return count(number)


def _names(found: foreseen.Effect, scope: Scope, day: date) -> list[tuple[str, str]]:
    if not (scope.persons and found.of_pupils):
        return []
    place = "enrolments__school_class__"
    shown = (
        Pupil.objects.visible_to(scope, day)
        .filter(pk__in=found.of_pupils, enrolments__starts_on__lte=day, enrolments__until__gt=day)
        .order_by(f"{place}year_group", f"{place}letter", "sort_given")
        .values_list("pk", "given_name", "family_name", f"{place}year_group", f"{place}letter")
    )
    if shown:
        trail.saw(scope, "rule_preview", [row[0] for row in shown])
    return [
        (f"{given} {family}", words.class_name(year, letter)) for _pk, given, family, year, letter in shown
    ]
