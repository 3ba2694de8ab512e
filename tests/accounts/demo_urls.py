"""The addresses of an installation in which DEMO is on."""

from django.urls import path

from fravaer import urls
from fravaer.accounts import views

handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
urlpatterns = [*urls.urlpatterns, path("demo/login/", views.demo_login, name="demo-login")]
