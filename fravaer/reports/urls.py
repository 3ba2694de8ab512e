from django.urls import path, register_converter

from fravaer.core.periods import Quarter
from fravaer.reports import views

app_name = "reports"


class QuarterConverter:
    """A quarter written as 2026K1."""

    regex = r"\d{4}K[1-4]"

    def to_python(self, value: str) -> Quarter:
        return Quarter.parse(value)

    def to_url(self, value: Quarter | str) -> str:
        return str(value)


register_converter(QuarterConverter, "quarter")

urlpatterns = [
    path("", views.latest, name="latest"),
    path("quarter/<quarter:quarter>/", views.quarter, name="quarter"),
]
