"""What does one write about a meeting?"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.cases import agreed, consents, entrusting, meetings
from fravaer.cases.meetings import Agreement
from fravaer.cases.models import Case, Deed, Meeting, MeetingKind
from fravaer.cases.pages.entries import Domained, Entry, day_field, words
from fravaer.cases.pages.plan_forms import LATEST
from fravaer.core.http import Request
from fravaer.schools import protection

LONGEST_NAME = 100
PLACE_HELP = gettext_lazy(
    "It stands in the invitation, which others than its receiver may see: no child's name here."
)


def clock_field(label: Any) -> forms.TimeField:
    """A field for a time of day."""
    return forms.TimeField(
        label=label,
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input-width-s"}),
        error_messages={
            "invalid": gettext_lazy("Write the time as 14.30."),
            "required": gettext_lazy("Choose a time."),
        },
    )


class Times(Entry):
    """A day, and from when until when."""

    day = day_field(gettext_lazy("Day"), error_messages={"required": gettext_lazy("Choose a day.")})
    starts = clock_field(gettext_lazy("From"))
    ends = clock_field(gettext_lazy("To"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends, day = data.get("starts"), data.get("ends"), data.get("day")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The meeting ends before it begins."))
        if day and abs(day - self.around.day) > LATEST:
            self.add_error("day", _("The day is more than two years away. Correct the year."))
        return data

    def at(self, of_day: time) -> datetime:
        """The moment of the meeting's day."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], of_day))


def lines(text: str) -> list[str]:
    """What was written on each line, without the empty ones."""
    return [line for line in (" ".join(one.split()) for one in text.splitlines()) if line]


class CallForm(Times, Domained):
    """Call a meeting."""

    name = "call"
    title = gettext_lazy("Call a meeting")
    button = gettext_lazy("Call the meeting")
    done = gettext_lazy("The meeting is called. Fetch the invitation for the calendar below.")
    anchor = "meetings"

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=MeetingKind.choices, widget=forms.RadioSelect
    )
    place = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=meetings.LONGEST_PLACE,
        help_text=PLACE_HELP,
    )
    who = forms.MultipleChoiceField(
        label=gettext_lazy("Participants"), required=False, widget=forms.CheckboxSelectMultiple
    )
    others = words(
        gettext_lazy("Others, one on each line"),
        required=False,
        rows=3,
        longest=2_000,
    )
    agenda = words(
        gettext_lazy("Own points for the agenda"),
        required=False,
        rows=4,
        help_text=gettext_lazy("Figures, goals and agreements come by themselves, as they are on the day."),
    )
    field_order = ("kind", "day", "starts", "ends", "place", "who", "others", "agenda", "domain")

    def prepare(self) -> None:
        super().prepare()
        who: Any = self.fields["who"]
        who.choices = [(name, name) for name in invited(self)]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        named = self.participants(data)
        if not named:
            self.add_error("others", _("Choose or write at least one participant."))
        elif len(named) > meetings.MOST_PARTICIPANTS or any(len(one) > LONGEST_NAME for one in named):
            self.add_error("others", _("At most thirty participants, each on a line of its own."))
        return data

    def participants(self, data: dict[str, Any]) -> list[str]:
        """Those chosen and those written, each once."""
        return list(dict.fromkeys([*data.get("who", []), *lines(data.get("others") or "")]))

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        meetings.call(
            case,
            request.scope,
            request.now,
            key=data["key"],
            kind=MeetingKind(data["kind"]),
            starts_at=self.at(data["starts"]),
            ends_at=self.at(data["ends"]),
            place=data["place"],
            participants=self.participants(data),
            agenda=data["agenda"],
            domain=self.wanted_domain,
        )


class MoveForm(Times):
    """Another time or place."""

    name = "move"
    title = gettext_lazy("Move the meeting")
    button = gettext_lazy("Save the new time")
    done = gettext_lazy("The meeting is moved. Send the new invitation: it replaces the old one.")
    anchor = "meeting"
    is_about_row = True
    refusals = {}
    conflicts = (meetings.Changed, meetings.Over)

    place = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=meetings.LONGEST_PLACE,
        help_text=PLACE_HELP,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def of(self, meeting: Meeting) -> MoveForm:
        """The form as the meeting stands."""
        starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
        self.initial.update({"day": starts.date(), "starts": starts.time(), "ends": ends.time()})
        self.initial.update({"place": meeting.place, "seen": meeting.sequence})
        return self

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        meetings.move(
            case,
            request.scope,
            uuid=data["row"],
            seen=data["seen"],
            starts_at=self.at(data["starts"]),
            ends_at=self.at(data["ends"]),
            place=data["place"],
        )


