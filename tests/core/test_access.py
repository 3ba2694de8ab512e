"""A view that declares nothing is never called."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.generic import View
from pytest_django import Settings

from fravaer import urls
from fravaer.accounts.roles import Action
from fravaer.core.access import PUBLIC, declared_action, public, requires
from tests.cast import Cast, signed_in

called: list[str] = []


def undeclared(request: HttpRequest) -> HttpResponse:
    called.append("undeclared")
    return HttpResponse("seen")


class Undeclared(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        called.append("Undeclared")
        return HttpResponse("seen")


@public
def open_to_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


@requires(Action.QUARTER_READ)
def figures(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
urlpatterns = [
    *urls.urlpatterns,
    path("undeclared/", undeclared),
    path("undeclared-class/", Undeclared.as_view()),
    path("open/", open_to_all),
    path("figures/", figures),
]


@pytest.fixture(autouse=True)
def addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    called.clear()


@pytest.mark.parametrize("page", ["/undeclared/", "/undeclared-class/"])
def test_a_view_that_declares_nothing_is_refused_before_it_runs(cast: Cast, page: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="declares no action"):
        signed_in(cast.leader).get(page)
    assert Client().get(page).status_code == 302
    assert called == []


def test_a_public_view_answers_everyone(cast: Cast) -> None:
    assert Client().get("/open/").content == b"seen"
    assert signed_in(cast.mette).get("/open/").content == b"seen"


def test_a_declared_view_answers_those_whose_role_may(cast: Cast) -> None:
    assert Client().get("/figures/").headers["Location"] == "/login/?next=/figures/"
    assert signed_in(cast.mette).get("/figures/").status_code == 403
    assert signed_in(cast.area_manager).get("/figures/").content == b"seen"


def test_the_declaration_can_be_read() -> None:
    assert declared_action(figures) == "quarter.read"
    assert declared_action(open_to_all) == PUBLIC
    assert declared_action(undeclared) is None
    assert declared_action(Undeclared.as_view()) is None
