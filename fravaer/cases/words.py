"""How is a rule, a figure or a trend said in words?"""

from __future__ import annotations

from datetime import date

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from fravaer.absence.tallies import cut_tenths
from fravaer.cases import rulesets
from fravaer.cases.measuring import TREND_DAYS
from fravaer.cases.models import Crossing, Digest, Reading, Rule
from fravaer.cases.rules import (
    ANY_REASON,
    ILLNESS,
    LEAVE,
    PENDING,
    UNLAWFUL,
    LegalLimit,
    Purpose,
    Unit,
    Window,
)
from fravaer.cases.rules import Rule as PlainRule
from fravaer.core.periods import Quarter
from fravaer.core.templatetags.danish import percent, quarter

# A change smaller than this, in tenths of a percentage point, is nobody's trend.
UNCHANGED = 10


def band(rule: Rule | PlainRule) -> str:
    """What the band is called: as the municipality named it, or by the product's word for it, or else by what it says."""
    if rule.name:
        return rule.name
    match rule.code:
        case "early_effort":
            return _("Early effort")
        case "absence_team":
            return _("Absence team")
        case "massive":
            return _("Massive absence")
        case "warning":
            return _("Warning to the parents")
        case "referral":
            return _("Referral to the municipality")
        case "illness_row" | "illness_quarter":
            return _("Teaching during illness")
        case "contact":
            return _("Contact with the parents")
        case "support_plan":
            return _("Support plan")
        case _:
            return whole(rule)


def limits(rule: Rule | PlainRule) -> str:
    """`10–20 %`, `over 20 %`, `mindst 7 dage`, `5 dage i træk` or `over 4 perioder`."""
    numbers = {"lower": rule.lower, "upper": rule.upper}
    kind = "between" if rule.upper is not None else "least" if rule.lower_inclusive else "over"
    if rule.upper is not None and rule.upper == rule.lower:
        kind = "exactly"
    match rule.unit:
        case Unit.PERCENT:
            return {
                "between": _("%(lower)d–%(upper)d%%"),
                "exactly": _("exactly %(lower)d%%"),
                "least": _("at least %(lower)d%%"),
                "over": _("over %(lower)d%%"),
            }[kind] % numbers
        case Unit.DAYS:
            return {
                "between": _("%(lower)d–%(upper)d days"),
                "exactly": _("exactly %(lower)d days"),
                "least": ngettext("at least %(lower)d day", "at least %(lower)d days", rule.lower),
                "over": ngettext("over %(lower)d day", "over %(lower)d days", rule.lower),
            }[kind] % numbers
        case Unit.RUN:
            return {
                "between": _("%(lower)d–%(upper)d days in a row"),
                "exactly": _("exactly %(lower)d days in a row"),
                "least": ngettext("%(lower)d day in a row", "%(lower)d days in a row", rule.lower),
                "over": _("over %(lower)d days in a row"),
            }[kind] % numbers
        case _:
            return {
                "between": _("%(lower)d–%(upper)d spells"),
                "exactly": _("exactly %(lower)d spells"),
                "least": ngettext("at least %(lower)d spell", "at least %(lower)d spells", rule.lower),
                "over": ngettext("over %(lower)d spell", "over %(lower)d spells", rule.lower),
            }[kind] % numbers


def whole(rule: Rule | PlainRule) -> str:
    """The rule in one breath: `5 dage i træk`, `7 af de sidste 20 skoledage`, `mindst 10 % ulovligt i kvartalet`."""
    if rule.unit == Unit.RUN:
        if not which(rule):
            return limits(rule)
        return _("%(days)s with %(reasons)s") % {"days": limits(rule), "reasons": which(rule)}
    if rule.unit == Unit.DAYS and rule.window == Window.LAST_DAYS and _is_plain_least(rule):
        said = _("%(lower)d of the last %(days)d school days") % {
            "lower": rule.lower,
            "days": rule.window_days,
        }
        return _joined(said, which(rule))
    return _joined(limits(rule), which(rule), window(rule))


def _is_plain_least(rule: Rule | PlainRule) -> bool:
    return rule.lower_inclusive and rule.upper is None


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)


