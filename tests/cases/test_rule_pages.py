"""Rules are changed by two persons who both see whom the change would catch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import rulebook
from fravaer.cases.models import Rule, RuleProposal
from fravaer.cases.pages import rule_forms
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def chief(cast: Cast) -> User:
    user = factories.user("Conny Chef")
    factories.grant(user, Role.CHIEF, None)
    return user


@pytest.fixture
def taken(cast: Cast) -> Cast:
    """Forty school days of 7.B at both schools: the pupils of Birkeskolen away for 0, 4, 5, 10 and 20 of them."""
    days = school_days(date(2025, 10, 10))[:40]
    attended(cast.class_7b, days, dict(zip(cast.pupils, (0, 8, 10, 20, 40), strict=True)))
    attended(cast.other_class, days, dict(zip(cast.others, (40, 40), strict=True)))
    return cast


def typed(rule: Rule | None = None, **changed: Any) -> dict[str, Any]:
    """A form as a browser sends it: the rule's own fields, or those of a new one."""
    like = rulebook.plain(rule) if rule else rule_forms.NEW
    fields = {**rule_forms.initial(like), "valid_from": "11-03-2026", "key": uuid4(), "text": ""}
    if rule:
        del fields["band"]
    return {
        name: value for name, value in (fields | changed).items() if value is not None and value is not False
    }


