from django.urls import path

from fravaer.cases import views
from fravaer.cases.pages import case, counting

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
]
