from datetime import date

from django.urls import path, register_converter

from fravaer.absence import views
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.pages import (
    activities,
    arrangement,
    board,
    calendar,
    classes,
    completion,
    contradictions,
    corrections,
    cpr,
    history,
    known,
    known_import,
    leave,
    today,
    words,
)

app_name = "absence"


class DayConverter:
    """A date written as 2026-03-10."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


class CheckpointConverter:
    """The morning's or the end-of-day register."""

    regex = "morgen|slut"
    words = {"morgen": Checkpoint.START, "slut": Checkpoint.END}

    def to_python(self, value: str) -> Checkpoint:
        return self.words[value]

    def to_url(self, value: int) -> str:
        return next(word for word, checkpoint in self.words.items() if checkpoint == value)


register_converter(DayConverter, "day")
register_converter(CheckpointConverter, "checkpoint")

REGISTER = "r/<int:class_id>/<day:day>/<checkpoint:checkpoint>/"
HISTORY = "pupils/<uuid:pupil_uuid>/history/"
ARRANGEMENT = "arrangement/<int:school_id>/"

urlpatterns = [
    path("today/", today.today, name="today"),
    path(REGISTER, views.register_page, name="register"),
    path(REGISTER + "receipt/", views.receipt, name="receipt"),
    path(REGISTER + "row/", corrections.row, name="row"),
    path(REGISTER + "undo/", corrections.undo, name="undo"),
    # What the school knows of beforehand, and what cannot both be true.
    path("known/", known.known_list, name="known"),
    path("known/enter/", known.enter, name="known-enter"),
    path("known/find/", known.find, name="known-find"),
    path("known/preview/", known.preview, name="known-preview"),
    path("known/import/", known_import.import_page, name="known-import"),
    path("known/activity/", activities.activity, name="activity"),
    path("known/leave/", leave.queue, name="leave"),
    path("known/leave/grant/", leave.grant, name="leave-grant"),
    path("known/contradictions/", contradictions.contradictions, name="contradictions"),
    path("known/contradictions/mend/", contradictions.mend, name="contradiction-mend"),
    path("known/contradictions/<uuid:uuid>/reopen/", contradictions.reopen, name="contradiction-reopen"),
    path("known/<uuid:uuid>/", known.one, name="known-one"),
    path("known/<uuid:uuid>/end/", known.end, name="known-end"),
    path("known/<uuid:uuid>/withdraw/", known.withdraw, name="known-withdraw"),
    path("known/<uuid:uuid>/undo/", known.undo, name="known-undo"),
    path("known/<uuid:uuid>/decide/", leave.decide, name="leave-decide"),
    # The office's morning and the school's arrangement.
    path("board/", board.board, name="board"),
    path("board/remind/", board.remind, name="board-remind"),
    path("arrangement/", arrangement.mine, name="arrangements"),
    path(ARRANGEMENT, arrangement.arrangement, name="arrangement"),
    path(ARRANGEMENT + "change/", arrangement.change, name="arrangement-change"),
    path(ARRANGEMENT + "reasons/", arrangement.add_reason, name="arrangement-add-reason"),
    path(ARRANGEMENT + "reasons/<int:reason_id>/end/", arrangement.end_reason, name="arrangement-end-reason"),
    path("words/", words.words, name="words"),
    path("words/add/", words.add, name="words-add"),
    path("words/<int:reason_id>/end/", words.end, name="words-end"),
    path("classes/<int:class_id>/", classes.overview_page, name="class"),
    # A pupil's history.
    path(HISTORY, history.history_page, name="history"),
    path(HISTORY + "certificates/", history.ask_certificate, name="certificate-ask"),
    path(HISTORY + "certificates/<uuid:certificate_uuid>/", history.settle_certificate, name="certificate"),
    path(HISTORY + "<day:day>/objection/", history.objection_page, name="objection"),
    path(HISTORY + "objections/<uuid:objection_uuid>/", history.answer_page, name="objection-answer"),
    # Her CPR number, where the installation keeps it.
    path("pupils/<uuid:pupil_uuid>/cpr/", cpr.of_pupil, name="cpr"),
    path("cpr/", cpr.look_up, name="cpr-look-up"),
    # Completing a quarter or a school year.
    path("completion/", completion.overview, name="completion"),
    path("completion/<int:school_id>/", completion.school_page, name="completion-school"),
    path("completion/<int:school_id>/close/", completion.close, name="completion-close"),
    path(
        "completion/<int:school_id>/reopen/<uuid:closing_uuid>/", completion.reopen, name="completion-reopen"
    ),
    # School days.
    path("calendar/", calendar.entry, name="calendar"),
    path("calendar/municipality/preview/", calendar.preview_municipal, name="calendar-preview-municipal"),
    path("calendar/municipality/propose/", calendar.propose, name="calendar-propose"),
    path("calendar/proposals/<uuid:change_uuid>/", calendar.proposal_page, name="calendar-proposal"),
    path("calendar/<slug:unit>/", calendar.unit_page, name="calendar-unit"),
    path("calendar/<slug:unit>/preview/", calendar.preview, name="calendar-preview"),
    path("calendar/<slug:unit>/save/", calendar.save, name="calendar-save"),
]
