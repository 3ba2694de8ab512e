"""Which step may follow which: the table, the database's own refusal, and whatever happens in whatever order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fravaer.sms import balance, choices, delivery, invariants, morning, outbox, recovery
from fravaer.sms.delivery import Sender
from fravaer.sms.gateway import Answer, Found, LookupFailed, Verdict
from fravaer.sms.invariants import Invariant
from fravaer.sms.models import Attempt, Circuit, Message, ProviderEvent, Transition, Withheld
from fravaer.sms.owner import Owner
from fravaer.sms.states import OF_PROVIDER, OUR_ENDS, TO_RING, TOLD_BY_PROVIDER, TRANSITIONS, State, before
from tests import factories
from tests.cast import DAY, Cast
from tests.sms.conftest import AT_ONCE, away, take


@pytest.fixture
def message(chosen: Cast) -> Message:
    """A message with everything any state needs, so that only the steps themselves are tested."""
    take(chosen.class_7b, away(chosen.pupils[0]))
    morning.prepare(DAY, timezone.now())
    Message.objects.update(provider="twilio", provider_sid="SM1", sending_at=timezone.now(), attempts=1)
    return Message.objects.get()


def way_to(state: State) -> list[State]:
    """The shortest way from held to the state."""
    ways: dict[State, list[State]] = {State.HELD: []}
    for here in (queue := [State.HELD]):
        for there in sorted(TRANSITIONS[here]):
            if there not in ways:
                ways[there] = [*ways[here], there]
                queue.append(there)
    return ways[state]


def test_every_state_can_be_reached_and_every_end_is_an_end() -> None:
    for state in State:
        way_to(state)
        assert before(state) or state == State.HELD
    assert {state for state, later in TRANSITIONS.items() if not later} == {
        State.DELIVERED,
        State.UNDELIVERED,
        State.FAILED,
    }


@pytest.mark.parametrize("here", State)
def test_the_database_refuses_every_step_that_is_not_in_the_table(message: Message, here: State) -> None:
    for step in way_to(here):
        Message.objects.update(state=step)
    for there in State:
        allowed = there == here or there in TRANSITIONS[here]
        try:
            with transaction.atomic():
                Message.objects.update(state=there)
                went = True
                transaction.set_rollback(True)
        except IntegrityError:
            went = False
        assert went == allowed, f"{here} → {there}"


def test_a_message_begins_as_held(message: Message) -> None:
    for state in set(State) - {State.HELD}:
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(
                **{
                    one.attname: getattr(message, one.attname)
                    for one in Message._meta.concrete_fields
                    if one.attname not in ("id", "dedupe_key", "state", "provider_sid")
                },
                dedupe_key=str(state),
                provider_sid=str(state),
                state=state,
            )


def test_every_step_leaves_its_row_and_none_is_rewritten(message: Message) -> None:
    for step in way_to(State.DELIVERED):
        Message.objects.update(state=step)
    steps = list(Transition.objects.order_by("id").values_list("before", "after"))
    assert steps[0] == ("", "held")
    assert [after for _, after in steps[1:]] == [step.value for step in way_to(State.DELIVERED)]
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Transition.objects.update(after="sent")


@pytest.mark.parametrize(
    ("way", "without"),
    [
        ([State.QUEUED, State.CLAIMED, State.SENDING], {"sending_at": None}),
        ([State.QUEUED, State.CLAIMED, State.SENDING], {"attempts": 0}),
        ([State.QUEUED, State.CLAIMED, State.SENDING, State.ACCEPTED], {"provider_sid": None}),
        ([State.QUEUED, State.CLAIMED, State.UNDELIVERED], {"sending_at": None}),
    ],
)
def test_a_state_that_needs_evidence_is_refused_without_it(
    message: Message, way: list[State], without: dict[str, int | None]
) -> None:
    Message.objects.update(**without)
    for step in way[:-1]:
        Message.objects.update(state=step)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(state=way[-1])


def test_updates_test_the_state_in_the_row_they_write(message: Message) -> None:
    """A condition inside a joined subquery would not be tested again after waiting for another's update."""
    now = timezone.now() + timedelta(minutes=10)
    with CaptureQueriesContext(connection) as sent:
        outbox.release(now)
        outbox.claim(now, 1)
        outbox.expire(now)
        outbox.end_leases(now)
        outbox.doubt_stale(now, timedelta(0))
    updates = [query["sql"] for query in sent if query["sql"].startswith('UPDATE "sms_message"')]
    assert len(updates) >= 4
    for statement in updates:
        outer = re.sub(r"\(SELECT.*?\)\)?", "", statement)
        assert '"sms_message"."state" IN' in outer


