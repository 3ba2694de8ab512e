from django.urls import path, register_converter

from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import views
from fravaer.reports.pages import (
    analysis,
    calendars,
    classes,
    deliveries,
    explained,
    exports,
    files,
    followup,
    frozen,
    notes,
    package,
    targets,
    unlawful,
    wheel,
)

app_name = "reports"


class QuarterConverter:
    """A quarter written as 2026K1."""

    regex = r"\d{4}K[1-4]"

    def to_python(self, value: str) -> Quarter:
        return Quarter.parse(value)

    def to_url(self, value: Quarter | str) -> str:
        return str(value)


class SchoolYearConverter:
    """A school year written as 2025-26."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> SchoolYear:
        return SchoolYear.parse(value)

    def to_url(self, value: SchoolYear | str) -> str:
        return str(value)


class UnitConverter:
    """The municipality, an area or a school as `reports.units` names it."""

    regex = r"whole|area-[-\w]+|school-\d+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class PeriodConverter:
    """A quarter written as 2026K1, or a school year as 2025-26."""

    regex = r"\d{4}K[1-4]|\d{4}-\d{2}"

    def to_python(self, value: str) -> Quarter | SchoolYear:
        return Quarter.parse(value) if "K" in value else SchoolYear.parse(value)

    def to_url(self, value: Quarter | SchoolYear | str) -> str:
        return str(value)


register_converter(PeriodConverter, "period")
register_converter(QuarterConverter, "quarter")
register_converter(SchoolYearConverter, "schoolyear")
register_converter(UnitConverter, "unit")

urlpatterns = [
    path("", views.latest, name="latest"),
    path("quarter/<quarter:quarter>/", views.quarter, name="quarter"),
    path("year/<schoolyear:year>/", views.school_year, name="year"),
    path("quarter/<quarter:name>/class/<int:class_id>/", classes.of_period, name="quarter-class"),
    path("year/<schoolyear:name>/class/<int:class_id>/", classes.of_period, name="year-class"),
    path("quarter/<quarter:quarter>/notes/", notes.notes, name="notes"),
    path("quarter/<quarter:quarter>/notes/add/", notes.add, name="notes-add"),
    path("quarter/<quarter:quarter>/notes/<uuid:uuid>/remove/", notes.remove, name="notes-remove"),
    path("frozen/", frozen.overview, name="frozen"),
    path("frozen/<period:name>/", frozen.of_period, name="frozen-period"),
    path("frozen/<period:name>/freeze/", frozen.freeze, name="frozen-freeze"),
    path("frozen/<period:name>/approve/", frozen.approve, name="frozen-approve"),
    path("analysis/", analysis.analysis, name="analysis"),
    path("follow-up/", followup.overview, name="follow-ups"),
    path("follow-up/<quarter:quarter>/<slug:code>/", followup.of_area, name="follow-up"),
    path("follow-up/<quarter:quarter>/<slug:code>/agree/", followup.agree, name="follow-up-agree"),
    path("follow-up/<quarter:quarter>/<uuid:uuid>/settle/", followup.settle, name="follow-up-settle"),
    path("targets/", targets.all_targets, name="targets"),
    path("targets/<unit:unit>/", targets.of_unit, name="target"),
    path("wheel/", wheel.this_year, name="wheel"),
    path("wheel/<int:year>/", wheel.of_year, name="wheel-year"),
    path("wheel/<int:year>/make/", wheel.make, name="wheel-make"),
    path("wheel/<int:year>/add/", wheel.add, name="wheel-add"),
    path("wheel/task/<uuid:uuid>/", wheel.task, name="wheel-task"),
    path("wheel/task/<uuid:uuid>/change/", wheel.change, name="wheel-change"),
    path("wheel/task/<uuid:uuid>/settle/", wheel.settle, name="wheel-settle"),
    path("wheel/task/<uuid:uuid>/cancel/", wheel.cancel, name="wheel-cancel"),
    path("wheel/feed/", calendars.mine, name="wheel-feed-mine"),
    path("wheel/feed/make/", calendars.make, name="wheel-feed-make"),
    path("wheel/feed/revoke/", calendars.revoke, name="wheel-feed-revoke"),
    path("wheel/feed/<str:secret>.ics", calendars.feed, name="wheel-feed"),
    path("quarter/<quarter:name>/figure/<slug:form>/", explained.fetch, name="quarter-figure"),
    path("year/<schoolyear:name>/figure/<slug:form>/", explained.fetch, name="year-figure"),
    path("quarter/<quarter:name>/pupils/", explained.pupils, name="quarter-pupils"),
    path("year/<schoolyear:name>/pupils/", explained.pupils, name="year-pupils"),
    path("quarter/<quarter:name>/file/<slug:form>/", files.fetch, name="quarter-file"),
    path("year/<schoolyear:name>/file/<slug:form>/", files.fetch, name="year-file"),
    path("files/", exports.mine, name="exports"),
    path("files/ask/", exports.ask, name="export-ask"),
    path("files/<uuid:uuid>/", exports.one, name="export"),
    path("files/<uuid:uuid>/fetch/", exports.fetch, name="export-fetch"),
    path("unlawful/<quarter:quarter>/", unlawful.of_quarter, name="unlawful"),
    path("unlawful/<quarter:quarter>/<int:school_id>/fetch/", unlawful.fetch, name="unlawful-fetch"),
    path("package/", package.latest, name="package"),
    path("package/<int:year>/", package.of_year, name="package-year"),
    path("package/<int:year>/make/", package.make, name="package-make"),
    path("package/<int:year>/fetch/", package.fetch, name="package-fetch"),
    path("package/<int:year>/delivered/", package.delivered, name="package-delivered"),
    path("deliveries/", deliveries.this_year, name="deliveries"),
    path("deliveries/<int:year>/", deliveries.of_year, name="deliveries-year"),
    path("deliveries/<int:year>/<int:school_id>/", deliveries.of_school, name="delivery-school"),
    path("deliveries/<int:year>/<int:school_id>/make/", deliveries.make, name="delivery-make"),
    path("deliveries/<int:year>/<int:school_id>/excerpt/", deliveries.excerpt, name="delivery-excerpt"),
    path("deliveries/<int:year>/<int:school_id>/<uuid:uuid>/fetch/", deliveries.fetch, name="delivery-fetch"),
    path(
        "deliveries/<int:year>/<int:school_id>/<uuid:uuid>/delivered/",
        deliveries.delivered,
        name="delivery-delivered",
    ),
    path("targets/<unit:unit>/set/", targets.set_target, name="target-set"),
]
