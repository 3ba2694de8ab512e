"""What does a municipality put into its record of processing, and does the paper still say what the tables hold?

Writes `docs/fortegnelse.md`: what the product is used for, about whom it holds what, who gets it, and every table with its
fields. The words stand here; tables and fields are read from the product itself, so that none can be forgotten. A table that
nobody has placed stands under its app's own purpose.
"""

import os
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools import matrix
from tools.processes import say
from tools.surroundings import ROOT, Problem

TARGET = ROOT / "docs" / "fortegnelse.md"


@dataclass(frozen=True)
class Activity:
    """One processing activity of article 30, in the words of the municipality's record."""

    key: str
    name: str
    purpose: str
    basis: str
    about: str
    kinds: str
    recipients: str


REGISTER = Activity(
    "fravær",
    "Registrering af elevers fravær",
    "At føre skolens pligtige register over elevers tilstedeværelse, afklare hvorfor en elev ikke er mødt, og rette fejl.",
    "Folkeskolelovens regler om fravær og bekendtgørelsen om elevers fravær; databeskyttelsesforordningens artikel 6, stk. 1, "
    "litra c og e. Sygdom er en helbredsoplysning: artikel 9, stk. 2, litra g.",
    "Elever; medarbejdere, der registrerer; forældre, hvis ord om en årsag gengives",
    "Dag og tidspunkt for fravær, årsag (syg, fri med tilladelse, ulovligt), bemærkninger, lægeerklæring (at den er bedt om og "
    "vist, ikke hvad den siger), indsigelser",
    "Skolens egne medarbejdere; socialrådgivere på skolen; ministeriets fraværsindberetning, når skolen selv leverer filen",
)
SMS = Activity(
    "sms",
    "Sms til forældre om uafklaret fravær",
    "At forældre samme morgen ved, at barnet ikke er mødt, og kan svare.",
    "Artikel 6, stk. 1, litra e. Kommunen beslutter for hver skole, om der sendes.",
    "Forældre og andre med forældremyndighed; elever",
    "Telefonnummer, beskedens ord (uden efternavn, årsag og link), hvad der blev af den, svar på sms, frabedt sms",
    "Kommunens sms-leverandør som databehandler (telefonnummer og beskedens ord, intet andet)",
)
CASES = Activity(
    "sager",
    "Opfølgning på bekymrende fravær",
    "At finde elever med bekymrende fravær, aftale en indsats, og vise, om den hjalp.",
    "Folkeskoleloven; barnets lov om tidlig indsats, underretning og udveksling "
    "af oplysninger; forvaltningslovens §§ 28 og 32; artikel 6, stk. 1, litra c og e, og artikel 9, stk. 2, litra f og g.",
    "Elever; forældre; medarbejdere, der deltager",
    "Overskredne grænser med tallene bag, sagens trin, notater i tre adskilte domæner (skole, social, PPR), barnets og "
    "forældrenes syn, aftaler, møder, breve, bilag, samtykker",
    "De medarbejdere, der deltager i sagen, hver sit domæne; kommunens modtager af underretninger; forældre ved brev",
)
MEASURES = Activity(
    "foranstaltninger",
    "Elever med en social foranstaltning",
    "At kunne vise, om fraværet falder for de elever, kommunen allerede hjælper, og at barnets socialrådgiver ved det.",
    "Barnets lov; artikel 6, stk. 1, litra e, og artikel 9, stk. 2, litra g. Forvaltningslovens § 32 sætter grænsen for, hvem "
    "der må kende oplysningen: ingen på skolen.",
    "Elever",
    "At der er en foranstaltning, og fra hvornår til hvornår. Hverken art eller begrundelse",
    "Barnets egen socialrådgiver og dennes leder; alle andre kun som tal, hvor små grupper er skjult",
)
FIGURES = Activity(
    "tal",
    "Ledelsesinformation og kvartalets opgørelse",
    "At skoler, områder og kommunen kan følge fraværet, og at kvartalets tal kan genskabes.",
    "Artikel 6, stk. 1, litra e; databeskyttelseslovens § 10 for tal uden henblik på den enkelte.",
    "Elever, i tal; enkelte elever kun for skolens egen leder",
    "Fraværsdage og mulige dage pr. elev i en optælling; derefter tal for grupper. Grupper under fem er skjult",
    "Skoleledere, områdechefer, forvaltningens ledelse, udvalg (tal med skjulte små grupper)",
)
ROSTER = Activity(
    "stamdata",
    "Skoler, klasser, elever og forældre",
    "At vide, hvem der går hvor, hvem der må få besked, og hvilke dage der er skole.",
    "Folkeskoleloven; artikel 6, stk. 1, litra c og e.",
    "Elever; forældre og andre med forældremyndighed; medarbejdere",
    "Navn, klasse, indskrivning, telefonnummer, om navn og adresse er beskyttet. Ingen adresser",
    "Ingen uden for kommunen",
)
ACCESS = Activity(
    "adgang",
    "Brugere, adgange og log",
    "At kun den, der har brug for det, ser et barn, og at det kan kontrolleres bagefter.",
    "Databeskyttelsesforordningens artikel 5, stk. 1, litra f, og artikel 32; forvaltningslovens § 32.",
    "Medarbejdere; elever, som nøgle i loggen",
    "Navn, tjenstlig konto, roller og enheder med begyndelse og slut, hvem der har set og ændret hvad og hvornår",
    "Kommunens databeskyttelseskontrollant; ledere ved stikprøver",
)
ACTIVITIES = (REGISTER, SMS, CASES, MEASURES, FIGURES, ROSTER, ACCESS)
OF_APP = {
    "absence": REGISTER,
    "sms": SMS,
    "cases": CASES,
    "reports": FIGURES,
    "schools": ROSTER,
    "accounts": ACCESS,
    "audit": ACCESS,
    "oversight": ACCESS,
    "keeping": ACCESS,
}
OF_TABLE = {"cases.SocialMeasure": MEASURES}
# Fields that say nothing of anybody.
SILENT = {"id", "pk", "uuid", "key", "version"}
HEAD = """# Fortegnelse over behandlingsaktiviteter

Udkast til kommunens fortegnelse efter databeskyttelsesforordningens artikel 30, som kommunen selv gør færdig: den
dataansvarlige, databeskyttelsesrådgiveren og databehandlerne kender kun den. Retsgrundlaget er udviklernes bedste bud og
skal læses af kommunens jurist. Siden skrives af `./dev papers` ud fra systemets egne tabeller og er altid lige så ny som
de; ret den ikke i hånden.

| | |
| --- | --- |
| Dataansvarlig | *kommunen udfylder* |
| Databeskyttelsesrådgiver | *kommunen udfylder* |
| Databehandlere | driftsleverandør og sms-leverandør: *kommunen udfylder, med databehandleraftale* |
| Overførsel til tredjelande | ingen fra systemet selv; sms-leverandøren vurderes af kommunen |
| Sikkerhed | [SECURITY.md](../SECURITY.md), [threat-model.md](threat-model.md), [dpia.md](dpia.md) |
| Slettefrister | ved hver behandling herunder, som de er, før kommunen har valgt andre; se [sletning.md](sletning.md) |
"""


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when the paper is old")