class Crash(BaseException):
    """The process is gone in the middle of a call."""


@dataclass
class Provider:
    """A model of the provider: what it has accepted, and whether it answers, lies silent or dies on us."""

    name: str = "model"
    supports_idempotency: bool = False
    accepted: dict[str, tuple[UUID, str, str]] = field(default_factory=dict)
    mood: str = "well"
    reachable: bool = True

    def send(
        self, *, key: str, to: str, body: str, callback_url: str, validity_seconds: int, attempt: int
    ) -> Answer:
        if self.mood == "unreached":
            return Answer(Verdict.UNSENT)
        if self.mood == "throttled":
            return Answer(Verdict.THROTTLED, http_status=429)
        if self.mood == "rejects":
            return Answer(Verdict.REJECTED, http_status=400, code=21614)
        if self.mood == "refuses":
            return Answer(Verdict.REFUSED, http_status=400, code=99999)
        sid = f"SM{uuid4().hex}"
        if self.mood in ("well", "lost after", "crash after"):
            self.accepted[sid] = (UUID(callback_url.rsplit("/", 1)[1]), to, body)
        if self.mood.startswith("crash"):
            raise Crash
        if self.mood.startswith("lost"):
            return Answer(Verdict.UNCERTAIN, error="ReadTimeout")
        return Answer(Verdict.ACCEPTED, sid=sid, status="queued", http_status=201)

    def written_to(self, to: str, since: datetime) -> list[Found]:
        if not self.reachable:
            raise LookupFailed
        return [
            Found(sid, number, body, "queued", None, timezone.now())
            for sid, (_, number, body) in self.accepted.items()
            if number == to
        ]

    def written_since(self, since: datetime) -> list[Found]:
        return [
            one for to in {to for _, to, _ in self.accepted.values()} for one in self.written_to(to, since)
        ]

    def message(self, sid: str) -> Found | None:
        if not self.reachable:
            raise LookupFailed
        if sid not in self.accepted:
            return None
        _, to, body = self.accepted[sid]
        return Found(sid, to, body, "queued", None, timezone.now())

    def signed(self, url: str, parameters: Mapping[str, str], signature: str) -> bool:
        return False


MOODS = ["well", "lost after", "lost before", "crash after", "crash before"]
MOODS += ["unreached", "throttled", "rejects", "refuses"]


