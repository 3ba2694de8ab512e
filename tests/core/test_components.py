"""Components write what assistive technology and a strict content security policy need, in every state they have."""

from __future__ import annotations

import re
from decimal import Decimal
from types import SimpleNamespace as Sample

import django_tables2 as tables
import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from fravaer.core import drawing


def include(component: str, **context: object) -> str:
    return render_to_string(f"components/{component}.html", context)


def written(source: str, **context: object) -> str:
    return Template("{% load components %}" + source).render(Context(context))


def plain(html: str) -> str:
    """The words of a piece of a page, each run of white space as one space."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


class Absence(forms.Form):
    name = forms.CharField(label="Navn", help_text="Som på klasselisten")
    reason = forms.ChoiceField(label="Årsag", choices=[("", "Vælg"), ("ill", "Syg")], required=False)
    told_by = forms.ChoiceField(
        label="Hvem?", choices=[("p", "Forælder"), ("e", "Elev")], widget=forms.RadioSelect
    )
    sure = forms.BooleanField(label="Kontrolleret")
    version = forms.IntegerField(widget=forms.HiddenInput)


class Pupils(tables.Table):  # type: ignore[misc]
    caption = "Elever"
    name = tables.Column(verbose_name="Navn")
    note = tables.Column(verbose_name="Note", orderable=False)

    class Meta:
        empty_text = "Ingen elever opfylder reglerne i dag."


def table(rows: int, address: str = "/?skole=1", order: str = "") -> str:
    pupils = Pupils([{"name": f"Elev {number:02}", "note": ""} for number in range(rows)], order_by=order)
    pupils.paginate(page=1, per_page=10)
    return str(pupils.as_html(RequestFactory().get(address)))


def test_a_failure_interrupts_a_screen_reader_and_other_news_does_not() -> None:
    assert 'role="alert"' in include("alert", kind="error", text="Vi kunne ikke gemme.")
    for kind in ("info", "success", "warning", "debug", ""):
        assert 'role="status"' in include("alert", kind=kind, text="Gemt.")


@pytest.mark.parametrize(
    ("kind", "named"),
    [("error", "Fejl"), ("warning", "Advarsel"), ("success", "Udført"), ("info", "Information")],
)
def test_an_alert_names_its_kind_in_words(kind: str, named: str) -> None:
    assert f'aria-label="{named}"' in include("alert", kind=kind, text="x")


def test_text_from_people_is_escaped_everywhere() -> None:
    evil = "<script>x</script>"
    for html in (
        include("alert", kind="info", text=evil, heading=evil),
        include("chip", text=evil),
        include("kpi", label=evil, figure=evil, note=evil),
        include("facts", rows=[(evil, evil)]),
        include("empty", text=evil),
        include("breadcrumb", items=[(evil, "")]),
        written(
            "{% bar 5 text %}{% sparkline values text %}{% dots days text %}{% icon 'check' '' text %}"
            "{% details text %}{{ text }}{% enddetails %}",
            text=evil,
            values=[1],
            days=[evil],
        ),
    ):
        assert "<script>" not in html


def test_an_error_summary_links_each_error_to_its_control() -> None:
    form = Absence({"version": ""})
    html = include("error_summary", form=form)
    assert "Der er problemer" in html
    assert 'href="#id_name"' in html
    assert 'href="#id_told_by_0"' in html
    assert 'href="#id_sure"' in html
    assert 'href="#id_version"' not in html
    assert html.count("<li>") == 4
    assert 'data-module="error-summary"' in html
    # An empty field is named, as a reader of the list does not see the field it stands at.
    labels = {field.name: field.label for field in form}
    assert f"Udfyld: {labels['name']}" in html
    assert f"Vælg: {labels['told_by']}" in html
    assert "påkrævet" not in html
    assert 'tabindex="-1"' in html


def test_an_error_summary_without_errors_is_not_there() -> None:
    assert include("error_summary", form=Absence()).strip() == ""
    assert 'href="#p-7-T"' in include("error_summary", problems=[Sample(id="p-7-T", text="Vælg for Ida.")])


def test_a_field_has_its_label_hint_and_error_tied_to_the_control() -> None:
    field = Absence({})["name"]
    html = include("field", field=field)
    assert '<label class="form-label" for="id_name">Navn</label>' in html
    described = re.search(r'<input[^>]*aria-describedby="([^"]*)"', html)
    assert described is not None
    for name in described[1].split():
        assert f'id="{name}"' in html
    assert 'aria-invalid="true"' in html
    assert "form-error" in html
    assert 'class="form-input"' in html


def test_a_field_says_when_it_is_optional() -> None:
    assert "(frivilligt)" in include("field", field=Absence()["reason"])
    assert "(frivilligt)" not in include("field", field=Absence()["name"])
    with translation.override("en"):
        assert "(optional)" in include("field", field=Absence()["reason"])


def test_choices_stand_in_a_fieldset_with_a_legend_and_keep_what_was_chosen() -> None:
    html = include("field", field=Absence({"told_by": "e"})["told_by"])
    assert "<legend" in html
    assert html.count('type="radio"') == 2
    chosen = re.findall(r"<input[^>]*value=\"(\w)\"[^>]*checked", html, re.DOTALL)
    assert chosen == ["e"]
    for identity in re.findall(r'<input[^>]*id="([^"]+)"', html, re.DOTALL):
        assert f'for="{identity}"' in html


def test_a_form_written_whole_is_dressed_the_same() -> None:
    html = str(Absence())
    assert html.count('class="form-group') >= 3
    assert 'class="form-select"' in html
    assert 'class="form-checkbox"' in html
    assert 'type="hidden" name="version"' in html


def test_a_table_says_how_it_is_sorted_and_links_to_the_other_way() -> None:
    html = table(3, order="name")
    assert re.findall(r'aria-sort="(\w+)"', html) == ["ascending"]
    assert 'href="?skole=1&amp;sort=-name"' in html
    assert 'aria-sort="descending"' in table(3, order="-name")
    assert "aria-sort" not in table(3)
    assert html.count("table-sort") == 1


def test_a_table_counts_its_rows_and_keeps_the_filters_while_turning_pages() -> None:
    html = table(57)
    assert "1–10 af 57 rækker" in plain(html)
    assert 'href="?skole=1&amp;page=2"' in html
    assert 'aria-current="page"' in html
    assert "1–1 af 1 række" in plain(table(1))
    assert "<nav" not in table(10)


def test_a_table_can_be_scrolled_by_keyboard_and_has_a_name() -> None:
    html = table(3)
    assert re.search(r'class="table-scroll"\s+tabindex="0"\s+role="region"\s+aria-label="Elever"', html)
    assert '<caption class="sr-only">Elever</caption>' in html
    assert 'scope="col"' in html


def test_an_empty_table_says_why() -> None:
    html = table(0)
    assert "Ingen elever opfylder reglerne i dag." in html
    assert "<table" not in html


def test_many_pages_are_shortened() -> None:
    page = Paginator(range(400), 10).get_page(20)
    html = include("pagination", page=page, parameter="page", request=RequestFactory().get("/"))
    assert "Side 20 af 40" in plain(html)
    assert html.count("pagination-number") < 15
    assert 'aria-label="Forrige side"' in html


def test_filters_in_force_can_be_taken_away_one_by_one() -> None:
    class Choice(forms.Form):
        name = forms.CharField(label="Navn", required=False)
        school = forms.ChoiceField(
            label="Skole", choices=[("", "Alle"), ("1", "Birkeskolen")], required=False
        )

    request = RequestFactory().get("/liste/?name=Ida&school=1&page=3&sort=name")
    form = Choice(request.GET)
    html = include("filters", filter=Sample(form=form), request=request)
    assert "Skole: Birkeskolen" in plain(html)
    assert 'href="?name=Ida&amp;sort=name"' in html
    assert 'href="?school=1&amp;sort=name"' in html
    assert 'href="/liste/"' in html
    bare = include("filters", filter=Sample(form=Choice({})), request=RequestFactory().get("/liste/?name="))
    assert "filters-chosen" not in bare


def test_a_chip_is_told_apart_by_an_icon_as_well_as_its_colour() -> None:
    icons = {
        re.search(r"#([\w-]+)\"", include("chip", kind=kind, text="x"))[1]  # type: ignore[index]
        for kind in ("ok", "warn", "bad", "info")
    }
    assert len(icons) == 4
    assert "<svg" not in include("chip", text="x")


def test_an_icon_is_hidden_from_screen_readers_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in written("{% icon 'check' %}")
    named = written("{% icon 'lock' '' 'Beskyttet' %}")
    assert 'role="img" aria-label="Beskyttet"' in named
    assert "aria-hidden" not in named


def test_a_bar_says_its_figure_and_draws_it_with_full_stops_in_danish_too() -> None:
    html = written("{% bar share 'Birkeskolen 6,6 %' of=40 limit=10 %}", share=Decimal("6.6"))
    assert 'role="img"' in html
    assert 'aria-label="Birkeskolen 6,6 %"' in html
    assert 'width="16.5"' in html
    assert 'x1="25"' in html


@pytest.mark.parametrize(
    ("value", "of", "width"),
    [(0, 100, "0"), (50, 100, "50"), (1, 3, "33.33"), (120, 100, "100"), (-5, 100, "0"), (5, 0, "0")],
)
def test_a_bar_stays_in_its_box(value: int, of: int, width: str) -> None:
    assert drawing.bar(value, of).width == width


def test_a_line_breaks_where_a_value_is_missing() -> None:
    line = drawing.line([0, 10, None, 20])
    assert line.stretches == ("2,22 34,12", "98,2")
    assert (line.end_x, line.end_y) == ("98", "2")
    assert drawing.line([7]).stretches == ("2,2",)
    assert drawing.line([0, 0]).stretches == ("2,22 98,22",)
    with pytest.raises(ValueError, match="without values"):
        drawing.line([None])


def test_a_line_without_values_is_replaced_by_words() -> None:
    html = written("{% sparkline values 'Ingen skoledage endnu' %}", values=[None, None])
    assert "<svg" not in html
    assert "Ingen skoledage endnu" in html


def test_days_are_shapes_with_one_description() -> None:
    html = written("{% dots days 'Sidste 2 dage: 1 til stede, 1 syg' %}", days=["present", "absent"])
    assert 'role="img" aria-label="Sidste 2 dage: 1 til stede, 1 syg"' in html
    assert 'class="dot dot--present"' in html
    assert 'class="dot dot--absent"' in html


def test_tabs_navigation_and_breadcrumb_say_where_one_is() -> None:
    items = [
        Sample(label="Plan", url="/a", current=True, count=None),
        Sample(label="Log", url="/b", current=False, count=0),
    ]
    assert include("tabs", items=items, label="Sagens dele").count('aria-current="true"') == 1
    assert "Log (0)" in plain(include("tabs", items=items, label="Sagens dele"))
    assert include("navigation", entries=items).count('aria-current="page"') == 1
    trail = include("breadcrumb", items=[("Liste", "/a"), ("Ida", "")])
    assert re.search(r'aria-current="page">.*Ida', trail, re.DOTALL)
    assert trail.count("<a ") == 1


def test_details_hold_marked_up_content() -> None:
    html = written("{% details 'Vis tal' %}<p>{{ text }}</p>{% enddetails %}", text="a<b")
    assert '<summary class="details-summary">Vis tal</summary>' in html
    assert "<p>a&lt;b</p>" in html


def test_progress_is_written_as_well_as_drawn() -> None:
    html = include("progress", label="Registreret", value=1041, total=1500)
    assert 'value="1041"' in html
    assert 'max="1500"' in html
    assert 'for="progress"' in html
