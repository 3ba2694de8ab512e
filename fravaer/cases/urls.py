from django.urls import path

from fravaer.cases import views
from fravaer.cases.pages import case

app_name = "cases"

urlpatterns = [
    path("", views.cases, name="cases"),
    path("worklist/", views.worklist_page, name="worklist"),
    path("open/", views.open_case, name="open"),
    path("<uuid:case_uuid>/", case.case_page, name="case"),
    path("<uuid:case_uuid>/notes/", case.note, name="note"),
    path("<uuid:case_uuid>/close/", case.close, name="close"),
    path("<uuid:case_uuid>/reopen/", case.reopen, name="reopen"),
]