class Outbox(RuleBasedStateMachine):
    """A morning in which anything happens in any order, held against what must never be."""

    cast: Cast

    @initialize()
    def begin(self) -> None:
        for model in (Withheld, ProviderEvent, Attempt, Circuit):
            model.objects.all().delete()
        Message.objects.filter(kind="correction").delete()
        Message.objects.all().delete()
        self.now = timezone.now()
        self.provider = Provider()
        self.owner: Owner | None = None
        self.pupils = self.cast.pupils
        self.marks = dict.fromkeys(self.pupils, False)
        take(self.cast.class_7b, {})

    def teardown(self) -> None:
        if self.owner is not None:
            self.owner.close()

    def sender(self) -> Sender:
        self.owner = self.owner or Owner()
        return Sender(self.provider, self.owner, lambda: self.now, "http://127.0.0.1")

    @rule(number=st.integers(0, 4), is_away=st.booleans())
    def a_mark_is_set(self, number: int, is_away: bool) -> None:
        self.marks[self.pupils[number]] = is_away
        take(self.cast.class_7b, away(*(pupil for pupil, gone in self.marks.items() if gone)))

    @rule()
    def the_day_is_prepared(self) -> None:
        morning.prepare(DAY, self.now)

    @rule(mood=st.sampled_from(MOODS))
    def the_queue_is_drained(self, mood: str) -> None:
        self.provider.mood = mood
        try:
            delivery.drain(self.sender(), seconds=5)
        except Crash:
            assert self.owner is not None
            self.owner.close()
            self.owner = None

    @rule(reachable=st.booleans())
    def what_is_stuck_is_reconciled(self, reachable: bool) -> None:
        self.provider.reachable = reachable
        recovery.reconcile(self.provider, self.now)

    @rule()
    def the_day_is_balanced(self) -> None:
        self.provider.reachable = True
        balance.settle(self.provider, DAY, self.now)

    @rule(seconds=st.sampled_from([3, 30, 61, 61, 301]), mood=st.sampled_from(MOODS), reachable=st.booleans())
    def time_goes_by(self, seconds: int, mood: str, reachable: bool) -> None:
        """Some seconds, after which beat has rung for everything."""
        self.now += timedelta(seconds=seconds)
        self.the_day_is_prepared()
        self.the_queue_is_drained(mood)
        self.what_is_stuck_is_reconciled(reachable)

    @precondition(lambda self: self.provider.accepted)
    @rule(data=st.data(), status=st.sampled_from([*OF_PROVIDER, "pondering"]))
    def the_provider_calls(self, data: st.DataObject, status: str) -> None:
        sid = data.draw(st.sampled_from(sorted(self.provider.accepted)))
        message_id, _, _ = self.provider.accepted[sid]
        outbox.learn(
            message_id, provider="model", sid=sid, status=status, code=None, via="callback", now=self.now
        )

    @invariant()
    def no_message_is_with_the_provider_twice(self) -> None:
        counts = Counter(
            message_id for message_id, _, _ in getattr(self, "provider", Provider()).accepted.values()
        )
        assert all(count == 1 for count in counts.values()), counts

    @invariant()
    def every_step_was_in_the_table(self) -> None:
        for earlier, later in Transition.objects.exclude(before="").values_list("before", "after"):
            assert State(later) in TRANSITIONS[State(earlier)], f"{earlier} → {later}"

    @invariant()
    def what_is_called_received_is_with_the_provider(self) -> None:
        known = getattr(self, "provider", Provider()).accepted
        told = Message.objects.filter(state__in=TOLD_BY_PROVIDER)
        assert all(sid in known for sid in told.values_list("provider_sid", flat=True))

    @invariant()
    def nobody_has_two_messages_of_a_kind_that_left_or_may_have(self) -> None:
        rows = Message.objects.exclude(state=State.CANCELLED).values_list("pupil_id", "to_e164", "kind")
        assert max(Counter(rows).values(), default=0) <= 1

    @invariant()
    def nothing_is_true_that_must_never_be(self) -> None:
        """Those that say that work is late are for a morning on which somebody works."""
        late = {Invariant.OVERDUE, Invariant.SENDING, Invariant.UNCERTAIN, Invariant.UNTOLD}
        found = invariants.broken(getattr(self, "now", timezone.now()), DAY)
        assert not [one for one in found if one.name not in late], found

    def ends(self) -> Iterable[str]:
        return Message.objects.values_list("state", flat=True)


class ToTheEnd(Outbox):
    """The same, and at the end of the day nothing is left open."""

    def teardown(self) -> None:
        if hasattr(self, "now"):
            self.provider.reachable = True
            # The window closes at four; after that good news has nowhere to go either.
            self.now = max(self.now, factories.moment(DAY, 16))
            for _ in range(3):
                self.now += timedelta(minutes=2)
                recovery.reconcile(self.provider, self.now)
            ends = {State(state) for state in self.ends()}
            assert ends <= TOLD_BY_PROVIDER | OUR_ENDS | TO_RING
            given_up = Message.objects.filter(state__in=[State.CANCELLED, State.EXPIRED, State.REJECTED])
            bound = {message_id for message_id, _, _ in self.provider.accepted.values()}
            assert bound.isdisjoint(given_up.values_list("pk", flat=True))
        super().teardown()


@pytest.fixture
def machine(chosen: Cast) -> type[ToTheEnd]:
    choices.opt_in([chosen.school.pk], hours=AT_ONCE, most_percent=100)
    ToTheEnd.cast = chosen
    return ToTheEnd


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_nobody_is_told_twice_and_nothing_is_lost(machine: type[ToTheEnd]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
