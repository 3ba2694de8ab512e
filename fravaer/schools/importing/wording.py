"""What does the person who imports a roster read about it?

Counts, classes and days; of pupils only the roster's own keys, because what is printed may end in a log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.schools.importing.canonical import ClassKey
from fravaer.schools.importing.difference import Delta, Difference, Guarded, Move, Shrinking, Turn

KEYS_SHOWN = 10


def sentences(found: Difference, schools: Mapping[str, str], *, every_key: bool = False) -> list[str]:
    """One line for each kind of change; none when nothing changes. `schools` are names by institution number."""
    parts: list[tuple[str, Delta]] = [  # type: ignore[type-arg]
        (_("Municipality"), found.municipality),
        (_("Areas"), found.areas),
        (_("Schools"), found.schools),
        (_("School years"), found.years),
        (_("Classes"), found.classes),
        (_("Pupils"), found.pupils),
    ]
    told = [counts(name, len(part.added), len(part.changed), len(part.removed)) for name, part in parts]
    told += _moves(found.moves, schools, every_key)
    told += [
        counts(_("Guardians"), len(found.guardians.added), len(found.guardians.changed), 0),
        _delta(_("Guardians of pupils"), found.guardianships),
        counts(
            _("Staff"),
            len(found.staff.added),
            len(found.staff.changed) + len(found.returned),
            len(found.left),
        ),
        _delta(_("Posts"), found.posts),
        _delta(_("Closed and open days"), found.day_rules),
    ]
    return [line for line in told if line]


def shrinking(found: Iterable[Shrinking], schools: Mapping[str, str]) -> list[str]:
    """Why the guard refuses, one sentence for each thing that would shrink to less than half."""
    sentence = {
        Guarded.PUPILS: _("%(school)s: %(gone)d of %(before)d pupils are not in the files."),
        Guarded.STAFF: _("%(gone)d of %(before)d members of staff are not in the files."),
        Guarded.GUARDIANSHIPS: _(
            "%(gone)d of %(before)d links between guardian and pupil are not in the files."
        ),
    }
    return [
        sentence[one.what]
        % {"school": schools.get(one.school, one.school), "gone": one.gone, "before": one.before}
        for one in found
    ]


def counts(name: str, added: int, changed: int, removed: int) -> str:
    """`Schools: 2 new, 1 changed`; "" when nothing happens."""
    told = [
        (added, ngettext("%(n)d new", "%(n)d new", added)),
        (changed, ngettext("%(n)d changed", "%(n)d changed", changed)),
        (removed, ngettext("%(n)d removed", "%(n)d removed", removed)),
    ]
    words = ", ".join(word % {"n": n} for n, word in told if n)
    return f"{name}: {words}" if words else ""


def _delta(name: str, part: Delta) -> str:  # type: ignore[type-arg]
    return counts(name, len(part.added), len(part.changed), len(part.removed))


def _moves(moves: Iterable[Move], schools: Mapping[str, str], every_key: bool) -> Iterable[str]:
    grouped: dict[tuple[Turn, ClassKey, ClassKey | None, date], list[str]] = defaultdict(list)
    for move in moves:
        grouped[(move.turn, move.school_class, move.before, move.on)].append(move.pupil)
    for (turn, school_class, before, on), keys in grouped.items():
        n = len(keys)
        sentence = {
            Turn.BEGINS: ngettext(
                "%(class)s: %(n)d pupil begins on %(day)s",
                "%(class)s: %(n)d pupils begin on %(day)s",
                n,
            ),
            Turn.MOVES: ngettext(
                "%(class)s: %(n)d pupil comes from %(before)s on %(day)s",
                "%(class)s: %(n)d pupils come from %(before)s on %(day)s",
                n,
            ),
            Turn.ENDS: ngettext(
                "%(class)s: %(n)d pupil is out of the class from %(day)s",
                "%(class)s: %(n)d pupils are out of the class from %(day)s",
                n,
            ),
            Turn.LEAVES: ngettext(
                "%(class)s: %(n)d pupil is not in the files and out of the class from %(day)s",
                "%(class)s: %(n)d pupils are not in the files and out of the class from %(day)s",
                n,
            ),
            Turn.CORRECTED: ngettext(
                "%(class)s: the days of %(n)d pupil are corrected, from %(day)s",
                "%(class)s: the days of %(n)d pupils are corrected, from %(day)s",
                n,
            ),
        }[turn] % {
            "class": _name(school_class, schools),
            "n": n,
            "day": on.strftime("%d-%m-%Y"),
            "before": _name(before, schools) if before else "",
        }
        yield sentence if turn == Turn.BEGINS else f"{sentence} ({_keys(keys, every_key)})"


def _keys(keys: list[str], every_key: bool) -> str:
    if every_key or len(keys) <= KEYS_SHOWN:
        return ", ".join(keys)
    more = len(keys) - KEYS_SHOWN
    return _("%(keys)s and %(n)d more") % {"keys": ", ".join(keys[:KEYS_SHOWN]), "n": more}


def _name(school_class: ClassKey, schools: Mapping[str, str]) -> str:
    return f"{schools.get(school_class.school, school_class.school)} {school_class.name}"
