"""Who may do what? One role × action table, whole on one screen.

Which rows a role reaches is the other question: it stands in the grants (fravaer.accounts.grants) and the scope made of
them. The roles are those the Copenhagen status of 2016 and the Vesthimmerland procedure of 2024 name.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    TEACHER = "teacher", _("Teacher")
    SUBSTITUTE = "substitute", _("Substitute")
    SECRETARY = "secretary", _("School secretary")
    LEADER = "leader", _("School leader")
    INCLUSION = "inclusion", _("Inclusion team")
    SOCIAL_WORKER = "social_worker", _("School social worker")
    SOCIAL_LEADER = "social_leader", _("Leader of school social workers")
    CONSULTANT = "consultant", _("Absence consultant")
    PSYCHOLOGIST = "psychologist", _("Psychologist")
    AREA_MANAGER = "area_manager", _("Area manager")
    SOCIAL_MANAGER = "social_manager", _("Manager, social services")
    CHIEF = "chief", _("School and day-care chief")
    CONTROLLER = "controller", _("Data protection controller")
    ACCESS_ADMIN = "access_admin", _("Access administrator")


class Action(StrEnum):
    SIGNED_IN = "signed_in"
    REGISTER_READ = "register.read"
    REGISTER_TAKE = "register.take"
    # The office's morning: every class of the school, reminders, and who stands in for whom.
    BOARD = "board"
    SUBSTITUTES = "substitutes"
    ARRANGEMENT_READ = "arrangement.read"
    ARRANGEMENT_CHANGE = "arrangement.change"
    # The words for reasons that hold at every school of the municipality.
    WORDS_CHANGE = "words.change"
    # Absence nobody has explained yet: settled by the office, which alone may call it unlawful.
    UNEXPLAINED = "unexplained"
    PUPIL_HISTORY = "pupil.history"
    CLASS_READ = "class.read"
    # What people wrote in their own words about a reason; others see that something was written.
    REASON_TEXT = "reason.text"
    CERTIFICATE = "certificate"
    OBJECTION_ENTER = "objection.enter"
    OBJECTION_ANSWER = "objection.answer"
    # A school's registration of a period: how far it is in figures, pupil by pupil, and completing it.
    COMPLETION_READ = "completion.read"
    COMPLETION_LIST = "completion.list"
    COMPLETION_CLOSE = "completion.close"
    # School days: of one's own school; proposed for the whole municipality, and decided by a second person.
    CALENDAR_READ = "calendar.read"
    CALENDAR_SCHOOL = "calendar.school"
    CALENDAR_PROPOSE = "calendar.propose"
    CALENDAR_DECIDE = "calendar.decide"
    # Absence known beforehand: seen, reported and asked for; the office takes in a file of it.
    KNOWN_READ = "known.read"
    KNOWN_ENTER = "known.enter"
    KNOWN_IMPORT = "known.import"
    # Leave as long as the school lets a teacher grant; and of any length.
    LEAVE_DECIDE = "leave.decide"
    LEAVE_DECIDE_LONG = "leave.decide.long"
    DISCREPANCY_SETTLE = "discrepancy.settle"
    SMS_STATUS = "sms.status"
    # What guardians write back, in their own words.
    SMS_INBOX = "sms.inbox"
    # The messages one by one with what proves them, and sending one again; whom to ring instead.
    SMS_LOG = "sms.log"
    SMS_RING = "sms.ring"
    # What the messages of a month come to; and whether sending works, without a word about anybody.
    SMS_FIGURES = "sms.figures"
    SMS_HEALTH = "sms.health"
    # Stopping everything is safe, so more may do it than may let it go on.
    SMS_STOP = "sms.stop"
    SMS_START = "sms.start"
    # What a school has chosen about SMS, and who would get one today; the leader chooses. Pausing is always safe.
    SMS_CHOOSE_READ = "sms.choose.read"
    SMS_CHOOSE = "sms.choose"
    SMS_PAUSE = "sms.pause"
    # Whether to send on a morning when too many are unexplained.
    SMS_HALT_DECIDE = "sms.halt.decide"
    # No SMS about one pupil for a while.
    SMS_STOP_PUPIL = "sms.stop.pupil"
    # Ceilings, price and countries of all schools.
    SMS_LIMITS_READ = "sms.limits.read"
    SMS_LIMITS = "sms.limits"
    PHONE_READ = "phone.read"
    # A number that proved dead is tried again, or wants no SMS.
    PHONE_MEND = "phone.mend"
    # The wording of the messages, the school's own or the municipality's: one proposes and another agrees.
    SMS_TEXT_READ = "sms.text.read"
    SMS_TEXT_PROPOSE = "sms.text.propose"
    SMS_TEXT_APPROVE = "sms.text.approve"
    # Whether the monthly message has an effect: sums alone.
    SMS_EFFECT = "sms.effect"
    WORKLIST = "worklist"
    # Counting everybody now instead of in the night.
    TRIAGE_RUN = "triage.run"
    # Classes with a pattern, and the work with a class, whose record names nobody.
    CLASS_EFFORT_READ = "class.effort.read"
    CLASS_EFFORT = "class.effort"
    CASE_READ = "case.read"
    CASE_OPEN = "case.open"
    CASE_NOTE = "case.note"
    CASE_CLOSE = "case.close"
    # The absence team: asked for, talked over, and activated by two, only in the case that was put before them.
    CASE_REFER = "case.refer"
    CASE_DISCUSS = "case.discuss"
    CASE_ACTIVATE = "case.activate"
    CASE_PARTIES = "case.parties"
    CASE_SHARE = "case.share"
    CASE_HAND_OVER = "case.hand_over"
    # To say yes or no to a hand-over, when one is asked.
    CASE_ANSWER = "case.answer"
    # The telephones of a child's parents, in her case.
    CASE_PHONES = "case.phones"
    # Who has read and changed a case, by role.
    CASE_LOG = "case.log"
    # A pupil's CPR number, where it is kept: masked, whole for a reason, and found by.
    CPR = "cpr"
    CPR_UNIT = "cpr.unit"
    MEASURE_KNOW = "measure.know"
    # Acting on a pupil over a line, with or without a case: an agreed action, a snooze, a contact. Some only say who is to.
    WORK = "work"
    WORK_ASSIGN = "work.assign"
    # A teacher's concern about a pupil of hers, and the answer.
    CONCERN_READ = "concern.read"
    CONCERN_RAISE = "concern.raise"
    CONCERN_ANSWER = "concern.answer"
    # Casework is done by those who take part in the case. These hold in every case of the role's units.
    CASE_READ_UNIT = "case.read.unit"
    CASE_NOTE_UNIT = "case.note.unit"
    CASE_CLOSE_UNIT = "case.close.unit"
    CASE_REFER_UNIT = "case.refer.unit"
    CASE_PARTIES_UNIT = "case.parties.unit"
    CASE_SHARE_UNIT = "case.share.unit"
    CASE_HAND_OVER_UNIT = "case.hand_over.unit"
    CASE_PHONES_UNIT = "case.phones.unit"
    CASE_LOG_UNIT = "case.log.unit"
    MEASURE_KNOW_UNIT = "measure.know.unit"
    # Letters to guardians: drafted by several, signed off by the leader; the law's two steps of a quarter.
    LETTER_READ = "letter.read"
    LETTER_READ_UNIT = "letter.read.unit"
    LETTER_DRAFT = "letter.draft"
    LETTER_DRAFT_UNIT = "letter.draft.unit"
    LETTER_SIGN = "letter.sign"
    LETTER_DUTIES = "letter.duties"
    # The wording of letters: one proposes and another agrees.
    LETTER_TEXT_READ = "letter.text.read"
    LETTER_TEXT_PROPOSE = "letter.text.propose"
    LETTER_TEXT_DECIDE = "letter.text.decide"
    # The catalogue of what a child can be offered: seen by those who lead, changed by the chief.
    OFFERS_READ = "offers.read"
    OFFERS_CHANGE = "offers.change"
    # Referrals reach the municipality's social workers, who hear and decide.
    REFERRAL_RECEIVE = "referral.receive"
    # When a child who returns step by step is expected: proposed by those in the case, granted by the leader.
    WEEK_PLAN_DECIDE = "week_plan.decide"
    WEEK_PLAN_DECIDE_UNIT = "week_plan.decide.unit"
    # Whether it holds some weeks after a case was closed.
    CASE_FOLLOW_UP = "case.follow_up"
    CASE_FOLLOW_UP_UNIT = "case.follow_up.unit"
    # The dated rules: one person proposes another, and another decides; one of the two is the chief.
    RULES_READ = "rules.read"
    RULES_PROPOSE = "rules.propose"
    RULES_DECIDE = "rules.decide"
    QUARTER_READ = "quarter.read"
    # Files of figures that take a while: asked for and fetched by oneself alone.
    EXPORT = "export"
    # What is aimed at: the municipality's and the areas' by the chief, a school's by its area's manager.
    TARGET_READ = "target.read"
    TARGET_SET = "target.set"
    # Footnotes to the figures of one's own units.
    ANNOTATE = "annotate"
    # What an area agrees to do after a quarter, and what came of it.
    INITIATIVE = "initiative"
    # A quarter frozen for good: read by whoever reads its figures above school level, drawn by the chief, and stood by: an
    # area's managers by their area, the chief by the municipality.
    FROZEN_READ = "frozen.read"
    FREEZE = "freeze"
    APPROVE = "approve"
    # The year's deliveries and meetings; changed in one's own area, or all of them by who holds the municipality.
    WHEEL_READ = "wheel.read"
    WHEEL_CHANGE = "wheel.change"
    # What the law has a school deliver: how far each is, in counts; the rows of its own children, a few at a time; and all of
    # them at once, with a receipt. The data package of 1 September is sums alone.
    STATUTORY_READ = "statutory.read"
    STATUTORY_LIST = "statutory.list"
    STATUTORY_MAKE = "statutory.make"
    PACKAGE_READ = "package.read"
    # Who has access to what in one's units; asked for by one person, given by another, and taken back.
    ACCESS_READ = "access.read"
    ACCESS_PROPOSE = "access.propose"
    ACCESS_DECIDE = "access.decide"
    # Lending some of one's own access while one is away.
    ACCESS_LEND = "access.lend"
    # The half-yearly review of who has access: seen, and answered for one's own people.
    ACCESS_REVIEW_READ = "access.review.read"
    ACCESS_REVIEW = "access.review"
    # Keeping a colleague away from a child of her family, and letting her see it again.
    BLOCKS = "blocks"
    # The municipality's pupils with a social measure beside all of them; and each area's.
    MEASURE_SPLIT = "measure.split"
    MEASURE_SPLIT_AREA = "measure.split.area"
    # One child who is not one's own, read for an hour; and answering for those who did.
    EMERGENCY = "emergency"
    EMERGENCY_ANSWER = "emergency.answer"
    # Checking those who look: the whole log, and what stands out in it; readings drawn by lot, answered by the unit's leader;
    # who has looked at a child, by role; and everything held about her, prepared by one and handed out by another.
    LOG_CONTROL = "log.control"
    SAMPLE_ANSWER = "sample.answer"
    LOOKED_AT = "looked.at"
    INSIGHT_PREPARE = "insight.prepare"
    INSIGHT_RELEASE = "insight.release"
    INSIGHT_LIST = "insight.list"
    # How long data are kept, what is held, and the batches that go: two controllers decide.
    KEEPING = "keeping"


A = Action
MAY: dict[Role, frozenset[Action]] = {
    Role.TEACHER: frozenset(
        {A.REGISTER_READ, A.REGISTER_TAKE, A.PUPIL_HISTORY, A.SMS_STATUS}
        | {A.KNOWN_READ, A.KNOWN_ENTER, A.LEAVE_DECIDE}
        | {A.CLASS_READ, A.OBJECTION_ENTER}
        | {A.CONCERN_READ, A.CONCERN_RAISE}
    ),
    Role.SUBSTITUTE: frozenset({A.REGISTER_READ, A.REGISTER_TAKE}),
    Role.SECRETARY: frozenset(
        {A.REGISTER_READ, A.REGISTER_TAKE, A.PUPIL_HISTORY, A.SMS_STATUS, A.PHONE_READ}
        | {A.BOARD, A.UNEXPLAINED, A.SUBSTITUTES, A.ARRANGEMENT_READ}
        | {A.SMS_INBOX, A.PHONE_MEND}
        | {A.KNOWN_READ, A.KNOWN_ENTER, A.KNOWN_IMPORT, A.DISCREPANCY_SETTLE}
        | {A.CLASS_READ}
        | {A.CERTIFICATE, A.OBJECTION_ENTER, A.CALENDAR_READ, A.CALENDAR_SCHOOL}
        | {A.COMPLETION_READ, A.COMPLETION_LIST}
        | {A.SMS_TEXT_READ, A.SMS_TEXT_PROPOSE}
        | {A.SMS_LOG, A.SMS_RING}
        | {A.SMS_CHOOSE_READ, A.SMS_PAUSE, A.SMS_STOP_PUPIL}
        | {A.LETTER_READ, A.LETTER_READ_UNIT, A.LETTER_DRAFT, A.LETTER_DRAFT_UNIT, A.LETTER_DUTIES}
        | {A.STATUTORY_READ, A.STATUTORY_LIST}
        | {A.CPR, A.CPR_UNIT}
    ),
    Role.LEADER: frozenset(
        {A.SAMPLE_ANSWER, A.LOOKED_AT, A.INSIGHT_PREPARE, A.INSIGHT_LIST}
        | {A.REGISTER_READ, A.REGISTER_TAKE, A.PUPIL_HISTORY, A.SMS_STATUS, A.PHONE_READ, A.WORKLIST}
        | {A.KNOWN_READ, A.KNOWN_ENTER, A.KNOWN_IMPORT, A.LEAVE_DECIDE, A.LEAVE_DECIDE_LONG}
        | {A.DISCREPANCY_SETTLE, A.SMS_INBOX, A.PHONE_MEND}
        | {A.CASE_READ, A.CASE_OPEN, A.CASE_NOTE, A.CASE_CLOSE, A.QUARTER_READ, A.EXPORT}
        | {A.CASE_READ_UNIT, A.CASE_NOTE_UNIT, A.CASE_CLOSE_UNIT}
        | {A.CASE_REFER, A.CASE_PARTIES, A.CASE_SHARE, A.CASE_HAND_OVER, A.CASE_ANSWER, A.CASE_LOG}
        | {A.CASE_PHONES, A.CASE_PHONES_UNIT}
        | {A.CASE_REFER_UNIT, A.CASE_PARTIES_UNIT, A.CASE_SHARE_UNIT, A.CASE_HAND_OVER_UNIT, A.CASE_LOG_UNIT}
        | {A.WEEK_PLAN_DECIDE, A.WEEK_PLAN_DECIDE_UNIT, A.CASE_FOLLOW_UP, A.CASE_FOLLOW_UP_UNIT}
        | {A.BOARD, A.UNEXPLAINED, A.SUBSTITUTES, A.ARRANGEMENT_READ, A.ARRANGEMENT_CHANGE}
        | {A.CLASS_READ}
        | {A.REASON_TEXT, A.CERTIFICATE, A.OBJECTION_ENTER, A.OBJECTION_ANSWER}
        | {A.COMPLETION_READ, A.COMPLETION_LIST, A.COMPLETION_CLOSE, A.CALENDAR_READ, A.CALENDAR_SCHOOL}
        | {A.SMS_TEXT_READ, A.SMS_TEXT_PROPOSE, A.SMS_TEXT_APPROVE}
        | {A.SMS_LOG, A.SMS_RING, A.SMS_FIGURES}
        | {A.SMS_CHOOSE_READ, A.SMS_CHOOSE, A.SMS_PAUSE, A.SMS_HALT_DECIDE, A.SMS_STOP_PUPIL}
        | {A.WORK, A.WORK_ASSIGN, A.CONCERN_READ, A.CONCERN_ANSWER}
        | {A.LETTER_READ, A.LETTER_READ_UNIT, A.LETTER_DRAFT, A.LETTER_DRAFT_UNIT, A.LETTER_DUTIES}
        | {A.LETTER_SIGN, A.LETTER_TEXT_READ, A.LETTER_TEXT_PROPOSE}
        | {A.TRIAGE_RUN, A.CLASS_EFFORT_READ, A.CLASS_EFFORT}
        | {A.TARGET_READ, A.ANNOTATE, A.WHEEL_READ}
        | {A.STATUTORY_READ, A.STATUTORY_LIST, A.STATUTORY_MAKE, A.PACKAGE_READ}
        | {A.RULES_READ, A.RULES_PROPOSE}
        | {A.OFFERS_READ}
        | {A.EMERGENCY}
        | {A.ACCESS_PROPOSE, A.ACCESS_LEND, A.ACCESS_REVIEW_READ, A.ACCESS_REVIEW, A.BLOCKS}
        | {A.CPR, A.CPR_UNIT}
    ),
    Role.INCLUSION: frozenset(
        {A.WORKLIST, A.CASE_READ, A.CASE_OPEN, A.CASE_NOTE}
        | {A.WORK, A.WORK_ASSIGN, A.CONCERN_READ, A.CONCERN_ANSWER}
        | {A.LETTER_READ, A.LETTER_DRAFT}
        | {A.CASE_HAND_OVER, A.CASE_ANSWER}
        | {A.CLASS_EFFORT_READ, A.CLASS_EFFORT}
        | {A.CASE_FOLLOW_UP}
    ),
    Role.SOCIAL_WORKER: frozenset(
        {A.PUPIL_HISTORY, A.WORKLIST, A.CASE_READ, A.CASE_OPEN, A.CASE_NOTE, A.CASE_CLOSE, A.MEASURE_KNOW}
        | {A.CASE_READ_UNIT}
        | {A.CASE_REFER, A.CASE_SHARE, A.CASE_HAND_OVER, A.CASE_ANSWER, A.CASE_PHONES, A.CASE_FOLLOW_UP}
        | {A.CLASS_READ}
        | {A.WORK, A.WORK_ASSIGN, A.CPR}
        | {A.LETTER_READ, A.REFERRAL_RECEIVE}
        | {A.CLASS_EFFORT_READ}
        | {A.EMERGENCY}
    ),
    Role.SOCIAL_LEADER: frozenset(
        {A.SAMPLE_ANSWER, A.LOOKED_AT, A.INSIGHT_PREPARE, A.INSIGHT_LIST}
        | {A.PUPIL_HISTORY, A.WORKLIST, A.CASE_READ, A.CASE_CLOSE, A.MEASURE_KNOW}
        | {A.QUARTER_READ, A.EXPORT, A.CASE_READ_UNIT, A.CASE_CLOSE_UNIT, A.MEASURE_KNOW_UNIT}
        | {A.CASE_REFER, A.CASE_PARTIES, A.CASE_SHARE, A.CASE_LOG}
        | {A.CASE_REFER_UNIT, A.CASE_PARTIES_UNIT, A.CASE_SHARE_UNIT, A.CASE_LOG_UNIT}
        | {A.CASE_FOLLOW_UP, A.CASE_FOLLOW_UP_UNIT}
        | {A.CLASS_READ}
        | {A.WORK_ASSIGN, A.REFERRAL_RECEIVE, A.TRIAGE_RUN, A.CPR}
        | {A.RULES_READ}
        | {A.EMERGENCY, A.EMERGENCY_ANSWER}
        | {A.ACCESS_PROPOSE, A.ACCESS_LEND, A.ACCESS_REVIEW_READ, A.ACCESS_REVIEW, A.BLOCKS}
    ),
    Role.CONSULTANT: frozenset(
        {A.PUPIL_HISTORY, A.REASON_TEXT, A.CASE_READ, A.CASE_NOTE, A.MEASURE_KNOW}
        | {A.CASE_SHARE, A.CASE_PHONES, A.CASE_ANSWER, A.LETTER_READ}
        | {A.CASE_FOLLOW_UP}
    ),
    Role.PSYCHOLOGIST: frozenset(
        {A.PUPIL_HISTORY, A.REASON_TEXT, A.CASE_READ, A.CASE_NOTE, A.CASE_CLOSE}
        | {A.CASE_DISCUSS, A.CASE_ACTIVATE, A.CASE_PARTIES, A.CASE_SHARE, A.CASE_HAND_OVER, A.CASE_ANSWER}
        | {A.CASE_PHONES, A.LETTER_READ, A.LETTER_DRAFT}
        | {A.CLASS_EFFORT_READ, A.CASE_FOLLOW_UP, A.EMERGENCY, A.INSIGHT_PREPARE, A.INSIGHT_LIST}
    ),
    Role.AREA_MANAGER: frozenset(
        {A.QUARTER_READ, A.EXPORT}
        | {A.MEASURE_SPLIT, A.COMPLETION_READ, A.CALENDAR_READ, A.CALENDAR_PROPOSE}
        | {A.SMS_FIGURES, A.SMS_HEALTH, A.SMS_STOP}
        | {A.SMS_LIMITS_READ}
        | {A.SMS_EFFECT, A.SMS_TEXT_READ, A.SMS_TEXT_PROPOSE}
        | {A.LETTER_TEXT_READ, A.LETTER_TEXT_PROPOSE}
        | {A.TARGET_READ, A.TARGET_SET, A.ANNOTATE, A.INITIATIVE}
        | {A.FROZEN_READ, A.APPROVE}
        | {A.WHEEL_READ, A.WHEEL_CHANGE}
        | {A.STATUTORY_READ, A.PACKAGE_READ}
        | {A.RULES_READ, A.RULES_PROPOSE, A.RULES_DECIDE}
        | {A.OFFERS_READ}
        | {A.EMERGENCY_ANSWER}
        | {A.ACCESS_LEND, A.ACCESS_REVIEW_READ, A.ACCESS_REVIEW}
    ),
    Role.SOCIAL_MANAGER: frozenset(
        {A.QUARTER_READ, A.EXPORT}
        | {A.MEASURE_SPLIT, A.MEASURE_SPLIT_AREA, A.CALENDAR_READ, A.CALENDAR_PROPOSE}
        | {A.TARGET_READ, A.ANNOTATE, A.INITIATIVE}
        | {A.FROZEN_READ, A.APPROVE}
        | {A.WHEEL_READ, A.WHEEL_CHANGE}
        | {A.PACKAGE_READ}
        | {A.RULES_READ, A.RULES_PROPOSE}
        | {A.OFFERS_READ}
        | {A.EMERGENCY_ANSWER}
        | {A.ACCESS_LEND, A.ACCESS_REVIEW_READ, A.ACCESS_REVIEW}
    ),
    Role.CHIEF: frozenset(
        {A.QUARTER_READ, A.EXPORT, A.MEASURE_SPLIT, A.COMPLETION_READ}
        | {A.CASE_READ, A.CASE_DISCUSS, A.CASE_ACTIVATE}
        | {A.CALENDAR_READ, A.CALENDAR_PROPOSE, A.CALENDAR_DECIDE, A.WORDS_CHANGE}
        | {A.SMS_FIGURES, A.SMS_HEALTH, A.SMS_STOP, A.SMS_START}
        | {A.SMS_LIMITS_READ, A.SMS_LIMITS}
        | {A.SMS_EFFECT, A.SMS_TEXT_READ, A.SMS_TEXT_APPROVE}
        | {A.LETTER_TEXT_READ, A.LETTER_TEXT_DECIDE}
        | {A.TRIAGE_RUN}
        | {A.TARGET_READ, A.TARGET_SET, A.ANNOTATE, A.INITIATIVE}
        | {A.FROZEN_READ, A.FREEZE, A.APPROVE}
        | {A.WHEEL_READ, A.WHEEL_CHANGE}
        | {A.STATUTORY_READ, A.PACKAGE_READ}
        | {A.RULES_READ, A.RULES_PROPOSE, A.RULES_DECIDE}
        | {A.OFFERS_READ, A.OFFERS_CHANGE}
        | {A.EMERGENCY_ANSWER}
        | {A.ACCESS_LEND}
    ),
    Role.CONTROLLER: frozenset(
        {A.EMERGENCY_ANSWER, A.ACCESS_REVIEW_READ, A.LOG_CONTROL, A.LOOKED_AT, A.KEEPING}
        | {A.INSIGHT_LIST, A.INSIGHT_RELEASE}
    ),
    Role.ACCESS_ADMIN: frozenset(
        {A.ACCESS_READ, A.ACCESS_PROPOSE, A.ACCESS_DECIDE, A.ACCESS_REVIEW_READ, A.BLOCKS}
    ),
}

# Roles that work with named children. The others see figures only, whatever units they hold.
PERSONS = frozenset(
    {
        Role.TEACHER,
        Role.SUBSTITUTE,
        Role.SECRETARY,
        Role.LEADER,
        Role.INCLUSION,
        Role.SOCIAL_WORKER,
        Role.SOCIAL_LEADER,
        Role.CONSULTANT,
        Role.PSYCHOLOGIST,
    }
)

# A role of figures that all the same sees a child by name: in a case that was put before her, and nowhere else.
PUT_BEFORE = frozenset({Role.CHIEF})


@cache
def actions(role: Role) -> frozenset[str]:
    """What the role may do; everyone signed in may see the pages that are nobody's in particular."""
    return frozenset(str(action) for action in MAY[role] | {Action.SIGNED_IN})
