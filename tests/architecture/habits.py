"""Which habits hold the house up, and where are they broken?

Each rule reads the source under a root and answers with sentences that begin with the place; none means all is well. They
take the root, so that `test_planted.py` can show on a spoiled copy that every rule bites.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.source import (
    FLOORS,
    FURNITURE,
    Room,
    all_of,
    calls,
    dotted,
    functions,
    imported,
    rooms,
    templates,
    texts,
    walked,
)

Rule = Callable[[Path], list[str]]

LINES_A_ROOM = 400

# A room is named after its question; these names answer none.
NAMELESS = {
    "common", "helper", "helpers", "lib", "manager", "managers", "misc", "receivers", "service", "services", "signals",
    "tools", "util", "utils",
}  # fmt: skip

IDLE_VERBS = re.compile(r"^_*(get|do|handle|process)_")
# Names that a framework asks for.
HOOKS = {
    "get_by_natural_key", "get_user", "get_queryset", "get_context_data", "get_form_kwargs", "get_absolute_url", "get_response",
    "__get__", "get_internal_type", "get_db_prep_value", "get_lookup", "get_prep_lookup",
    "get_env", "get_model_class", "handle_raw_input", "process_view", "process_request", "process_response", "process_exception",
    "process_template_response",
}  # fmt: skip

# Where SQL is written by hand. Parameters are always passed beside the text, never put into it.
HAND_WRITTEN_SQL = {
    "fravaer/audit/trail.py": "functions of the database alone write and read the trail",
    "fravaer/audit/chain.py": "the same for its seals, under an advisory lock",
    "fravaer/audit/former.py": "the same for what rows were",
    "fravaer/audit/search.py": "the same for those who check the trail",
    "fravaer/core/copying.py": "rows by COPY, and tables laid bare for it",
    "fravaer/core/resealing.py": "tells the database that a key is changed and nothing else",
    "fravaer/core/walls.py": "who acts is told to the database, and the walls are put up",
    "fravaer/core/planning.py": "which tables Postgres has to count anew, and counting them",
    "fravaer/accounts/blocks.py": "what the CPR numbers tell begins and ends for everybody in one statement each",
    "fravaer/accounts/opening.py": "a child opened is noted, and those of the hour counted, in one statement",
    "fravaer/absence/bulk.py": "a year of registers is counted and written set-based",
    "fravaer/absence/alignment.py": "sums and half-days are brought in line set-based",
    "fravaer/absence/classes.py": "a school's classes and their pupils, each in one statement",
    "fravaer/absence/closing.py": "what limits a correction, in one statement of every save",
    "fravaer/absence/completion.py": "what every school still lacks, counted set-based",
    "fravaer/absence/changes.py": "the versions of several spans of months, in one statement",
    "fravaer/absence/explaining.py": "what stands of a pupil's day, and the latest word about many, in one statement each",
    "fravaer/absence/halfdays.py": "saves wait while a rule of half-days comes into force",
    "fravaer/absence/history.py": "a pupil's days, in one statement",
    "fravaer/absence/discrepancies.py": "everybody's contradictions in one statement a kind",
    "fravaer/absence/known.py": "what is known of a class's day, ranked, in one statement",
    "fravaer/absence/monthly.py": "every pupil's months of a school year in one statement",
    "fravaer/absence/percentage.py": "the one percentage, set-based for everybody at once",
    "fravaer/absence/punctuality.py": "every school's registers, counted set-based",
    "fravaer/absence/replanning.py": "what another calendar does to what was counted, set-based",
    "fravaer/absence/register.py": "a register is saved whole in one statement",
    "fravaer/absence/saying.py": "a word is kept with whose it was, in the statement of a save or by itself",
    "fravaer/absence/spread.py": "every pupil's half-days by school and year group, laid out in one statement",
    "fravaer/absence/standing.py": "everything a page or a save has to know of one register, in one statement",
    "fravaer/absence/together.py": "every class's pairs in one statement",
    "fravaer/absence/touched.py": "whose days were saved or explained lately, in one statement",
    "fravaer/absence/unexplained.py": "what the morning's job asks of every class at once",
    "fravaer/absence/weekly.py": "every week of many pupils in one statement",
    "fravaer/cases/preview.py": "whom a rule would catch, week by week, in one statement",
    "fravaer/cases/proposals.py": "an advisory lock lets one change of the rules be decided at a time",
    "fravaer/cases/measures.py": "a delivery replaces the intervals set-based",
    "fravaer/reports/cells.py": "sums of every grouping of some draws at once",
    "fravaer/reports/contents.py": "the hash of a draw's rows, in one statement a table",
    "fravaer/reports/drawn.py": "a draw's rows are written set-based",
    "fravaer/schools/contacts.py": "whom to tell about many pupils, in one statement",
    "fravaer/cases/evidence.py": "everybody's unlawful absence of a quarter, counted in one statement",
    "fravaer/cases/effort_figures.py": "every case's life up to a day, in one statement",
    "fravaer/cases/clusters.py": "every class's pupils over a line in one statement",
    "fravaer/cases/triage.py": "everybody's crossings in one pass, under an advisory lock",
    "fravaer/schools/installation.py": "which database of which cluster this session talks to",
    "fravaer/keeping/batches.py": "names the decided batch that opens the bolts, and forgets what rows were",
    "fravaer/keeping/dumping.py": "counts every table in the snapshot a dump is made from",
    "fravaer/schools/importing/apply.py": "an advisory lock keeps a second import out",
    "fravaer/sms/monthly.py": "an advisory lock lets one pass at a time prepare a month",
    "fravaer/sms/morning.py": "an advisory lock lets one pass at a time prepare a day",
    "fravaer/sms/outbox.py": "the mark and its attempt are one statement that commits by itself",
    "fravaer/sms/figures.py": "counts of every grouping at once, and percentiles",
    "fravaer/sms/optouts.py": "which of a few numbers said no, asked at every sending",
    "fravaer/sms/owner.py": "an advisory lock says that a sending process lives",
}
# A model's `objects` may be cut open by these names in no other place.
# Where a page reaches further than its actor does, and why: sums, or a job's work that a page starts.
REACHING_FURTHER = {
    "fravaer/absence/classes.py": "what a school's classes come to, whose pupils may have been elsewhere too",
    "fravaer/absence/arrangements.py": "how many schools use a word",
    "fravaer/absence/completion.py": "what every school still lacks, in counts",
    "fravaer/absence/punctuality.py": "how many registers of each school were taken in time",
    "fravaer/keeping/batches.py": "what is old enough is counted of everybody; the page is shown counts alone",
    "fravaer/accounts/emergency.py": "whether there is one child of an exact name and birth date, or of a CPR number",
    "fravaer/cases/effort_figures.py": "how many cases, and how long they took",
    "fravaer/cases/foreseen.py": "how many pupils each line of a change would catch",
    "fravaer/cases/preview.py": "how many pupils a rule would catch",
    "fravaer/oversight/insight.py": "everything held about one child, of which each side is shown its own",
    "fravaer/oversight/lookup.py": "the controller looks a child or a colleague up by exact name, which is noted itself",
    "fravaer/oversight/refusals.py": "whose key somebody was refused, for the trail alone",
    "fravaer/reports/drawn.py": "sums of everybody, drawn anew when they have moved",
    "fravaer/reports/unlawful.py": "how many pupils of each area",
    "fravaer/sms/effect.py": "what two groups' absence comes to",
    "fravaer/sms/figures.py": "how many messages of each school",
    "fravaer/sms/health.py": "how many messages wait",
    "fravaer/sms/inbound.py": "whose telephone a reply comes from",
    "fravaer/sms/receipts.py": "the message the provider speaks of",
}
SQL_CALLS = {"cursor", "raw", "extra", "RawSQL"}
UNSAFE_CALLS = {
    "mark_safe",
    "csrf_exempt",
    "login_not_required",
    "xframe_options_exempt",
    "html_safe",
    # Rows past their scope: there is no such manager, and none is made.
    "_unscoped",
    "unscoped",
}
UNSAFE_PLACES = {
    ("fravaer/core/access.py", "login_not_required"): "`public`, the one way to open a view",
    (
        "fravaer/core/stencil.py",
        "SafeString",
    ): "rows of a template's own markup and words escaped just before",
    ("fravaer/core/strokes.py", "SafeString"): "a picture of marks that escape what they are given",
    (
        "fravaer/accounts/pages/outside.py",
        "csrf_exempt",
    ): "the municipality's login tells of a sign-out, which is signed instead",
    ("fravaer/sms/inbound.py", "csrf_exempt"): "the provider's calls, which are signed instead",
    ("fravaer/sms/receipts.py", "csrf_exempt"): "the provider's calls, which are signed instead",
}

# Modules in which the clock is read and the settings are looked up; rooms are handed both.
DOORS = {
    "views",
    "tasks",
    "middleware",
    "checks",
    "health",
    "urls",
    "celery",
    "wsgi",
    "settings",
    "navigation",
}
CLOCK = re.compile(
    r"(^|\.)(timezone\.(now|localdate|localtime)|date\.today|datetime\.(now|today|utcnow)|time\.time)$"
)
AT_THE_DOOR = {
    "fravaer/keeping/dumping.py": "for a command: the programs of Postgres and where they are told of",
    "fravaer/accounts/sessions.py": "where the session middleware comes in",
    "fravaer/core/apps.py": "where the product comes up: the keys it goes by",
    "fravaer/accounts/opening.py": "middleware, and what pages ask of it",
    "fravaer/accounts/origin.py": "asked by django-axes, which hands it the request alone",
    "fravaer/core/gallery.py": "a page for those who build pages",
    "fravaer/core/language.py": "middleware",
    "fravaer/core/mail.py": "the door mail leaves by, for tasks",
    "fravaer/sms/inbound.py": "a view",
    "fravaer/sms/optouts.py": "the key of the numbers' hash, which nobody hands around",
    "fravaer/sms/providers.py": "makes the gateway and the sender of the settings, for tasks, commands and the receipts",
    "fravaer/sms/receipts.py": "a view",
}


def rules() -> dict[str, Rule]:
    """Every rule by the sentence it stands for."""
    return {
        "a room has a question": questions,
        "a room is at most 400 lines": sizes,
        "no module is nameless": names,
        "no function is named get, do, handle or process": verbs,
        "nothing is signalled": signals,
        "SQL by hand only where it is listed": hand_written_sql,
        "a page reaches further than its actor only where it is listed": reaching_further,
        "nothing is declared safe": unsafe,
        "no word to translate is hidden inside another string": hidden_words,
        "rooms read neither clock nor settings": doors,
        "a message is never called a notification": vocabulary,
        "templates compute nothing and escape everything": template_habits,
    }


def questions(root: Path) -> list[str]:
    """Every module but furniture opens with its question; furniture at least says what is in it."""
    found = []
    for room in rooms(root):
        said = ast.get_docstring(room.tree) or ""
        opening = said.partition("\n")[0]
        if room.stem in FURNITURE or room.is_page or room.is_rows:
            continue
        if room.is_command:
            if not said:
                found.append(f"{room.place}: the command does not say what it does")
        elif "?" not in opening:
            found.append(f"{room.place}: the first line of the docstring asks no question")
    return found


def sizes(root: Path) -> list[str]:
    found = []
    for room in rooms(root):
        lines = room.text.count("\n")
        if lines > LINES_A_ROOM:
            found.append(f"{room.place}: {lines} lines are more than {LINES_A_ROOM}")
    return found


def names(root: Path) -> list[str]:
    found = [
        f"{room.place}: the name {room.stem} answers nothing" for room in rooms(root) if room.stem in NAMELESS
    ]
    for room in rooms(root):
        if room.app and room.app not in FLOORS:
            found.append(f"{room.place}: the app {room.app} stands on no floor")
    return found


def verbs(root: Path) -> list[str]:
    return [
        f"{room.at(function)}: {function.name} is named after no answer and no change"
        for room in rooms(root)
        for function in functions(room.tree)
        if IDLE_VERBS.match(function.name) and function.name not in HOOKS
    ]


def signals(root: Path) -> list[str]:
    found = []
    for room in rooms(root):
        for node, what in imported(room.tree):
            if what.startswith("django.dispatch") or ".signals" in what:
                found.append(f"{room.at(node)}: {what} is a signal")
    return found


def hand_written_sql(root: Path) -> list[str]:
    found = []
    for room in rooms(root):
        for node, what in calls(room.tree):
            if what.split(".")[-1] in SQL_CALLS and room.place not in HAND_WRITTEN_SQL:
                found.append(f"{room.at(node)}: {what} outside the rooms that write SQL by hand")
    return found


def reaching_further(root: Path) -> list[str]:
    return [
        f"{room.at(node)}: acts as another role of the database outside the rooms that say why"
        for room in rooms(root)
        for node, what in calls(room.tree)
        if what.split(".")[-1] == "acting_as" and room.place not in REACHING_FURTHER
    ]


def unsafe(root: Path) -> list[str]:
    """No escape hatch outside its one place, no form with every field, no filter straight from the request."""
    return [
        f"{room.at(node)}: {fault}"
        for room in rooms(root)
        for node in walked(room.tree)
        if (fault := _unsafe(room, node))
    ]


def _unsafe(room: Room, node: ast.AST) -> str | None:
    match node:
        case ast.Name() | ast.Attribute():
            name = dotted(node).split(".")[-1]
            if name in UNSAFE_CALLS and (room.place, name) not in UNSAFE_PLACES:
                return f"{name} outside its place"
        # What is written in the source is safe; what comes from elsewhere goes through format_html.
        case ast.Call(func=ast.Name(id="SafeString"), args=[argument]) if not isinstance(
            argument, ast.Constant
        ):
            return None if (room.place, "SafeString") in UNSAFE_PLACES else "SafeString around a value"
        case (
            ast.Assign(targets=[ast.Name(id="fields")], value=ast.Constant(value="__all__"))
            | ast.keyword(arg="fields", value=ast.Constant(value="__all__"))
        ):
            return 'fields = "__all__"'
        case ast.Call() if dotted(node.func).split(".")[-1] in {"filter", "exclude", "order_by"}:
            spread = [keyword.value for keyword in node.keywords if keyword.arg is None]
            spread += [argument.value for argument in node.args if isinstance(argument, ast.Starred)]
            if any("request" in dotted(value).split(".") for value in spread):
                return "a query straight from the request"
    return None


WORDS = {
    "_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy",
}  # fmt: skip


def hidden_words(root: Path) -> list[str]:
    """What stands inside an f-string is not found when the catalogues are gathered, and stays English."""
    return [
        f"{room.at(node)}: {dotted(call.func)} inside an f-string is not translated"
        for room in rooms(root)
        for node in all_of(ast.JoinedStr, room.tree)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and dotted(call.func) in WORDS
    ]


def doors(root: Path) -> list[str]:
    """The clock and the settings enter at the door: rooms get the day, the moment and the setting passed in."""
    found = []
    for room in rooms(root):
        if room.stem in DOORS or room.is_command or room.is_page or room.place in AT_THE_DOOR:
            continue
        for node, what in calls(room.tree):
            # Putting a moment that was handed in into local time reads no clock.
            if CLOCK.search(what) and not (what.endswith(("localtime", "localdate")) and node.args):
                found.append(f"{room.at(node)}: {what} reads the clock inside a room")
        for statement, what in imported(room.tree):
            if what in {"django.conf.settings", "fravaer.settings", "os.environ"}:
                found.append(f"{room.at(statement)}: {what} is looked up inside a room")
    return found


def vocabulary(root: Path) -> list[str]:
    found = []
    for place, text in [*((room.place, room.text) for room in rooms(root)), *templates(root)]:
        for number, line in enumerate(text.splitlines(), 1):
            if "notification" in line.lower():
                found.append(f"{place}:{number}: a message is not a notification")
    return found


# `|length` and friends are ready-made answers; these would compute one, or let markup through.
IN_TEMPLATES = {
    r"\|\s*add:": "adds in a template",
    r"\{%\s*widthratio": "divides in a template",
    r"\|\s*safe\b": "declares text safe",
    r"\|\s*safeseq\b": "declares text safe",
    r"\{%\s*autoescape\s+off": "turns escaping off",
    r"\sstyle=": "styles inline, which the content security policy forbids",
    r"\son[a-z]+=": "scripts inline, which the content security policy forbids",
}


def template_habits(root: Path) -> list[str]:
    found = []
    for place, text in templates(root):
        for number, line in enumerate(text.splitlines(), 1):
            found += [
                f"{place}:{number}: {fault}"
                for pattern, fault in IN_TEMPLATES.items()
                if re.search(pattern, line)
            ]
            if re.search(r"<script(?![^>]*\bsrc=)", line):
                found.append(f"{place}:{number}: scripts inline, which the content security policy forbids")
    return found


def backdoors(root: Path) -> Iterator[str]:
    """Places outside an app that name one of its private tables in SQL: counting through the back door."""
    private = re.compile(r"\b(audit|absence|sms|cases|reports)_[a-z]+\b(?!\.)")
    for room in rooms(root):
        for node, text in texts(room.tree):
            for match in private.finditer(text):
                app, table = match.group(1), match.group(0)
                if app != room.app and table in tables(root):
                    yield f"{room.at(node)}: {table} belongs to {app}"


def tables(root: Path) -> dict[str, str]:
    """Every table of ours with its model: `absence_register` and `absence.Register`."""
    found = {}
    for room in rooms(root):
        if room.app and room.is_rows:
            for node in room.tree.body:
                if isinstance(node, ast.ClassDef) and any(
                    dotted(base).endswith(BASES) for base in node.bases
                ):
                    found[f"{room.app}_{node.name.lower()}"] = f"{room.app}.{node.name}"
    return found


BASES = ("models.Model", "AbstractBaseUser")


def in_views(room: Room) -> bool:
    """Whether the module answers requests, or chooses what they are answered with."""
    return room.stem in {"views", "forms", "filters", "tables", "navigation"} or room.is_page
