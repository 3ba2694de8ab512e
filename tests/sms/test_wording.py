"""What a text says, how long it is, and what never stands in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fravaer.sms import wording
from fravaer.sms.states import Kind
from fravaer.sms.wording import FIELDS, TEXTS, Fields, TextRefused

LANGUAGES = sorted(path.name for path in TEXTS.iterdir())
FILES = sorted(TEXTS.glob("*/*.txt"))
# The longest ordinary given name a text must carry in one SMS.
LONG_NAME = "Bartholomæus-Kristof"
NAMES = st.one_of(
    st.sampled_from(["Zoë", "Ørn", "Aksel", "Anna-Sofie", "Şükrü", "Nguyễn", "Ida Marie", "O’Neil", "李"]),
    st.text(min_size=1, max_size=30),
)


def fields(given_name: str = "Freja", family_name: str = "Holm", **others: str) -> Fields:
    return Fields(
        given_name, family_name, **{"school": "Birkeskolen", "phone": "12345678", "time": "8.12"} | others
    )


def test_every_language_has_every_text() -> None:
    wanted = {f"{kind}{ending}" for kind in Kind for ending in ("", wording.NEUTRAL)}
    assert {"da", "en"} <= set(LANGUAGES)
    for language in ("da", "en"):
        assert {path.stem for path in (TEXTS / language).glob("*.txt")} == wanted


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_text_names_only_the_four_fields_and_nothing_that_may_not_leave(path: object) -> None:
    text = path.read_text(encoding="utf-8").strip()  # type: ignore[attr-defined]
    assert wording.fields_of(text) <= FIELDS
    assert wording.refusal(text) is None


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("names_pupil", [True, False])
def test_a_text_with_a_long_name_takes_one_sms_and_a_foreign_one_at_most_two(
    kind: Kind, language: str, names_pupil: bool
) -> None:
    plain = wording.compose(kind, language, fields(LONG_NAME), names_pupil=names_pupil)
    assert (plain.encoding, plain.segments) == ("gsm7", 1)
    foreign = wording.compose(kind, language, fields("Şükrü" + LONG_NAME[5:]), names_pupil=names_pupil)
    assert foreign.segments <= 2


def test_the_danish_text_reads_as_agreed() -> None:
    text = wording.compose(Kind.ABSENCE, "da", fields(), names_pupil=True)
    assert text.body == (
        "Freja er ikke mødt i skole i dag. Giv besked i Aula, eller ring på 12345678. "
        "Hilsen Birkeskolen. Kan ikke besvares."
    )
    correction = wording.compose(Kind.CORRECTION, "da", fields(), names_pupil=True)
    assert correction.body == (
        "Rettelse: Freja er mødt i skole i dag. Se bort fra beskeden fra kl. 8.12. Hilsen Birkeskolen"
    )


def test_a_school_that_does_not_name_pupils_sends_the_neutral_text() -> None:
    text = wording.compose(Kind.ABSENCE, "da", fields(), names_pupil=False)
    assert text.name == "absence_neutral"
    assert "Freja" not in text.body


def test_a_school_without_a_telephone_sends_the_neutral_text() -> None:
    assert wording.compose(Kind.ABSENCE, "da", fields(phone=""), names_pupil=True).name == "absence_neutral"


def test_a_language_without_texts_gets_the_danish_ones() -> None:
    assert wording.compose(Kind.ABSENCE, "tr", fields(), names_pupil=True).language == "da"
    assert wording.compose(Kind.ABSENCE, "../da", fields(), names_pupil=True).language == "da"


@pytest.mark.parametrize(
    "given_name", ["Freja Holm", "HOLM", "Freja 010203-1234", "Freja www.freja.dk", "Syg", "50 %", "  "]
)
def test_a_given_name_that_may_not_leave_is_left_out(given_name: str) -> None:
    text = wording.compose(Kind.ABSENCE, "da", fields(given_name), names_pupil=True)
    assert text.name == "absence_neutral"


def test_a_school_whose_name_says_too_much_sends_nothing() -> None:
    with pytest.raises(TextRefused):
        wording.compose(Kind.ABSENCE, "da", fields(school="Sygehusskolen"), names_pupil=True)


@pytest.mark.parametrize(
    "text", ["{cpr}", "{given_name.family}", "{0}", "{given_name!r}", "{school:>9}", "{"]
)
def test_a_text_with_any_other_field_is_refused(text: str) -> None:
    with pytest.raises(TextRefused):
        wording.fields_of(text)


@pytest.mark.parametrize(
    ("body", "encoding", "count"),
    [
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("æøåÆØÅ" + "a" * 154, "gsm7", 1),
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        # 153 places hold 76 signs of two places: the 77th is not cut in half.
        ("€" * 153, "gsm7", 3),
        ("ë" * 70, "ucs2", 1),
        ("ë" * 71, "ucs2", 2),
        ("😀" * 35, "ucs2", 1),
        ("😀" * 36, "ucs2", 2),
    ],
)
def test_segments_are_counted_as_the_carriers_do(body: str, encoding: str, count: int) -> None:
    assert wording.segments(body) == (encoding, count)


@given(given_name=NAMES, family_name=NAMES, language=st.sampled_from(LANGUAGES), kind=st.sampled_from(Kind))
def test_whatever_a_pupil_is_called_the_text_is_clean_and_without_the_surname(
    given_name: str, family_name: str, language: str, kind: Kind
) -> None:
    text = wording.compose(kind, language, fields(given_name, family_name), names_pupil=True)
    assert wording.refusal(text.body) is None
    if not text.name.endswith(wording.NEUTRAL):
        words = set(re.findall(r"\w+", given_name.casefold()))
        assert words.isdisjoint(re.findall(r"\w+", family_name.casefold()))
    neutral = wording.compose(kind, language, fields(given_name, family_name), names_pupil=False)
    assert neutral.body == wording.compose(kind, language, fields(), names_pupil=False).body
