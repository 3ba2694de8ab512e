"""Who reads and who writes rows?"""

from __future__ import annotations

from django.apps import apps
from django.db.models import ForeignKey, Model, OneToOneField

from tests.architecture import judged, scoping, writers
from tests.architecture.habits import tables
from tests.architecture.source import FLOORS, PRIVATE, ROOT


def test_every_query_of_a_page_begins_with_what_its_reader_may_see() -> None:
    assert scoping.unscoped(ROOT) == []


def test_the_queries_without_a_scope_are_those_on_the_list() -> None:
    there = {(room.place, function, model) for room, function, model, _ in scoping.queries(ROOT)}
    assert set(scoping.UNSCOPED) - there == set(), "take these off the list"


def test_every_table_is_written_by_its_own_room_alone() -> None:
    assert writers.strangers(ROOT) == []


def test_the_table_of_writers_names_rooms_that_write() -> None:
    there: dict[str, set[str]] = {}
    for room, _, model in writers.writes(ROOT):
        there.setdefault(model, set()).add(room.name.removeprefix("fravaer."))
    assert there == writers.WRITERS


def test_the_source_and_the_running_product_know_the_same_tables() -> None:
    running = {
        model._meta.db_table
        for app in FLOORS
        if apps.is_installed(f"fravaer.{app}")
        for model in _models(app)
    }
    assert set(tables(ROOT)) == running


def test_no_row_of_a_private_app_can_be_reached_backwards_from_another_apps() -> None:
    """`pupil.absence_set` would let anybody count past the rooms that answer."""
    for app in PRIVATE:
        for model in _models(app):
            for field in model._meta.get_fields():
                if (
                    isinstance(field, ForeignKey | OneToOneField)
                    and field.related_model._meta.app_label != app
                ):
                    assert field.remote_field.related_name == "+", (
                        f"{model.__name__}.{field.name} needs related_name='+'"
                    )


def test_whatever_could_take_words_about_a_child_is_sealed_or_judged() -> None:
    assert judged.unjudged() == set(), "seal it (core.sealing), or say in judged.py why it is about no child"
    assert judged.gone() == set(), "take these off the list"
    # The history of rows is written past the model, and is as sealed as the column it is of.
    assert {"cases.Note.text", "absence.Explanation.note", "oversight.Insight.content"} <= judged.sealed()


def _models(app: str) -> list[type[Model]]:
    return list(apps.get_app_config(app).get_models())