def previewed(client: Client, url: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of the preview sends when one proposes."""
    answer = client.post(url, {**fields, "show": "1"})
    assert answer.status_code == 200, words_of(answer)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode())
    found: dict[str, Any] = {}
    for name, value in hidden:
        found.setdefault(name, []).append(value)
    return found | {"propose": "1"}


def proposed(user: User, url: str, fields: Mapping[str, Any]) -> RuleProposal:
    client = signed_in(user)
    answer = client.post(url, previewed(client, url, fields))
    assert answer.status_code == 302, words_of(answer)
    return RuleProposal.objects.latest("pk")


def decide(user: User, proposal: RuleProposal, decision: str = "agree") -> Any:
    url = reverse("cases:rule-decide", args=[proposal.uuid])
    return signed_in(user).post(url, {"decision": decision, "answer": "Enig"})


def withdraw(user: User, proposal: RuleProposal) -> Any:
    return signed_in(user).post(reverse("cases:rule-withdraw", args=[proposal.uuid]))


def words_of(answer: Any) -> str:
    page = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(page.split())


def page_of(user: User, url: str) -> str:
    answer = signed_in(user).get(url)
    assert answer.status_code == 200
    return words_of(answer)


def early() -> Rule:
    return Rule.objects.get(code="early_effort", version=1)


def change_url(rule: Rule) -> str:
    return reverse("cases:rule-change", args=[rule.pk])


def test_the_page_shows_the_rules_of_today_and_the_sets_that_can_be_switched_on(cast: Cast) -> None:
    page = page_of(cast.leader, reverse("cases:rules"))
    assert "10–20 % i skoleåret" in page
    assert "mindst 15 % ulovligt i kvartalet" in page
    assert "Bornholm: 5 i træk, 7 af 20, 15 af 60" in page
    assert "7 af de sidste 20 skoledage" in page
    assert "Slå til fra en dag" not in page


def test_a_leader_sees_whom_of_her_own_a_rule_would_catch_before_it_is_proposed(taken: Cast) -> None:
    url = reverse("cases:rule-new")
    fields = typed(unit_of=str(taken.school.pk), unit="days", lower=5, minimum_possible_days=0)
    page = words_of(signed_in(taken.leader).post(url, {**fields, "show": "1"}))
    assert "ramme 3 af 5 elever: 60,0 %" in page
    assert "Klasser med 3 eller flere 7.B, Birkeskolen 3" in page
    assert "7. klassetrin 3" in page
    assert "7.B Noah Lund" in page
    assert "Freja Holm" not in page
    assert "Alma Kruse" not in page
    assert not RuleProposal.objects.exists()
    seen = Event.objects.filter(action="read", subject="rule_preview").get()
    assert sorted(seen.pupil_ids) == sorted(pupil.pk for pupil in taken.pupils[2:])


def test_who_sees_figures_only_is_shown_no_name_and_no_number_of_few(taken: Cast) -> None:
    fields = typed(early(), lower=30, upper=None)
    client = signed_in(taken.area_manager)
    url = change_url(early())
    Rule.objects.filter(code__in=["absence_team", "massive"]).update(enabled=False)
    page = words_of(client.post(url, {**fields, "show": "1"}))
    assert "Birkeskolen 1–4" in page
    assert re.search(r"af [1-9]\d* elever: \d", page)
    assert "Havneskolen" not in page
    assert "Lund" not in page


def test_a_new_version_holds_from_its_day_once_another_person_has_agreed(taken: Cast, chief: User) -> None:
    old = early()
    made = proposed(taken.area_manager, change_url(old), typed(old, lower=15, text="For mange på listen."))
    assert [rule.lower for rule in rulebook.in_force(TOMORROW)["bands"]] == [10, 20, 60]
    page = page_of(chief, reverse("cases:rule-proposal", args=[made.uuid]))
    assert "Early effort" not in page
    assert "fra 10–20 % i skoleåret til 15–20 % i skoleåret" in page
    assert "For mange på listen." in page
    assert "Hvad forslagsstilleren fik vist" in page
    assert "Hvad det ville betyde i dag" in page
    assert decide(chief, made).status_code == 302
    assert [(rule.version, rule.lower) for rule in rulebook.in_force(DAY)["bands"]] == [
        (1, 10),
        (1, 20),
        (1, 60),
    ]
    assert [(rule.version, rule.lower) for rule in rulebook.in_force(TOMORROW)["bands"]] == [
        (2, 15),
        (1, 20),
        (1, 60),
    ]
    assert list(
        Event.objects.filter(subject="rule_proposal").order_by("pk").values_list("action", "actor_id")
    ) == [
        ("rule.propose", taken.area_manager.pk),
        ("rule.agree", chief.pk),
    ]


def test_what_the_proposer_was_shown_is_frozen_and_names_nobody(taken: Cast, chief: User) -> None:
    made = proposed(taken.area_manager, change_url(early()), typed(early(), upper=25, upper_inclusive=False))
    attended(taken.class_7b, school_days(date(2025, 10, 10))[:40], {taken.pupils[1]: 60})
    (line,) = RuleProposal.objects.get(pk=made.pk).preview["lines"]
    assert (line["was"], line["caught"]) == (2, 2)
    assert "Lund" not in str(made.preview)
    assert str(taken.pupils[2].uuid) not in str(made.preview)


def test_a_decided_change_can_be_withdrawn_until_it_is_in_force(taken: Cast, chief: User) -> None:
    made = proposed(taken.area_manager, change_url(early()), typed(early(), lower=15))
    decide(chief, made)
    assert "Besluttet, men endnu ikke i kraft" in page_of(chief, reverse("cases:rules"))
    # Two persons decided it, and two undo it: the one who asks is not the other, and one of them is the chief.
    assert withdraw(taken.area_manager, made).status_code == 302
    assert rulebook.in_force(TOMORROW)["bands"][0].lower == 15
    assert withdraw(taken.area_manager, made).status_code == 409
    other = factories.user("Åse Område")
    factories.grant(other, Role.AREA_MANAGER, taken.north)
    assert "En af de to skal være Skole- og Dagtilbudschefen" in withdraw(other, made).content.decode()
    assert rulebook.in_force(TOMORROW)["bands"][0].lower == 15
    assert withdraw(chief, made).status_code == 302
    assert [(rule.version, rule.lower) for rule in rulebook.in_force(TOMORROW)["bands"]] == [
        (1, 10),
        (1, 20),
        (1, 60),
    ]
    assert withdraw(chief, made).status_code == 409
    # The same line can be changed anew; the version that never held is not used again.
    again = proposed(taken.area_manager, change_url(early()), typed(early(), lower=12))
    decide(chief, again)
    assert [rule.version for rule in rulebook.in_force(TOMORROW)["bands"]] == [3, 1, 1]


def test_what_is_in_force_can_no_longer_be_withdrawn(taken: Cast, chief: User) -> None:
    made = proposed(taken.area_manager, change_url(early()), typed(early(), lower=15))
    decide(chief, made)
    RuleProposal.objects.filter(pk=made.pk).update(valid_from=DAY)
    assert withdraw(chief, made).status_code == 409
    assert rulebook.in_force(TOMORROW)["bands"][0].lower == 15


def test_nobody_decides_her_own_proposal_and_one_of_the_two_is_the_chief(taken: Cast, chief: User) -> None:
    other = factories.user("Ane Område")
    factories.grant(other, Role.AREA_MANAGER, taken.north)
    made = proposed(taken.area_manager, change_url(early()), typed(early(), lower=15))
    own = decide(taken.area_manager, made)
    assert own.status_code == 409
    assert "Du har selv foreslået ændringen." in words_of(own)
    neither = decide(other, made)
    assert neither.status_code == 409
    assert "Skole- og Dagtilbudschefen" in words_of(neither)
    assert "Enig" in neither.content.decode()
    assert decide(chief, made, "refuse").status_code == 302
    assert decide(chief, made).status_code == 409
    assert rulebook.in_force(TOMORROW)["bands"][0].lower == 10


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"valid_from": "10-03-2026"}, "Dagen skal ligge efter i dag"),
        ({"valid_from": "31-31-2026"}, "Skriv dagen som dd-mm-åååå."),
        ({"upper": 5}, "Den øvre grænse ligger under den nedre"),
        ({"lower": 25, "upper": 30}, "Et højere trin skal have en højere grænse"),
        ({"window": "quarter"}, "Reglens andre trin tæller noget andet"),
        ({"window": "last_days"}, "Skriv, hvor mange af de sidste skoledage."),
        ({"reasons": []}, "Vælg, hvilket fravær der tæller."),
        ({"easing_margin": 11}, "Afstanden skal være mindst 1"),
        ({}, "Det er det, der allerede gælder."),
    ],
)
def test_a_contradiction_is_said_in_words_and_what_was_typed_comes_back(
    cast: Cast, wrong: dict[str, Any], said: str
) -> None:
    fields = typed(early(), **{"text": "" if not wrong else "Fordi", **wrong})
    answer = signed_in(cast.area_manager).post(change_url(early()), {**fields, "show": "1"})
    assert answer.status_code == 422
    assert said in words_of(answer)
    assert f'value="{fields["deadline_days"]}"' in answer.content.decode()
    assert not wrong or "Fordi</textarea>" in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"unit": "days", "lower": 21, "window": "last_days", "window_days": 20},
            "Der er ikke så mange dage",
        ),
        ({"window": "last_days", "window_days": 10}, "kræver flere afholdte dage"),
        ({"lower": 100, "lower_inclusive": "0"}, "Ingen kan have mere end 100 %"),
    ],
)
def test_a_rule_that_could_never_catch_anybody_is_refused(
    cast: Cast, wrong: dict[str, Any], said: str
) -> None:
    fields = typed(unit_of=rule_forms.MUNICIPALITY, **wrong)
    answer = signed_in(cast.area_manager).post(reverse("cases:rule-new"), {**fields, "show": "1"})
    assert answer.status_code == 422
    assert said in words_of(answer)


def test_two_proposals_about_one_line_cannot_both_be_agreed_to(taken: Cast, chief: User) -> None:
    first = proposed(taken.area_manager, change_url(early()), typed(early(), lower=15))
    second = proposed(taken.area_manager, change_url(early()), typed(early(), lower=12))
    assert decide(chief, second).status_code == 302
    late = decide(chief, first)
    assert late.status_code == 409
    assert "allerede planlagt en ændring" in words_of(late)
    assert rulebook.in_force(TOMORROW)["bands"][0].lower == 12


def test_a_form_sent_twice_is_one_proposal_and_a_preview_of_another_rule_is_refused(taken: Cast) -> None:
    client = signed_in(taken.area_manager)
    sent = previewed(client, change_url(early()), typed(early(), lower=15))
    assert client.post(change_url(early()), sent).status_code == 302
    assert client.post(change_url(early()), sent).status_code == 302
    assert RuleProposal.objects.count() == 1
    assert client.post(change_url(early()), {**sent, "key": uuid4(), "lower": 14}).status_code == 400
    assert client.post(change_url(early()), {**sent, "key": uuid4(), "seen": "x"}).status_code == 400
    assert client.post(change_url(early()), {**sent, "key": "x"}).status_code == 400
    assert RuleProposal.objects.count() == 1


def test_a_rule_of_one_school_measures_its_pupils_alone_and_strangers_do_not_find_it(
    taken: Cast, chief: User
) -> None:
    fields = typed(unit_of=str(taken.school.pk), unit="days", lower=5, name="Fem dage")
    made = proposed(taken.leader, reverse("cases:rule-new"), fields)
    assert decide(chief, made).status_code == 302
    (rule,) = Rule.objects.filter(school=taken.school)
    assert [row.pk for row in rulebook.in_force(TOMORROW)[rule.family]] == [rule.pk]
    address = reverse("cases:rule", args=[rule.pk])
    assert "Fem dage" in page_of(taken.leader, address)
    stranger = signed_in(taken.stranger)
    assert stranger.get(address).status_code == 404
    assert stranger.get(reverse("cases:rule-proposal", args=[made.uuid])).status_code == 404
    assert "Fem dage" not in page_of(taken.stranger, reverse("cases:rules"))


def test_a_leader_proposes_for_her_own_school_and_not_for_others(taken: Cast) -> None:
    client = signed_in(taken.leader)
    assert client.get(change_url(early())).status_code == 403
    assert client.get(reverse("cases:rule-set", args=["bornholm"])).status_code == 403
    for unit in (rule_forms.MUNICIPALITY, str(taken.other_school.pk)):
        answer = client.post(reverse("cases:rule-new"), {**typed(unit_of=unit, lower=5), "show": "1"})
        assert answer.status_code == 422


def test_a_set_is_switched_on_whole_in_place_of_what_its_families_say(taken: Cast, chief: User) -> None:
    url = reverse("cases:rule-set", args=["former"])
    made = proposed(chief, url, {"valid_from": "11-03-2026", "key": uuid4(), "text": ""})
    assert decide(taken.area_manager, made).status_code == 302
    assert [(row.code, row.lower, row.upper) for row in rulebook.in_force(TOMORROW)["bands"]] == [
        ("early_effort", 15, 40),
        ("absence_team", 40, None),
    ]
    assert len(rulebook.in_force(DAY)["bands"]) == 3
    bornholm = proposed(
        chief,
        reverse("cases:rule-set", args=["bornholm"]),
        {"valid_from": "12-03-2026", "key": uuid4(), "text": ""},
    )
    decide(taken.area_manager, bornholm)
    assert {"bornholm_row", "bornholm_month", "bornholm_quarter"} <= set(rulebook.in_force(date(2026, 3, 12)))
    assert "15–40 og over 40 %" in page_of(chief, reverse("cases:rules"))


def test_a_rule_ends_on_its_day(taken: Cast, chief: User) -> None:
    massive = Rule.objects.get(code="massive")
    url = reverse("cases:rule-end", args=[massive.pk])
    made = proposed(chief, url, {"valid_from": "11-03-2026", "key": uuid4(), "text": ""})
    assert decide(taken.area_manager, made).status_code == 302
    assert [row.code for row in rulebook.in_force(TOMORROW)["bands"]] == ["early_effort", "absence_team"]
    massive.refresh_from_db()
    assert massive.valid_until == TOMORROW


def test_going_back_from_the_preview_keeps_everything(cast: Cast) -> None:
    client = signed_in(cast.area_manager)
    sent = previewed(client, change_url(early()), typed(early(), lower=15, text="Vi prøver"))
    del sent["propose"]
    answer = client.post(change_url(early()), {**sent, "edit": "1"})
    assert answer.status_code == 200
    assert "Vi prøver</textarea>" in answer.content.decode()
    assert 'value="15"' in answer.content.decode()
    assert not RuleProposal.objects.exists()
