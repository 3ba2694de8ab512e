from django.urls import path

from fravaer.cases import views

app_name = "cases"

urlpatterns = [
    path("", views.cases, name="cases"),
    path("worklist/", views.worklist_page, name="worklist"),
    path("open/", views.open_case, name="open"),
    path("<uuid:case_uuid>/", views.case_page, name="case"),
    path("<uuid:case_uuid>/notes/", views.note, name="note"),
    path("<uuid:case_uuid>/close/", views.close, name="close"),
    path("<uuid:case_uuid>/reopen/", views.reopen, name="reopen"),
]