class CancelForm(Entry):
    """The meeting is not held."""

    name = "cancel"
    button = gettext_lazy("Cancel the meeting")
    done = gettext_lazy("The meeting is cancelled. Send the cancellation: it removes it from calendars.")
    anchor = "meeting"
    is_about_row = True
    conflicts = (meetings.Over,)

    def write(self, case: Case, request: Request) -> None:
        meetings.cancel(case, request.scope, request.now, uuid=self.cleaned_data["row"])


class MinutesForm(Entry):
    """What was said and agreed, saved as far as it has come, or for good."""

    name = "minutes"
    button = gettext_lazy("Save the minutes")
    done = gettext_lazy("The minutes are saved.")
    anchor = "minutes"
    is_about_row = True
    refusals = {
        meetings.NothingFollows: (
            "next_on",
            gettext_lazy(
                "The meeting is not over before something follows: an agreement, a next date, or the reason why nothing does."
            ),
        ),
    }
    conflicts = (meetings.Changed, meetings.Over)

    seen = forms.CharField(widget=forms.HiddenInput, max_length=16)
    came = words(gettext_lazy("Who came, one on each line"), required=False, rows=4, longest=4_000)
    minutes = words(gettext_lazy("Minutes"), required=False, rows=10)
    deed = forms.ChoiceField(
        label=gettext_lazy("New agreement"),
        required=False,
        choices=[("", gettext_lazy("None")), *Deed.choices],
        help_text=gettext_lazy("One at a time. Save, and the field is ready for the next."),
    )
    text = words(gettext_lazy("More precisely"), required=False, rows=2, longest=agreed.LONGEST)
    responsible = forms.ChoiceField(label=gettext_lazy("Responsible"))
    due_on = day_field(gettext_lazy("Deadline"), required=False)
    next_on = day_field(gettext_lazy("Next meeting"), required=False)
    end_reason = words(gettext_lazy("Or why nothing follows"), required=False, rows=2, longest=2_000)

    def prepare(self) -> None:
        who: Any = self.fields["responsible"]
        who.choices = [(str(one.pk), one.name) for one in self.around.people]
        self.initial.setdefault("responsible", str(self.around.scope.actor_id))
        self.initial.setdefault("due_on", entrusting.deadline(self.around.case, self.around.day))

    def of(self, meeting: Meeting) -> MinutesForm:
        """The form as the meeting stands."""
        self.initial.update({"came": "\n".join(meeting.participants), "minutes": meeting.minutes})
        self.initial.update({"next_on": meeting.next_on, "end_reason": meeting.end_reason})
        self.initial.update({"seen": meetings.version(meeting)})
        return self

    def seen_now(self, meeting: Meeting) -> None:
        """What was typed may be saved over what stands now, which the page shows beside it."""
        posted: Any = self.data
        posted["seen"] = meetings.version(meeting)

    @property
    def closes(self) -> bool:
        """Whether the button pressed was the one that ends the meeting."""
        return "close" in self.data

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("text") and not data.get("deed"):
            self.add_error("deed", _("Choose what is agreed."))
        if data.get("deed") and "due_on" not in self.errors:
            if not data.get("due_on"):
                self.add_error("due_on", _("Choose a day."))
            elif data["due_on"] < self.around.day:
                self.add_error("due_on", _("The deadline is over already."))
        next_on = data.get("next_on")
        if next_on and next_on < self.around.day:
            self.add_error("next_on", _("The next meeting lies in the past."))
        return data

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        agreement = None
        if data["deed"]:
            agreement = Agreement(
                data["key"], Deed(data["deed"]), data["text"], int(data["responsible"]), data["due_on"]
            )
        meetings.write(
            case,
            request.scope,
            request.now,
            uuid=data["row"],
            seen=data["seen"],
            said=meetings.Said(data["minutes"], lines(data["came"]), data["next_on"], data["end_reason"]),
            agreement=agreement,
            over=self.closes,
        )


def invited(form: Entry) -> list[str]:
    """Who may be chosen as a participant: those of the case by name, then those who hold custody."""
    case = form.around.case
    named = entrusting.named(case)
    return [
        *(one.name for one in form.around.people),
        *named,
        *protection.numbered(consents.guardians(case), case.pupil),
    ]


WRITES: dict[str, type[Entry]] = {form.name: form for form in (CallForm, MoveForm, CancelForm, MinutesForm)}
