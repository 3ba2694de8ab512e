"""Which strings does the product speak, and does each have its Danish?

One catalogue per app, so that people who work on different apps do not meet in one file:
``locale/<app>/<language>/LC_MESSAGES/django.po`` holds the strings of ``fravaer/<app>`` and
``templates/<app>``; everything else (base templates, components, error pages, and the strings of libraries
that have no Danish of their own) belongs to ``core``. The English catalogue repeats its source strings: a
string missing from it is one that nobody looked at.

The files hold neither dates nor line numbers: a change of one string changes one entry. No GNU gettext is
needed, only Babel from the development requirements.
"""

import re
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE, TARGET = "en", "da"
LANGUAGES = (TARGET, SOURCE)
REST = "core"

KEYWORDS: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

# Library modules whose strings people meet and that come without Danish.
BORROWED = ("django_tables2.paginators",)

HEADER = {
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}

PLACEHOLDER = re.compile(r"%\(\w+\)[0-9.]*[a-z]|%[sd]|\{\w*\}")

Key = tuple[str, str]
"""A string's context (empty when it has none) and its English singular."""


@dataclass(frozen=True)
class Entry:
    """One string of the product: English, and a translation when there is one."""

    context: str
    singular: str
    plural: str = ""
    comments: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    fuzzy: bool = False

    @property
    def key(self) -> Key:
        return self.context, self.singular

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.singular, self.plural) if self.plural else (self.singular,)

    @property
    def is_translated(self) -> bool:
        return len(self.translations) == len(self.sources) and all(self.translations) and not self.fuzzy

    @property
    def loses_a_placeholder(self) -> bool:
        """A Danish sentence that names other values than the English one would fail when it is shown.

        A singular may leave out the number ("en elev"), so it is compared with both English forms.
        """
        allowed = set(PLACEHOLDER.findall(" ".join(self.sources)))
        wanted = set(PLACEHOLDER.findall(self.sources[-1]))
        return any(set(PLACEHOLDER.findall(text)) - allowed for text in self.translations) or bool(
            self.translations and wanted - set(PLACEHOLDER.findall(self.translations[-1]))
        )


@dataclass
class Report:
    """What an update did or a check found, in sentences."""

    written: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def apps(root: Path) -> list[str]:
    """Names of the product's apps: the packages under ``fravaer``."""
    return sorted(path.parent.name for path in (root / "fravaer").glob("*/__init__.py"))


def sources(root: Path, app: str, every_app: Sequence[str]) -> Iterator[Path]:
    """The Python files and templates whose strings belong to the app."""
    python = [root / "fravaer" / app]
    templates = [root / "templates" / app]
    if app == REST:
        others = set(every_app) - {REST}
        yield from sorted((root / "fravaer").glob("*.py"))
        templates = [path for path in (root / "templates").glob("*") if path.name not in others]
    for folder in python:
        yield from (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)
    for path in sorted(templates):
        candidates = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in candidates if file.suffix in {".html", ".txt"})


def borrowed() -> Iterator[Path]:
    for module in BORROWED:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise LookupError(f"The library module {module} is not installed.")
        yield Path(spec.origin)


