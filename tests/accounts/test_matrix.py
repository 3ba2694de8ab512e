"""The municipality's access matrix, held against the product cell by cell."""

from __future__ import annotations

from fravaer.absence.closing import Limits
from fravaer.absence.standing import Lock, lock
from fravaer.accounts.fields import SEES, Field
from fravaer.accounts.roles import MAY, PERSONS, Action, Role
from fravaer.accounts.roster import UNITS
from fravaer.schools.importing.canonical import Unit
from tests.architecture import papers
from tools import matrix
from tools.matrix import Cell, Row

ROWS = matrix.rows()
OF_REACH = {
    "K": {Unit.CLASS},
    "Kd": {Unit.CLASS},
    "S": {Unit.SCHOOL},
    "Sa": {Unit.SCHOOL},
    "A": {Unit.AREA, Unit.MUNICIPALITY},
    "M": {Unit.MUNICIPALITY},
    "U": {Unit.MUNICIPALITY},
}


def may(role: Role, what: str) -> bool:
    """Whether the role may do it, of anybody at all."""
    kind, _colon, name = what.rpartition(":")
    if kind == "field":
        seen = SEES[Field(name)]
        return role in seen.always | seen.in_case
    return Action(what) in MAY[role]


def in_case_alone(role: Role, what: str) -> bool:
    """Whether it holds of those in whose cases she takes part, and of nobody else she reaches."""
    kind, _colon, name = what.rpartition(":")
    if kind == "field":
        return role not in SEES[Field(name)].always
    try:
        wide = Action(f"{what}.unit")
    except ValueError:
        return True
    return wide not in MAY[role]


def in_cases(role: Role, ways: list[tuple[str, ...]]) -> bool:
    return all(in_case_alone(role, what) for way in ways for what in way)


def disagreement(row: Row, role: Role, cell: Cell) -> str:
    """What is otherwise in the product than in the cell; empty when nothing is."""
    for right, ways in row.actions.items():
        held = [way for way in ways if all(may(role, what) for what in way)]
        if bool(held) != (right in cell.rights):
            return f"{row.number} {role}: {right} is {'there' if held else 'missing'}"
        if held and cell.reach == "C" and not in_cases(role, held):
            return f"{row.number} {role}: {right} of more than her cases"
        fields = all(what.startswith("field:") for way in held for what in way)
        if held and fields and cell.reach in ("S", "Sa") and in_cases(role, held):
            return f"{row.number} {role}: {right} in her cases alone"
    if cell.rights and cell.reach in OF_REACH and not UNITS[role] & OF_REACH[cell.reach]:
        return f"{row.number} {role}: cannot reach {cell.reach}"
    if cell.reach in ("A", "M") and role in PERSONS:
        return f"{row.number} {role}: meets named children in an area"
    return ""


def test_every_cell_is_so_in_the_product_or_says_why_not() -> None:
    found: dict[tuple[int, Role], str] = {}
    for row in ROWS:
        for name, cell in row.cells.items():
            if wrong := disagreement(row, Role(name), cell):
                found[row.number, Role(name)] = wrong
    exempt = {(row.number, Role(name)) for row in ROWS if row.actions for name in row.exempt}
    assert [wrong for key, wrong in found.items() if key not in exempt] == [], "say why, or mend it"
    assert sorted(exempt - set(found)) == [], "these agree: take their reason away"


def test_every_row_says_where_it_is_decided() -> None:
    for row in ROWS:
        rights = {right for cell in row.cells.values() for right in cell.rights}
        assert not row.actions or rights == set(row.actions), row.number
        assert row.actions or row.shown_by or row.differs, row.number
        place, _colons, name = row.shown_by.partition("::")
        assert not row.shown_by or name in papers.tests_in(place), row.shown_by


def test_the_matrix_has_every_row_and_every_role() -> None:
    assert [row.number for row in ROWS] == list(range(1, 43))
    assert {Role(name) for row in ROWS for name in row.cells} == set(Role)


def test_how_far_back_each_role_corrects() -> None:
    """Rows 2 and 3: the day itself, two weeks, until it is completed, and the leader with a reason."""
    today, lately, old = Limits(14, 0, False), Limits(14, 14, False), Limits(14, 15, False)
    completed = Limits(14, 15, True)
    locks = {
        role: [lock(limits, role) for limits in (today, lately, old, completed)]
        for role in (Role.SUBSTITUTE, Role.TEACHER, Role.SECRETARY, Role.LEADER)
    }
    assert locks == {
        Role.SUBSTITUTE: [None, Lock.TODAY, Lock.TODAY, Lock.TODAY],
        Role.TEACHER: [None, None, Lock.TEACHER, Lock.TEACHER],
        Role.SECRETARY: [None, None, None, Lock.COMPLETED],
        Role.LEADER: [None, None, None, Lock.REASON],
    }
    assert lock(completed, Role.LEADER, "The note came late") is None


def test_the_paper_is_the_matrix() -> None:
    """Where this fails: `./dev papers`."""
    assert matrix.TARGET.read_text(encoding="utf-8") == matrix.paper()
