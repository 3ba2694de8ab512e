"""Which days are to be closed or opened, and why, as one writes it on the page?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.core.periods import Period
from fravaer.schools import plan
from fravaer.schools.plan import Rule

CLOSE, OPEN, REMOVE = "close", "open", "remove"


class SpanForm(forms.Form):
    since = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Write the first day."),
            "invalid": gettext_lazy("Write the day as dd-mm-yyyy."),
        },
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Belongs to the span. Leave it empty for one day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write the day as dd-mm-yyyy.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What holds on these days?"),
        widget=forms.RadioSelect,
        initial=CLOSE,
        choices=[
            (CLOSE, gettext_lazy("Closed")),
            (OPEN, gettext_lazy("School, although a wider plan closes them")),
            (REMOVE, gettext_lazy("No rule of our own: the wider plan holds")),
        ],
        error_messages={"required": gettext_lazy("Choose what holds on these days.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=plan.LONGEST_REASON,
        help_text=gettext_lazy("Teachers read it on the day, such as Autumn holiday."),
        error_messages={
            "max_length": gettext_lazy("The reason is too long: %(limit_value)d characters are the most.")
        },
    )

    def __init__(self, *args: Any, year: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, last = data.get("since"), data.get("last") or data.get("since")
        if since and last:
            if last < since:
                self.add_error("last", _("The last day comes before the first."))
            elif since not in self.year or last not in self.year:
                self.add_error("since", _("The days are to lie in the school year that is shown."))
        lacking = not data.get("reason") and "reason" not in self.errors
        if data.get("kind") in {CLOSE, OPEN} and lacking:
            self.add_error("reason", _("Every closed or open day has a reason. Write one."))
        return data

    def wishes(self) -> dict[date, Rule | None]:
        data = self.cleaned_data
        rule = None if data["kind"] == REMOVE else Rule(data["kind"] == CLOSE, data["reason"])
        span = Period(data["since"], (data["last"] or data["since"]) + timedelta(days=1))
        # A weekend is closed without a rule.
        return {
            day: rule
            for day in span.days()
            if day.weekday() < plan.SATURDAY or rule is None or not rule.closed
        }
