"""What do the components look like, each in all its states?

A page for those who build pages, at /dev/components/ while DEBUG is on. Its people and figures are invented, its words
Danish, so that one sees the lengths Danish has; they are not the product's and stand in no catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace as Sample
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from fravaer.core import charts
from fravaer.core.access import public
from fravaer.core.charts import Bar, HeatRow, Pair, Point, Series
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.core.templatetags.danish import half_days, percent

DAY = date(2026, 3, 10)
REASONS = [("", "Vælg årsag"), ("ill", "Sygdom"), ("leave", "Ekstraordinær frihed")]


@dataclass(frozen=True, slots=True)
class SampleEntry:
    label: str
    url: str = "#"
    current: bool = False
    count: int | None = None
    # Of a part of a long menu.
    entries: tuple[SampleEntry, ...] = ()


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label="Elevens navn", help_text="Fornavn og efternavn, som de står på klasselisten."
    )
    day = forms.DateField(label="Dag")
    reason = forms.ChoiceField(label="Årsag", choices=REASONS)
    note = forms.CharField(
        label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False, help_text="Kun for skolen."
    )
    told_by = forms.ChoiceField(
        label="Hvem gav besked?",
        choices=[("parent", "Forælder"), ("pupil", "Eleven selv"), ("school", "Skolen")],
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label="Dage",
        choices=[("mon", "Mandag"), ("tue", "Tirsdag")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    sure = forms.BooleanField(label="Oplysningerne er kontrolleret med hjemmet")
    version = forms.IntegerField(widget=forms.HiddenInput, initial=3)


class BesideForm(forms.Form):
    """A short form whose fields stand side by side."""

    percent = forms.CharField(label="Måltal i procent")
    valid_from = forms.DateField(label="Gælder fra")


class SampleTable(tables.Table):  # type: ignore[misc]
    caption = "Arbejdsliste"
    priority = tables.Column(verbose_name="Prioritet")
    pupil = tables.Column(verbose_name="Elev")
    why = tables.Column(verbose_name="Hvorfor", orderable=False)
    share = tables.Column(verbose_name="Fravær", attrs={"th": {"class": "number"}, "td": {"class": "number"}})
    next_step = tables.Column(verbose_name="Næste handling")

    class Meta:
        order_by = "priority"
        empty_text = "Ingen elever opfylder reglerne i dag. Seneste beregning kl. 6.00."

    def render_share(self, value: Decimal) -> str:
        return percent(value)


class SampleFilter(django_filters.FilterSet):  # type: ignore[misc]
    text = django_filters.CharFilter(label="Søg efter navn")
    school = django_filters.ChoiceFilter(
        label="Skole", choices=[("1", "Valby Skole"), ("2", "Hafnia Skole")], empty_label="Alle skoler"
    )
    over = django_filters.ChoiceFilter(
        label="Fravær", choices=[("10", "Over 10 %"), ("20", "Over 20 %")], empty_label="Alle"
    )


def _rows(count: int) -> list[dict[str, object]]:
    names = ["Ida Holm", "Noah Østergaard", "Łukasz Nowak", "Aya Al-Hassan", "Åse Thøgersen"]
    return [
        {
            "priority": index % 4 + 1,
            "pupil": f"{names[index % 5]}, {index % 10}.B",
            "why": f"{half_days(7 + index)} af 20 skoledage",
            "share": Decimal(175 - index) / 10,
            "next_step": "Netværksmøde 18-03-2026",
        }
        for index in range(count)
    ]


SHOWN_DAYS = [
    "present",
    "present",
    "absent",
    "half",
    "present",
    "late",
    "none",
    "present",
    "absent",
    "present",
]


def _pupils() -> dict[str, list[dict[str, object]]]:
    """Rows of a register: ill, on leave, here, not here, nothing chosen, a protected name, a long one."""
    known = [
        {"number": 9, "given": "Freja", "family": "Kjær", "letter": "S", "known": "Syg, meldt kl. 7.12"},
        {
            "number": 17,
            "given": "Malthe",
            "family": "Bro",
            "letter": "F",
            "known": "Fri til og med 12-03-2026",
        },
    ]
    others: list[dict[str, object]] = [
        {"number": 1, "given": "Aya", "family": "Al-Hassan", "letter": "T"},
        {"number": 2, "given": "Bertram", "family": "Skov Jensen", "letter": "I"},
        {"number": 3, "given": "Ida", "family": "Holm", "error": "Vælg Her eller Ikke her for Ida Holm."},
        {"number": 4, "given": "Karl-Emil", "family": "Christoffersen", "letter": "T", "protected": True},
        {"number": 5, "given": "Łukasz", "family": "Nowak", "letter": "T"},
    ]
    return {
        "known": [{"id": f"p-{row['number']}", **row} for row in known],
        "others": [{"id": f"p-{row['number']}", **row} for row in others],
    }


def _context(request: Request) -> Mapping[str, Any]:
    wrong = SampleForm({"name": "", "day": "31-02-2026", "version": 3}, auto_id="wrong_%s")
    wrong.is_valid()
    table = SampleTable(_rows(57))
    table.paginate(page=int(request.GET.get("page", 1)), per_page=5)
    return {
        "role_label": "Skolesocialrådgiver",
        "place_label": "Valby Skole",
        "role_choices": [("a", "Skolesocialrådgiver"), ("b", "Leder af skolesocialrådgivere")],
        "day_in_view": DAY,
        "day_is_today": "other" not in request.GET,
        "was_url": "https://was.digst.dk/",
        "navigation": (
            SampleEntry("I dag"),
            SampleEntry("Arbejdsliste", current=True, count=4),
            SampleEntry("Sager"),
            SampleEntry("Kvartal"),
            SampleEntry("Opsætning", entries=(SampleEntry("Regler"), SampleEntry("Skoledage"))),
        ),
        "alerts": [
            ("info", "SMS til forældre sendes kl. 8.20. Du kan rette indtil da."),
            ("success", "Registreret kl. 8.07 af Mette Hald. 26 her, 2 ikke her."),
            ("warning", "Klasselisten er ændret: Noah er kommet til. Kontrollér listen."),
            ("error", "Vi kunne ikke gemme. Dine valg er bevaret. Prøv igen om lidt."),
        ],
        "chips": [
            ("ok", "Registreret kl. 8.07"),
            ("warn", "Mangler"),
            ("bad", "Overskredet frist"),
            ("info", "Afventer"),
            ("", "Åbner kl. 7.45"),
        ],
        "breadcrumb": [("Arbejdsliste", "#"), ("Valby Skole", "#"), ("Ida Holm", "")],
        "form": SampleForm(),
        "beside": BesideForm(auto_id="beside_%s"),
        "wrong": wrong,
        "table": table,
        "empty_table": SampleTable([]),
        "filter": SampleFilter(request.GET, queryset=Sample(model=None)),
        "page": Paginator(range(1, 400), 20).get_page(request.GET.get("side", 3)),
        "shares": [Decimal("6.6"), Decimal("12.1"), Decimal("0.0"), Decimal("34.5")],
        "development": [8, 9, 8, 12, None, 15, 21, 20, 28, 31, 30, 35],
        "no_development": [None, None],
        "tabs": [
            Sample(label="Overblik", url="#", current=True, count=None),
            Sample(label="Tidslinje", url="#", current=False, count=12),
            Sample(label="Plan", url="#", current=False, count=0),
        ],
        "facts": [
            ("Klasse", "7.B"),
            ("Alder", "13 år"),
            ("Ansvarlig", "Kirsten Lund"),
            ("Næste skridt", SafeString("Netværksmøde 18-03-2026, om 2 dage")),
        ],
        "pupils": _pupils(),
        "days": SHOWN_DAYS,
        "quarter": Quarter(2026, 1),
        "charts": _charts(),
    }


def _charts() -> list[tuple[str, charts.Chart]]:
    """Every kind of chart, with what is hidden, uncertain or missing."""
    quarters = [f"{number}. kv.\n{year}" for year in (2024, 2025) for number in (1, 2, 3, 4)]

    def points(*values: int) -> tuple[Point, ...]:
        return tuple(Point(value) for value in values)

    own = (
        *points(61, 52, 74),
        Point(70, is_uncertain=True),
        Point(None),
        Point(None, is_hidden=True),
        *points(76, 73),
    )
    return [
        (
            "Fraværet er steget til 7,3 % og ligger 0,8 procentpoint over måltallet.",
            charts.line(
                quarters,
                [
                    Series("Valby", own),
                    Series("Hele kommunen", points(58, 50, 70, 66, 60, 53, 70, 70)),
                ],
                aims=[70, 70, 70, 65, 65, 65, 65, 65],
                aim="Måltal 6,5 %",
                alt="Fravær i otte kvartaler",
                key="g-line",
            ),
        ),
        (
            "Sygdom er mere end halvdelen af fraværet.",
            charts.stacked(
                ["Sygdom", "Tilladelse", "Ulovligt", "Afventer årsag"],
                [
                    Bar("1. kvartal 2026", (41, 12, 15, 3), "7,1 %"),
                    Bar("1. kvartal 2025", (39, 11, None, 0), "6,5 %"),
                ],
                alt="Fravær efter årsag",
                key="g-stacked",
            ),
        ),
        (
            "Hver femte elev har over 10 % fravær.",
            charts.bands(
                ["0-2 %", "2-5 %", "5-10 %", "10-20 %", "20-60 %", "Over 60 %"],
                [
                    Bar("1. kvartal 2026", (310, 262, 220, 151, 49, 8)),
                    Bar("1. kvartal 2025", (330, 260, 220, 140, 44, 6)),
                ],
                alt="Elever fordelt efter fravær",
                key="g-bands",
            ),
        ),
        (
            "Elever med social foranstaltning har næsten dobbelt så meget fravær.",
            charts.paired(
                ("Alle elever", "Med social foranstaltning"),
                [Pair("Hele kommunen", 66, 121), Pair("Valby", 60, None), Pair("Vanløse", 90, 70)],
                alt="Fravær med og uden social foranstaltning",
                key="g-paired",
            ),
        ),
        (
            "Fraværet er højest i 9. klasse.",
            charts.heat(
                ["I alt", "Sygdom", "Tilladelse"],
                [
                    HeatRow("0. klasse", points(40, 31, 9)),
                    HeatRow(
                        "8. klasse", (Point(81, is_uncertain=True), Point(None, is_hidden=True), Point(None))
                    ),
                    HeatRow("9. klasse", points(90, 55, 12)),
                ],
                alt="Fravær efter klassetrin",
                key="g-heat",
            ),
        ),
    ]


@public
@require_safe
def components(request: Request) -> HttpResponse:
    """The gallery; there is no such page outside DEBUG."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "core/gallery.html", _context(request))
