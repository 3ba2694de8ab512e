"""Is a field that not everybody may see shown anywhere without asking whether its reader may?

`fravaer.accounts.fields` says who is shown what. A template that writes such a field stands inside a condition about it, and a
module that answers requests, draws a table or writes a file asks in the function that touches it, or stands on the list below
with the reason why its readers all may.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.template.base import Lexer, TokenType

from tests.architecture.habits import in_views
from tests.architecture.source import Room, all_of, calls, rooms, templates, walked

# How a template names the field, and the word its condition has to name.
IN_TEMPLATES = {
    r"\.protected\b": "protected",
    r"\bholders\b": "guardians|phone|phone_end",
    r"\.(guardian|guardians)\b": "guardians",
    r"\b(numbers|mask|to_mask|e164|from_e164|to_e164)\b": "phone|phone_end",
    r"\bbirth_on\b": "birth",
    r"\bcertificates\b": "certificate",
    r"\bobjection\.(text|answer)\b": "reason_text",
    r"\bone\.note\b": "reason_text",
    r"\bfound\.reason\b|\bcell\.letter\b": "reason",
    r"\bcpr\b": "cpr",
}
# (template, what it names): why every reader of it may.
TEMPLATES_OF_THOSE_WHO_MAY = {
    ("templates/cases/people.html", ".protected"): "beside the button of those who are shown the telephones",
    ("templates/absence/objection.html", "objection.text"): "the page on which the leader answers it",
    ("templates/cases/duties.html", "cell.letter"): "a letter to guardians",
    (
        "templates/cases/plan.html",
        ".guardian",
    ): "what a step of the plan says of the guardian, not who she is",
    ("templates/sms/choices.html", ".guardians"): "how many",
    (
        "templates/oversight/insight.html",
        ".guardian",
    ): "who asks for insight, to those who prepare and hand it out",
    ("templates/oversight/insight_ask.html", ".guardian"): "the field in which one of them is chosen",
    **{
        (f"templates/sms/{name}.html", what): "a page of the office's and the leader's alone"
        for name, what in (
            ("inbox_row", ".guardian"),
            ("log_message", ".guardian"),
            ("log_message", "to_mask"),
            ("log_pupil", ".guardian"),
            ("log_table", ".guardian"),
            ("log_table", "to_mask"),
            ("log_withheld", ".guardian"),
            ("ring_row", ".guardian"),
            ("today", ".guardian"),
        )
    },
    ("templates/core/gallery_pupils.html", ".protected"): "a page for those who build pages, of nobody",
}

# Attributes and calls by which a module takes hold of a restricted field.
IN_ROOMS = {
    "protected",
    "e164",
    "from_e164",
    "to_e164",
    "to_mask",
    "birth_on",
    "masked",
    "holders",
    "with_measure_in",
    "SocialMeasure",
    "reveal",
}
ASKING = {"visible_fields", "mark_of", "known_to"}
WRITING = re.compile(
    r"^fravaer/\w+/(sheet|sheets|csvs|workbook|tables|exporting|stil|package|bar|letterpaper)\.py$"
)
# (module, function, field): why every reader of it may.
ROOMS_OF_THOSE_WHO_MAY = {
    (
        "fravaer/sms/pages/numbers.py",
        "mend",
        "e164",
    ): "the number is not shown; Action.PHONE_MEND opens the page",
    (
        "fravaer/cases/pages/people.py",
        "phones",
        "protected",
    ): "the word under which the trail keeps the showing",
    ("fravaer/absence/sheet.py", "shape", "protected"): "asked when the row was made",
    ("fravaer/sms/pages/inbox.py", "_rows", "masked"): "the office's own page, which Action.SMS_INBOX opens",
    (
        "fravaer/sms/pages/inbox.py",
        "_rows",
        "from_e164",
    ): "the office's own page, which Action.SMS_INBOX opens",
}


def unasked(root: Path) -> list[str]:
    """Places that show a restricted field without asking."""
    return [*_templates(root), *_rooms(root)]


def _templates(root: Path) -> Iterator[str]:
    for place, text in templates(root):
        # The conditions one stands in: the words of the branch that was taken.
        inside: list[str] = []
        for token in Lexer(text).tokenize():
            if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
                continue
            words = token.contents
            tag = words.split(" ", 1)[0] if token.token_type is TokenType.BLOCK else ""
            if tag == "endif":
                inside.pop()
            elif tag in {"elif", "else"}:
                inside[-1] = ""
            if tag in {"if", "elif"}:
                inside[len(inside) - (tag == "elif") :] = [words]
            # A condition shows that there is something, which is told by its words; the mark of protection is no more than that.
            if tag in {"url", "load", "translate"} or (tag in {"if", "elif"} and ".protected" not in words):
                continue
            for pattern, field in IN_TEMPLATES.items():
                found = re.search(pattern, words)
                asked = rf"\"({field})\" in \w+"
                if (
                    found
                    and not any(re.search(asked, one) for one in inside)
                    and (place, found[0]) not in TEMPLATES_OF_THOSE_WHO_MAY
                ):
                    yield f"{place}:{token.lineno}: {found[0]} is written without asking for {field}"


def _rooms(root: Path) -> Iterator[str]:
    for room in rooms(root):
        if in_views(room) or WRITING.match(room.place):
            for function, field, node in _touched(room):
                if (room.place, function, field) not in ROOMS_OF_THOSE_WHO_MAY:
                    yield f"{room.at(node)}: {field} in {function or 'the module'} is taken without asking"


def _touched(room: Room) -> Iterator[tuple[str, str, ast.AST]]:
    """Restricted fields taken by functions that do not ask: the function's name, the field and the place."""
    for part in all_of(ast.FunctionDef, room.tree):
        if any(what.split(".")[-1] in ASKING for _, what in calls(part)):
            continue
        for node in walked(part):
            name = (
                node.attr
                if isinstance(node, ast.Attribute)
                else node.id
                if isinstance(node, ast.Name)
                else ""
            )
            if name in IN_ROOMS:
                yield part.name, name, node
