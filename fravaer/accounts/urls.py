"""Where does one sign in, prove who one is, and see one's own account?"""

from __future__ import annotations

from django.urls import path

from fravaer.accounts.pages import confirm

urlpatterns = [
    path("confirm/", confirm.confirm, name="confirm"),
    path("confirm/send/<str:key>/", confirm.send, name="confirm-send"),
]