def run(arguments: Namespace) -> int:
    """Write the paper, or say that it is old."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    text = record()
    if arguments.check:
        return matrix.run(arguments) or (0 if TARGET.read_text(encoding="utf-8") == text else 1)
    matrix.run(arguments)
    TARGET.write_text(text, encoding="utf-8")
    say(f"{TARGET.relative_to(ROOT)} is written.")
    return 0


def record() -> str:
    """The whole paper, of the tables as they are."""
    tables = dict(_tables())
    parts = [HEAD]
    for activity in ACTIVITIES:
        own = [model for model, place in tables.items() if place is activity]
        parts.append(
            f"## {activity.name}\n\n| | |\n| --- | --- |\n"
            f"| Formål | {activity.purpose} |\n"
            f"| Hjemmel | {activity.basis} |\n"
            f"| Registrerede | {activity.about} |\n"
            f"| Oplysninger | {activity.kinds} |\n"
            f"| Modtagere | {activity.recipients} |\n"
            f"| Slettes | {'; '.join(_terms(activity)) or 'sammen med det, det hører til'} |\n"
            f"\n{_fields(own)}"
        )
    return "\n".join(parts)


def _tables() -> Iterator[tuple[Any, Activity]]:
    """Every table of ours with what it is for."""
    from django.apps import apps

    ours = [one for one in apps.get_app_configs() if one.name.startswith("fravaer.") and one.models]
    if unplaced := [one.label for one in ours if one.label not in OF_APP]:
        raise Problem(f"tools/papers.py does not say what {', '.join(unplaced)} is for.")
    for one in ours:
        for model in sorted(one.get_models(), key=lambda one: one.__name__):
            name = f"{one.label}.{model.__name__}"
            yield model, OF_TABLE.get(name, OF_APP[one.label])


def _terms(activity: Activity) -> Iterator[str]:
    """When what the activity holds is let go, before the municipality has chosen otherwise."""
    from django.utils import translation

    from fravaer.keeping.catalogue import KINDS, What

    for kind in KINDS.values():
        app = kind.key.partition(".")[0]
        if (MEASURES if kind.key == "cases.measure" else OF_APP.get(app)) is not activity:
            continue
        with translation.override("da"):
            if kind.what is What.KEEP:
                yield f"{kind.label}: gemmes for altid"
            else:
                lasts = kind.lasts or _span(kind.months or 0)
                yield f"{kind.label}: {lasts}, regnet fra »{kind.trigger}«"


def _span(months: int) -> str:
    return f"{months} måneder" if months % 12 else f"{months // 12} år"


def _fields(models: list[Any]) -> str:
    words = _danish()
    lines = ["| tabel | på dansk | felter |", "| --- | --- | --- |"]
    for model in models:
        names = [field.name for field in model._meta.fields if field.name not in SILENT]
        lines.append(
            f"| `{model.__name__}` | {words.get(model.__name__, '–')} | {', '.join(f'`{one}`' for one in names)} |"
        )
    return "\n".join(lines) + "\n"


def _danish() -> dict[str, str]:
    """What the glossary calls each class in Danish."""
    found: dict[str, str] = {}
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for line in glossary.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4:
            for name in re.findall(r"`(\w+)`", cells[2]):
                found.setdefault(name, cells[1])
    if not found:
        raise Problem("docs/glossary.md has no words any more.")
    return found
