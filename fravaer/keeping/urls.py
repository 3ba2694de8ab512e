"""How long is what kept, and who decides?"""

from __future__ import annotations

from django.urls import path

from fravaer.keeping import views

app_name = "keeping"
urlpatterns = [
    path("", views.kinds, name="kinds"),
    path("holds/", views.holds_page, name="holds"),
    path("holds/<uuid:hold_uuid>/", views.hold, name="hold"),
    path("batches/<uuid:batch_uuid>/", views.batch, name="batch"),
    path("terms/<uuid:term_uuid>/", views.term, name="term"),
    path("<str:kind>/", views.kind, name="kind"),
]
