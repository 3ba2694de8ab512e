from django.urls import path

from fravaer.cases import views
from fravaer.cases.pages import case, counting, documents, duties, letter_texts, letters, referrals

app_name = "cases"

urlpatterns = [
    path("", views.cases, name="cases"),
    path("worklist/", views.worklist_page, name="worklist"),
    path("unsaid/", counting.unsaid, name="unsaid"),
    path("triage/", counting.counting, name="counting"),
    path("triage/run/", counting.count_now, name="count"),
    path("triage/<uuid:recount_uuid>/", counting.recount, name="recount"),
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
