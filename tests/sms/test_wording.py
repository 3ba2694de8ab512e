"""What a text says, how long it is, and what never stands in it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fravaer.sms import texts, wording
from fravaer.sms.states import Kind
from fravaer.sms.wording import FIELDS, TEXTS, Fields, TextRefused

LANGUAGES = sorted(path.name for path in TEXTS.iterdir())
FILES = sorted(TEXTS.glob("*/*.txt"))
# The longest ordinary given name a text must carry in one SMS.
LONG_NAME = "Bartholomæus-Kristof"
# Given names of many alphabets, what looks like a CPR number however it is written, marks nobody sees, addresses and emoji.
NASTY = [
    *(
        "Zoë",
        "Ørn",
        "Aksel",
        "Anna-Sofie",
        "Şükrü",
        "Nguyễn",
        "Ida Marie",
        "O’Neil",
        "李",
        "محمد",
        "Олена",
        "प्रिया",
        "Ἀθηνᾶ",
    ),
    *(
        "010203-1234",
        "0102031234",
        "01 02 03 1234",
        "Ida 010203 – 1234",
        "Ida\u200f010203\u200e1234",
        "٠١٠٢٠٣-١٢٣٤",
    ),
    *(
        "０１０２０３１２３４",
        "Ida ①②③",
        "www.ida.dk",
        "ida@skole.dk",
        "Syg",
        "S\u00adyg",
        "ＳＹＧ",
        "50 ％",
        "Ida 😀",
        "{school}",
        "{0}",
    ),
    *("\u202eadI", "I\u0301da", "\u2067Ida\u2069", "{", "\x00", "Ida\nHolm", "Holm", "HO\u200bLM", "Idaholm"),
]
NAMES = st.one_of(
    st.sampled_from(NASTY),
    st.text(min_size=1, max_size=30),
    st.lists(st.sampled_from([*NASTY, "Holm", "Freja"]), min_size=1, max_size=3).map(" ".join),
)


def fields(given_name: str = "Freja", family_name: str = "Holm", **others: str) -> Fields:
    return Fields(
        given_name,
        family_name,
        **{"school": "Birkeskolen", "phone": "12345678", "time": "8.12"} | others,
        half_days=23,
    )


def test_danish_and_english_have_every_text() -> None:
    assert {f"{kind}{ending}" for kind in Kind for ending in ("", wording.NEUTRAL)} < set(texts.NAMES)
    for language in ("da", "en"):
        assert {path.stem for path in (TEXTS / language).glob("*.txt")} == set(texts.NAMES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_text_names_only_the_five_fields_and_nothing_that_may_not_leave(path: object) -> None:
    text = wording.filed(path.stem, path.parent.name)  # type: ignore[attr-defined]
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


@given(
    given_name=NAMES,
    family_name=NAMES,
    language=st.sampled_from([*LANGUAGES, "pl"]),
    kind=st.sampled_from(Kind),
    replies=st.booleans(),
)
def test_whatever_a_pupil_is_called_nothing_leaves_that_may_not(
    given_name: str, family_name: str, language: str, kind: Kind, replies: bool
) -> None:
    text = wording.compose(kind, language, fields(given_name, family_name), names_pupil=True, replies=replies)
    neutral = wording.compose(kind, language, fields(), names_pupil=False, replies=replies)
    assert text.language in ("da", "en")
    assert wording.refusal(text.body) is None
    if text.name.endswith(wording.NEUTRAL):
        assert text.body == neutral.body
        return
    # What is new beside the words of the file is the given name, as people read it: letters alone, none of the surname's.
    [before, after] = (
        wording.fill(part, text.language, fields()) if part else ""
        for part in wording.filed(text.name, text.language).split("{given_name}")
    )
    shown = text.body.removeprefix(before).removesuffix(after).strip()
    assert shown in wording.plain(given_name)
    assert not any(sign.isdigit() or unicodedata.category(sign) in ("So", "Cf", "Cc", "Sc") for sign in shown)
    bare = unicodedata.normalize("NFKC", given_name).casefold()
    assert set(re.findall(r"\w+", bare)).isdisjoint(
        re.findall(r"\w+", unicodedata.normalize("NFKC", family_name).casefold())
    )


@pytest.mark.parametrize(
    "body",
    [
        "Kontakt 010203\u20111234",
        "０１０２０３１２３４",
        "01.02.03-1234",
        "Barnet er s\u00adyg",
        "ring bit.ly/x",
        "6 ٪",
        "6 ％",
    ],
)
def test_what_is_disguised_is_refused_as_well(body: str) -> None:
    assert wording.refusal(body)


def test_a_file_of_another_language_is_a_proposal_and_is_never_sent_by_itself() -> None:
    for language in ("ar", "tr", "uk", "so"):
        assert {path.stem for path in (TEXTS / language).glob("*.txt")} == set(texts.NAMES)
        assert wording.compose(Kind.ABSENCE, language, fields(), names_pupil=True).language == "da"
    own = {("absence", "tr"): ("{given_name} bugün okulda yok. {school}", "m1-x")}
    text = wording.compose(Kind.ABSENCE, "tr", fields(), names_pupil=True, own=own)
    assert (text.language, text.version, text.body) == ("tr", "m1-x", "Freja bugün okulda yok. Birkeskolen")


def test_a_number_that_can_be_answered_says_what_to_answer_and_any_other_that_nobody_can() -> None:
    for names_pupil in (True, False):
        two_way = wording.compose(Kind.ABSENCE, "da", fields(), names_pupil=names_pupil, replies=True)
        assert "Svar 1: Jeg ved det. Svar 2: Det er en fejl." in two_way.body
        one_way = wording.compose(Kind.ABSENCE, "da", fields(), names_pupil=names_pupil)
        assert "Kan ikke besvares" in one_way.body


def test_half_days_are_written_as_the_language_writes_them() -> None:
    days = {
        language: wording.compose(Kind.MONTHLY, language, fields(), names_pupil=True).body
        for language in ("da", "en")
    }
    assert days["da"].startswith("Freja var væk fra skole 11,5 dage sidste måned.")
    assert days["en"].startswith("Freja missed 11.5 days of school last month.")