def strings(path: Path) -> Iterator[Entry]:
    """The strings of one file, in its order. Raises SyntaxError naming the file if it cannot be read."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # The templates' own reader leaves Python-like text behind, whose indentation means nothing.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=path.name).splitlines())
    try:
        found = list(extract("python", BytesIO(text.encode()), KEYWORDS, ("Translators:",)))
    except (SyntaxError, ValueError) as error:
        raise SyntaxError(f"{path}: {error}") from error
    for _line, message, comments, context in found:
        parts = (message,) if isinstance(message, str) else tuple(message)
        yield Entry(
            context=context or "",
            singular=parts[0],
            plural=parts[1] if len(parts) > 1 else "",
            comments=tuple(comment.removeprefix("Translators:").strip() for comment in comments),
        )


def extracted(root: Path, app: str, every_app: Sequence[str]) -> dict[Key, Entry]:
    """All strings of one app in a stable order. A string that anywhere has a plural has it everywhere."""
    files = list(sources(root, app, every_app))
    if app == REST:
        files += borrowed()
    found: dict[Key, Entry] = {}
    for entry in (entry for file in files for entry in strings(file)):
        known = found.get(entry.key, entry)
        found[entry.key] = Entry(
            context=entry.context,
            singular=entry.singular,
            plural=known.plural or entry.plural,
            comments=tuple(dict.fromkeys(known.comments + entry.comments)),
        )
    return {key: found[key] for key in sorted(found)}


def folder(root: Path, app: str, language: str) -> Path:
    return root / "locale" / app / language / "LC_MESSAGES"


def stored(root: Path, app: str, language: str) -> dict[Key, Entry]:
    """What the catalogue on disk holds; empty when there is none."""
    path = folder(root, app, language) / "django.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, charset="utf-8")
    return {entry.key: entry for entry in map(_entry, (message for message in catalogue if message.id))}


def _entry(message: Message) -> Entry:
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return Entry(
        context=message.context or "",
        singular=ids[0],
        plural=ids[1] if len(ids) > 1 else "",
        translations=tuple(text or "" for text in texts),
        fuzzy=message.fuzzy,
    )


def translated(
    entry: Entry, language: str, own: Mapping[Key, Entry], others: Iterable[Mapping[Key, Entry]]
) -> Entry:
    """The entry with its translation: its own, else that of another app, so that a string may move."""
    translations: tuple[str, ...] = ("",) * len(entry.sources)
    fuzzy = False
    if language == SOURCE:
        translations = entry.sources
    else:
        for known in (own, *others):
            before = known.get(entry.key)
            if before is not None and before.is_translated and len(before.sources) == len(entry.sources):
                translations = before.translations
                break
        else:
            before = own.get(entry.key)
            if before is not None and before.fuzzy:
                translations, fuzzy = before.translations, True
    return Entry(entry.context, entry.singular, entry.plural, entry.comments, translations, fuzzy)


def header(language: str) -> str:
    return "".join(f"{name}: {value}\n" for name, value in {"Language": language, **HEADER}.items())


def rendered(entries: Iterable[Entry], language: str) -> bytes:
    """The text of a catalogue: sorted, unwrapped, without dates and line numbers."""
    catalogue = Catalog(locale=language)
    for entry in entries:
        catalogue.add(
            id=entry.sources if entry.plural else entry.singular,
            string=entry.translations if entry.plural else entry.translations[0],
            context=entry.context or None,
            auto_comments=entry.comments,
            flags=("fuzzy",) if entry.fuzzy else (),
        )
    body = BytesIO()
    write_po(body, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    top = "".join(f'"{line}\\n"\n' for line in header(language).splitlines())
    return f'msgid ""\nmsgstr ""\n{top}\n'.encode() + body.getvalue().rstrip() + b"\n"


def compiled(entries: Iterable[Entry], language: str) -> bytes:
    """The catalogue as Python's gettext reads it (GNU .mo), the same bytes for the same strings."""
    pairs = {b"": header(language).encode()}
    for entry in entries:
        if entry.is_translated:
            context = f"{entry.context}\x04" if entry.context else ""
            pairs[(context + "\x00".join(entry.sources)).encode()] = "\x00".join(entry.translations).encode()
    keys = sorted(pairs)
    size = 28 + 16 * len(keys)
    tables: tuple[list[int], list[int]] = ([], [])
    texts = b""
    for table, items in zip(tables, (keys, [pairs[key] for key in keys]), strict=True):
        for item in items:
            table += [len(item), size + len(texts)]
            texts += item + b"\x00"
    start = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, size)
    return start + b"".join(struct.pack(f"<{len(table)}I", *table) for table in tables) + texts


def update(root: Path, *, write: bool, only: Collection[str] = ()) -> Report:
    """Bring every catalogue up to date and compile it, or say what an update would change.

    Problems are strings without Danish, uncertain (fuzzy) ones, Danish that names other values than its
    English, one English string with two Danish ones, and, when nothing is to be written, every file that is
    not fresh. With `only`, other apps' catalogues are read but neither written nor judged.
    """
    report = Report()
    every_app = apps(root)
    wanted = {app: extracted(root, app, every_app) for app in every_app}
    for language in LANGUAGES:
        known = {app: stored(root, app, language) for app in every_app}
        danish: dict[Key, tuple[str, tuple[str, ...]]] = {}
        for app in (app for app in every_app if not only or app in only):
            others = [known[other] for other in every_app if other != app]
            entries = [translated(entry, language, known[app], others) for entry in wanted[app].values()]
            _compare(root, app, language, entries, known[app], report, write=write)
            for entry in entries:
                name = f"{app}/{language}: {entry.singular!r}"
                if not entry.is_translated:
                    report.problems.append(f"{name} {'is fuzzy' if entry.fuzzy else 'has no translation'}")
                    continue
                if entry.loses_a_placeholder:
                    report.problems.append(f"{name} names other values in its translation")
                first_app, first = danish.setdefault(entry.key, (app, entry.translations))
                if first[0] != entry.translations[0]:
                    report.problems.append(
                        f"{name} has another translation in {first_app}; give one a context"
                    )
    return report


def _compare(
    root: Path,
    app: str,
    language: str,
    entries: Sequence[Entry],
    before: Mapping[Key, Entry],
    report: Report,
    *,
    write: bool,
) -> None:
    keys = {entry.key for entry in entries}
    files = {"django.po": rendered(entries, language), "django.mo": compiled(entries, language)}
    for name, content in files.items():
        path = folder(root, app, language) / name
        if path.exists() and path.read_bytes() == content:
            continue
        shown = path.relative_to(root).as_posix()
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            report.written.append(shown)
        else:
            report.problems.append(f"{shown} is not fresh: run the catalogues command")
    if not write:
        report.problems += [f"{app}/{language}: {key[1]!r} is new" for key in sorted(keys - before.keys())]
        report.problems += [
            f"{app}/{language}: {key[1]!r} is obsolete" for key in sorted(before.keys() - keys)
        ]
