from django.urls import path

from fravaer.cases import views
from fravaer.cases.pages import (
    bulk,
    case,
    concerns,
    counting,
    documents,
    duties,
    letter_texts,
    letters,
    pupil,
    referrals,
    worklist,
)
from fravaer.cases.pages import case, counting, documents, duties, letter_texts, letters, referrals
from fravaer.cases.pages import case, classes, counting
from fravaer.cases.pages import case, classes, counting, documents, duties, letter_texts, letters, referrals

app_name = "cases"

urlpatterns = [
    path("", views.cases, name="cases"),
    path("unsaid/", counting.unsaid, name="unsaid"),
    path("triage/", counting.counting, name="counting"),
    path("triage/run/", counting.count_now, name="count"),
    path("triage/<uuid:recount_uuid>/", counting.recount, name="recount"),
    # The worklist, and acting on a pupil of it.
    path("worklist/", worklist.worklist_page, name="worklist"),
    path("worklist/keep/", worklist.keep, name="keep"),
    path("worklist/forget/<int:filter_id>/", worklist.forget, name="forget"),
    path("worklist/bulk/", bulk.bulk, name="bulk"),
    path("worklist/bulk/undo/", bulk.undo, name="bulk-undo"),
    path("worklist/meeting-sheet/", bulk.meeting_sheet, name="meeting-sheet"),
    path("worklist/pupils/<uuid:pupil_uuid>/", pupil.pupil_page, name="pupil"),
    path("worklist/pupils/<uuid:pupil_uuid>/agree/", pupil.agree, name="work-agree"),
    path("worklist/pupils/<uuid:pupil_uuid>/snooze/", pupil.snooze, name="work-snooze"),
    path("worklist/pupils/<uuid:pupil_uuid>/wake/", pupil.wake, name="work-wake"),
    path("worklist/pupils/<uuid:pupil_uuid>/contact/", pupil.contact, name="work-contact"),
    path("worklist/pupils/<uuid:pupil_uuid>/assign/", pupil.assign, name="work-assign"),
    path("worklist/actions/<uuid:action_uuid>/settle/", pupil.settle, name="work-settle"),
    path("concerns/", concerns.concerns_page, name="concerns"),
    path("concerns/<uuid:concern_uuid>/answer/", concerns.answer, name="concern-answer"),
    path("classes/", classes.classes, name="classes"),
    path("classes/<uuid:cluster_uuid>/", classes.cluster, name="cluster"),
    path("classes/<int:class_id>/begin/", classes.begin, name="effort-begin"),
    path("efforts/<uuid:effort_uuid>/", classes.effort, name="effort"),
    path("efforts/<uuid:effort_uuid>/entries/", classes.entry, name="effort-entry"),
    path("efforts/<uuid:effort_uuid>/end/", classes.end, name="effort-end"),
    path("open/", views.open_case, name="open"),
    path("<uuid:case_uuid>/", case.case_page, name="case"),
    path("<uuid:case_uuid>/notes/", case.note, name="note"),
    path("<uuid:case_uuid>/close/", case.close, name="close"),
    path("<uuid:case_uuid>/reopen/", case.reopen, name="reopen"),
    # Letters, the law's two steps, referrals and files.
    path("duties/", duties.page, name="duties"),
    path("letters/draft/", letters.draft, name="letter-draft"),
    path("letters/<uuid:letter_uuid>/", letters.letter, name="letter"),
    path("letters/<uuid:letter_uuid>/edit/", letters.edit, name="letter-edit"),
    path("letters/<uuid:letter_uuid>/sign/", letters.sign, name="letter-sign"),
    path("letters/<uuid:letter_uuid>/send/", letters.send, name="letter-send"),
    path("letters/<uuid:letter_uuid>/withdraw/", letters.withdraw, name="letter-withdraw"),
    path("letters/<uuid:letter_uuid>/uphold/", letters.uphold, name="letter-uphold"),
    path("letters/<uuid:letter_uuid>/letter.pdf", letters.pdf, name="letter-pdf"),
    path("letter-texts/", letter_texts.listed, name="letter-texts"),
    path("letter-texts/<slug:kind>/<slug:language>/", letter_texts.text, name="letter-text"),
    path(
        "letter-texts/<slug:kind>/<slug:language>/propose/", letter_texts.propose, name="letter-text-propose"
    ),
    path("letter-texts/<uuid:text_uuid>/", letter_texts.decide, name="letter-text-decide"),
    path("referrals/", referrals.listed, name="referrals"),
    path("referrals/<uuid:referral_uuid>/", referrals.referral, name="referral"),
    path("referrals/<uuid:referral_uuid>/receive/", referrals.receive, name="referral-receive"),
    path("referrals/<uuid:referral_uuid>/decide/", referrals.decide, name="referral-decide"),
    path("<uuid:case_uuid>/papers/", documents.papers, name="papers"),
    path("<uuid:case_uuid>/papers/add/", documents.add, name="document-add"),
    path("<uuid:case_uuid>/papers/<uuid:document_uuid>/", documents.document, name="document"),
    path("<uuid:case_uuid>/papers/<uuid:document_uuid>/remove/", documents.remove, name="document-remove"),
]