def which(rule: Rule | PlainRule) -> str:
    """Which absence counts: nothing where all of it does, else `sygdom eller ulovligt`."""
    if set(rule.reasons) == set(ANY_REASON):
        return ""
    named = {
        ILLNESS: pgettext("a reason a rule counts", "illness"),
        LEAVE: pgettext("a reason a rule counts", "permitted leave"),
        UNLAWFUL: pgettext("a reason a rule counts", "unlawful"),
        PENDING: pgettext("a reason a rule counts", "unexplained"),
    }
    words = [word for reason, word in named.items() if reason in rule.reasons]
    if len(words) == 1:
        return words[0]
    return _("%(first)s or %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def window(rule: Rule | PlainRule) -> str:
    """`i skoleåret`, `i kvartalet` or `af de sidste 20 skoledage`."""
    match rule.window:
        case Window.SCHOOL_YEAR:
            return _("in the school year")
        case Window.QUARTER:
            return _("in the quarter")
        case _:
            return ngettext(
                "in the last %(days)d school day",
                "in the last %(days)d school days",
                rule.window_days or 0,
            ) % {"days": rule.window_days}


def purpose(rule: Rule | PlainRule) -> str:
    """What a crossing of the rule is for."""
    if rule.purpose == Purpose.LAW:
        return _("Letters and duties of the law")
    return _("The worklist")


def title(ruleset: str) -> str:
    """What a shipped set is called; a municipality's own rules belong to none."""
    found = rulesets.BY_CODE.get(ruleset)
    return _(found.title) if found else _("Own rule")


def source(ruleset: str) -> str:
    """Where a shipped set is written, in a sentence; nothing for a municipality's own."""
    found = rulesets.BY_CODE.get(ruleset)
    return _(found.source) if found else ""


def measured_over(rule: Rule, since: date) -> str:
    """`siden august`, `i 1. kvartal 2026` or `de sidste 20 skoledage`."""
    match rule.window:
        case Window.SCHOOL_YEAR:
            return since_month(since)
        case Window.QUARTER:
            return _("in %(quarter)s") % {"quarter": quarter(Quarter.of(since))}
        case _:
            return _("the last %(days)d school days") % {"days": rule.window_days}


def since_month(since: date) -> str:
    """`siden august`."""
    return _("since %(month)s") % {"month": date_format(since, "F")}


def figure(crossing: Crossing) -> str:
    """`12,4 % siden august`, as of the latest count."""
    reading = latest(crossing)
    tenths = crossing.tenths if reading is None or reading.tenths is None else reading.tenths
    return f"{percent(tenths)} {measured_over(crossing.rule, crossing.since)}"


def covered(crossing: Crossing) -> str:
    """`97,2 % registreret`: of the registers due in the days the figure counts, those taken; nothing where none was due."""
    reading = latest(crossing)
    counted = crossing if reading is None or reading.tenths is None else reading
    share = cut_tenths(counted.possible, counted.due)
    return "" if share is None else _("%(share)s registered") % {"share": percent(share)}


def rule(crossing: Crossing) -> str:
    """`regel 10–20 %`."""
    return _("rule %(limits)s") % {"limits": limits(crossing.rule)}


def latest(crossing: Crossing) -> Reading | None:
    """The crossing's reading, if a triage has counted since it was found."""
    return getattr(crossing, "reading", None)


def trend(reading: Reading | None) -> tuple[str, str]:
    """An arrow and what it says: the last twenty school days against the twenty before."""
    if reading is None or reading.trend_tenths is None:
        return "", _("too early to say")
    change = reading.trend_tenths
    shares = {"earlier": percent(reading.earlier_tenths), "recent": percent(reading.recent_tenths)}
    if change >= UNCHANGED:
        return "↗", _("rising: from %(earlier)s to %(recent)s") % shares
    if change <= -UNCHANGED:
        return "↘", _("falling: from %(earlier)s to %(recent)s") % shares
    return "→", _("steady: from %(earlier)s to %(recent)s") % shares


def trend_in_days(reading: Reading | None) -> str:
    """`stiger: fra 8,0 % til 14,5 % på 20 skoledage`: the trend where nothing beside it says of how many days."""
    said = trend(reading)[1]
    if reading is None or reading.trend_tenths is None:
        return said
    return _("%(trend)s in %(days)d school days") % {"trend": said, "days": TREND_DAYS}


def days_since(since: date, day: date) -> str:
    """`12 dage`, from the day of the crossing to the day in view."""
    days = max(0, (day - since).days)
    if not days:
        return _("today")
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def class_name(year_group: int | None, letter: str | None) -> str:
    return "–" if year_group is None else f"{year_group}.{letter}"


def legal(limit: LegalLimit | None) -> str:
    """Which of the law's limits on unlawful absence in a quarter is reached, and whose turn it is."""
    if limit is None:
        return _("Below the law's limits of 10 and 15%.")
    if limit.code == "warning":
        return _("At least 10%: the school leader warns the parents.")
    return _("At least 15%: the school leader notifies the municipality.")


def news(digest: Digest) -> str:
    """What a digest counts, as `3 elever, 1 klasse`; numbers of nothing are left out."""
    said = []
    if digest.crossed:
        said.append(
            ngettext("%(count)d pupil", "%(count)d pupils", digest.crossed) % {"count": digest.crossed}
        )
    if digest.law:
        said.append(
            ngettext("%(count)d over a line of the law", "%(count)d over a line of the law", digest.law)
            % {"count": digest.law}
        )
    if digest.clusters:
        said.append(
            ngettext("%(count)d class", "%(count)d classes", digest.clusters) % {"count": digest.clusters}
        )
    if digest.letters:
        said.append(
            ngettext("%(count)d letter waiting", "%(count)d letters waiting", digest.letters)
            % {"count": digest.letters}
        )
    if digest.due:
        said.append(
            ngettext("%(count)d action due", "%(count)d actions due", digest.due) % {"count": digest.due}
        )
    return ", ".join(said)
