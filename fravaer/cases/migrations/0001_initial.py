import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import fravaer.schools.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("schools", "0002_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("place", models.SmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("ran_at", models.DateTimeField()),
                ("crossed", models.IntegerField()),
                ("ended", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Cluster",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "why",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SlugField(max_length=16), size=None
                    ),
                ),
                ("found_on", models.DateField()),
                ("evidence", models.JSONField(default=dict)),
                ("latest", models.JSONField(default=dict)),
                ("counted_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.schoolclass",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)),
                        fields=("school_class",),
                        name="one_standing_cluster_a_class",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClassEffort",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=16
                    ),
                ),
                ("question", models.TextField()),
                ("observed_from", models.DateField(null=True)),
                ("observed_until", models.DateField(null=True)),
                ("review_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(blank=True)),
                ("follow_up_on", models.DateField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.schoolclass",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.cluster",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("school_class",),
                        name="one_open_effort_a_class",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("case", "A case is open"),
                            ("taken", "We have taken it up"),
                            ("declined", "Not for us at present"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reply", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pupil", "at"], name="concern_of_pupil")],
            },
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("day", models.DateField()),
                ("crossed", models.IntegerField(default=0)),
                ("law", models.IntegerField(default=0)),
                ("clusters", models.IntegerField(default=0)),
                ("due", models.IntegerField(default=0)),
                ("letters", models.IntegerField(default=0)),
                ("upto", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("mailed_at", models.DateTimeField(null=True)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "day"), name="one_digest_a_day")],
            },
        ),
        migrations.CreateModel(
            name="EffortEntry",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("observation", "Observation"),
                            ("hypothesis", "What we think happens"),
                            ("trial", "What we try"),
                            ("result", "What came of it"),
                            ("meeting", "Meeting"),
                        ],
                        max_length=16,
                    ),
                ),
                ("day", models.DateField()),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "effort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="cases.classeffort",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LetterText",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("warning", "Warning at 10% unlawful"),
                            ("summons", "Summons to a talk"),
                            ("invitation", "Invitation to a meeting"),
                            ("referral", "Referral to the municipality at 15% unlawful"),
                        ],
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("version", models.IntegerField(null=True)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("agreed", models.BooleanField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "language", "version"), name="one_letter_text_of_a_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="two_persons_decide_a_text",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("day", models.DateField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("failure", models.SlugField(blank=True, max_length=16)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("day",), name="one_open_recount_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("family", models.SlugField(max_length=40)),
                ("code", models.SlugField(max_length=40)),
                ("version", models.SmallIntegerField()),
                ("band", models.SmallIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=None
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("percent", "percent"),
                            ("days", "days"),
                            ("run", "run"),
                            ("spells", "spells"),
                        ],
                        max_length=16,
                    ),
                ),
                ("lower", models.SmallIntegerField()),
                ("lower_inclusive", models.BooleanField()),
                ("upper", models.SmallIntegerField(null=True)),
                ("upper_inclusive", models.BooleanField(default=False)),
                (
                    "window",
                    models.CharField(
                        choices=[
                            ("school_year", "school_year"),
                            ("quarter", "quarter"),
                            ("last_days", "last_days"),
                        ],
                        max_length=16,
                    ),
                ),
                ("window_days", models.SmallIntegerField(null=True)),
                ("minimum_possible_days", models.SmallIntegerField()),
                ("minimum_absent_days", models.SmallIntegerField()),
                ("easing_margin", models.SmallIntegerField()),
                ("coverage", models.SmallIntegerField()),
                ("deadline_days", models.SmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=100)),
                ("ruleset", models.SlugField(blank=True, max_length=40)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("triage", "triage"), ("law", "law")], default="triage", max_length=16
                    ),
                ),
                (
                    "tells",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), default=list, size=None
                    ),
                ),
                ("cooldown_days", models.SmallIntegerField(default=20)),
                (
                    "school",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("family", "code", "version"), name="one_rule_of_a_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reasons__len__gt", 0)), name="rule_measures_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("upper", None), ("upper__gte", models.F("lower")), _connector="OR"),
                            models.Q(
                                models.Q(
                                    ("lower__range", (1, 100)),
                                    ("unit", "percent"),
                                    models.Q(("upper", None), ("upper__lte", 100), _connector="OR"),
                                ),
                                models.Q(
                                    models.Q(("unit", "percent"), _negated=True), ("lower__range", (1, 400))
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="rule_limits_fit_their_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("easing_margin__gte", 1), ("easing_margin__lte", models.F("lower"))
                        ),
                        name="rule_eases_below_its_limit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deadline_days__gte", 0),
                            ("minimum_absent_days__gte", 0),
                            ("minimum_possible_days__gte", 0),
                            ("cooldown_days__gte", 0),
                            ("coverage__range", (0, 100)),
                        ),
                        name="rule_counts_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("window", "last_days"), ("window_days__gt", 0)),
                            models.Q(("window__in", ["school_year", "quarter"]), ("window_days", None)),
                            _connector="OR",
                        ),
                        name="rule_names_its_window",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None),
                            ("valid_until__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="rule_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("enabled", True)),
                        expressions=[
                            ("family", "="),
                            ("band", "="),
                            (fravaer.schools.models.DateRange("valid_from", "valid_until"), "&&"),
                        ],
                        name="one_version_of_a_rule_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Crossing",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("family", models.SlugField(max_length=40)),
                ("band", models.SmallIntegerField()),
                ("over_since", models.DateField()),
                ("crossed_on", models.DateField()),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("possible", models.IntegerField()),
                ("due", models.IntegerField()),
                ("illness", models.IntegerField()),
                ("leave", models.IntegerField()),
                ("unlawful", models.IntegerField()),
                ("pending", models.IntegerField()),
                ("absent", models.IntegerField()),
                ("tenths", models.IntegerField()),
                ("value", models.IntegerField(null=True)),
                ("quiet", models.BooleanField(default=False)),
                ("ended_on", models.DateField(null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("eased", "Fell below the line"),
                            ("superseded", "Followed by another"),
                            ("lapsed", "The rule no longer applies"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.pupil",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
                    ),
                ),
                (
                    "school_class",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.schoolclass",
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.crossing",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.rule"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pupil", "crossed_on"], name="crossing_of_pupil")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)),
                        fields=("pupil", "family"),
                        name="one_standing_crossing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_on", None), ("ending", "")),
                            models.Q(("ended_on__isnull", False), models.Q(("ending", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="crossing_end_names_its_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=16
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("early", "Early effort"),
                            ("referred", "Referred to the absence team"),
                            ("discussed", "Discussed, not yet activated"),
                            ("active", "Absence team"),
                            ("youth", "Handed over to the youth effort"),
                        ],
                        default="early",
                        max_length=16,
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("inclusion", "Inclusion team"),
                            ("absence_team", "Absence team"),
                            ("social", "Social services"),
                            ("ppr", "Psychology and pedagogy (PPR)"),
                            ("family_house", "Family House"),
                            ("ssp", "SSP"),
                            ("advice", "Child and family advice"),
                            ("substance", "Substance abuse treatment"),
                            ("kui", "Youth effort (KUI)"),
                            ("hotspot", "Hotspot"),
                            ("other", "Somebody else"),
                        ],
                        default="inclusion",
                        max_length=16,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
                    ),
                ),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.crossing"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("pupil",), name="one_open_case_a_pupil"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into", None), ("state", "closed"), _connector="OR"),
                        name="a_merged_case_is_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AttachmentReading",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "level",
                    models.SmallIntegerField(
                        choices=[
                            (0, "No attachment"),
                            (1, "Little attachment"),
                            (2, "Some attachment"),
                            (3, "Good attachment"),
                        ]
                    ),
                ),
                (
                    "voice",
                    models.CharField(
                        choices=[
                            ("child", "The child"),
                            ("parents", "The parents"),
                            ("school", "The school"),
                        ],
                        max_length=16,
                    ),
                ),
                ("said_on", models.DateField()),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="cases.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("what", models.TextField()),
                ("to_whom", models.CharField(max_length=200)),
                ("given_on", models.DateField()),
                ("until", models.DateField()),
                ("withdrawn_on", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="cases.case"
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.guardian"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("given_on"))),
                        name="consent_ends_after_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Telephone call"),
                            ("meeting", "Meeting"),
                            ("visit", "Home visit"),
                            ("letter", "Letter"),
                            ("talk", "Talk with the child"),
                            ("team", "Discussed at a team meeting"),
                        ],
                        max_length=16,
                    ),
                ),
                ("held_on", models.DateField()),
                ("text", models.TextField(blank=True)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        default="school",
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="cases.case",
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pupil", "held_on"], name="contact_of_pupil")],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "crossing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reading",
                        serialize=False,
                        to="cases.crossing",
                    ),
                ),
                ("counted_on", models.DateField()),
                ("possible", models.IntegerField()),
                ("due", models.IntegerField()),
                ("absent", models.IntegerField()),
                ("tenths", models.IntegerField(null=True)),
                ("recent_tenths", models.IntegerField(null=True)),
                ("earlier_tenths", models.IntegerField(null=True)),
                ("trend_tenths", models.IntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Discussion",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                ("held_on", models.DateField()),
                (
                    "conclusion",
                    models.CharField(
                        choices=[
                            ("activate", "Activate the absence team"),
                            ("early", "Go on with the early effort"),
                            ("other", "Something else"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discussions",
                        to="cases.case",
                    ),
                ),
                (
                    "chief",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "psychologist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("chief", models.F("psychologist")), _negated=True),
                        name="two_persons_discuss",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Activation",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("role", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "discussion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activations",
                        to="cases.discussion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("discussion", "by"), name="one_activation_a_person"),
                    models.UniqueConstraint(fields=("discussion", "role"), name="one_activation_a_side"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("name", models.CharField(max_length=150)),
                ("kind", models.CharField(max_length=80)),
                ("size", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="cases.case"
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("due_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("holds", models.BooleanField(null=True)),
                ("text", models.TextField(blank=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="cases.case",
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at", None)), fields=("case",), name="one_open_follow_up"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Goal",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("text", models.TextField()),
                ("due_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("reached", models.BooleanField(null=True)),
                ("remark", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="goals", to="cases.case"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                (
                    "from_unit",
                    models.CharField(
                        choices=[
                            ("inclusion", "Inclusion team"),
                            ("absence_team", "Absence team"),
                            ("social", "Social services"),
                            ("ppr", "Psychology and pedagogy (PPR)"),
                            ("family_house", "Family House"),
                            ("ssp", "SSP"),
                            ("advice", "Child and family advice"),
                            ("substance", "Substance abuse treatment"),
                            ("kui", "Youth effort (KUI)"),
                            ("hotspot", "Hotspot"),
                            ("other", "Somebody else"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "to_unit",
                    models.CharField(
                        choices=[
                            ("inclusion", "Inclusion team"),
                            ("absence_team", "Absence team"),
                            ("social", "Social services"),
                            ("ppr", "Psychology and pedagogy (PPR)"),
                            ("family_house", "Family House"),
                            ("ssp", "SSP"),
                            ("advice", "Child and family advice"),
                            ("substance", "Substance abuse treatment"),
                            ("kui", "Youth effort (KUI)"),
                            ("hotspot", "Hotspot"),
                            ("other", "Somebody else"),
                        ],
                        max_length=16,
                    ),
                ),
                ("checklist", models.JSONField(default=dict)),
                ("text", models.TextField(blank=True)),
                ("offered_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("accepted", models.BooleanField(null=True)),
                ("answer", models.TextField(blank=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hand_overs",
                        to="cases.case",
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at", None)), fields=("case",), name="one_open_hand_over"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted", None), ("answered_at", None), ("answered_by", None)),
                            models.Q(
                                ("accepted__isnull", False),
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="hand_over_answer_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("network", "Network meeting"),
                            ("parents", "Meeting with the parents"),
                            ("team", "Team meeting"),
                            ("evaluation", "Evaluation"),
                        ],
                        max_length=16,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=150)),
                ("participants", models.JSONField(default=list)),
                ("agenda", models.TextField(blank=True)),
                ("minutes", models.TextField(blank=True)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        default="school",
                        max_length=16,
                    ),
                ),
                ("called_at", models.DateTimeField()),
                ("held_at", models.DateTimeField(null=True)),
                ("next_on", models.DateField(null=True)),
                ("end_reason", models.TextField(blank=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("sequence", models.IntegerField(default=0)),
                (
                    "called_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="cases.case"
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="meeting_ends_after_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("warning", "Warning at 10% unlawful"),
                            ("summons", "Summons to a talk"),
                            ("invitation", "Invitation to a meeting"),
                            ("referral", "Referral to the municipality at 15% unlawful"),
                        ],
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("signed", "Signed off"),
                            ("sent", "Sent"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("quarter_on", models.DateField(null=True)),
                ("evidence", models.JSONField(default=dict)),
                ("evidence_hash", models.CharField(blank=True, max_length=64)),
                ("checks", models.JSONField(default=dict)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                (
                    "guardian_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("version", models.IntegerField(default=0)),
                ("drafted_at", models.DateTimeField()),
                ("signed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("sent_on", models.DateField(null=True)),
                ("sent_how", models.CharField(blank=True, max_length=32)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_because", models.TextField(blank=True)),
                ("undermined_at", models.DateTimeField(null=True)),
                ("undermined", models.JSONField(null=True)),
                ("upheld_at", models.DateTimeField(null=True)),
                ("upheld_because", models.TextField(blank=True)),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="cases.case",
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "upheld_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.lettertext",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.meeting",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pupil", "kind"], name="letter_of_pupil")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("quarter_on__isnull", False), models.Q(("state", "withdrawn"), _negated=True)
                        ),
                        fields=("pupil", "kind", "quarter_on"),
                        name="one_legal_letter_a_quarter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "withdrawn"]),
                            models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_letter_is_signed_off",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreedAction",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("call", "Ring the home"),
                            ("talk", "Talk with the child"),
                            ("meeting", "Meeting with the parents"),
                            ("visit", "Home visit"),
                            ("letter", "Letter"),
                            ("support", "Support at school"),
                            ("offer", "Begin an offer"),
                            ("other", "Something else"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("due_on", models.DateField()),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        default="school",
                        max_length=16,
                    ),
                ),
                ("agreed_at", models.DateTimeField()),
                (
                    "kept",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("kept", "Done as agreed"),
                            ("not_kept", "Not done"),
                            ("cancelled", "No longer needed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("remark", models.TextField(blank=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "agreed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="cases.case",
                    ),
                ),
                (
                    "crossing",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.crossing",
                    ),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="cases.goal",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="cases.meeting",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["pupil", "due_on"],
                        name="open_action_of_pupil",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept", ""), ("settled_at", None)),
                            models.Q(("settled_at__isnull", False), models.Q(("kept", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_settled_action_says_how",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("restricted", models.BooleanField(default=False)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("text", models.TextField(blank=True)),
                ("stopped_because", models.SlugField(blank=True, max_length=32)),
                ("stop_text", models.TextField(blank=True)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        default="school",
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interventions",
                        to="cases.case",
                    ),
                ),
                (
                    "responsible",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.offer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stopped_because", ""), ("until", None)),
                            models.Q(
                                ("until__isnull", False), models.Q(("stopped_because", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="an_intervention_stops_for_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("inclusion", "Inclusion team"),
                            ("absence_team", "Absence team"),
                            ("social", "Social services"),
                            ("ppr", "Psychology and pedagogy (PPR)"),
                            ("family_house", "Family House"),
                            ("ssp", "SSP"),
                            ("advice", "Child and family advice"),
                            ("substance", "Substance abuse treatment"),
                            ("kui", "Youth effort (KUI)"),
                            ("hotspot", "Hotspot"),
                            ("other", "Somebody else"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=150)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        max_length=16,
                    ),
                ),
                ("coordinates", models.BooleanField(default=False)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parties", to="cases.case"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("case", "user"), name="one_party_a_user"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("user__isnull", False), models.Q(("name", ""), _negated=True), _connector="OR"
                        ),
                        name="a_party_is_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("quarter_on", models.DateField()),
                ("sent_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(null=True)),
                ("parents_heard_on", models.DateField(null=True)),
                ("child_heard_on", models.DateField(null=True)),
                ("hearing", models.TextField(blank=True)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_stopped", "The child benefit is not stopped"),
                            ("stopped", "The child benefit of the next quarter is stopped"),
                            ("other", "Something else is done"),
                        ],
                        max_length=16,
                    ),
                ),
                ("decision_text", models.TextField(blank=True)),
                ("decided_on", models.DateField(null=True)),
                ("version", models.IntegerField(default=0)),
                ("undermined_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_because", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "letter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.letter"
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.school"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("pupil", "quarter_on"),
                        name="one_referral_a_quarter",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleProposal",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("rule", models.JSONField(null=True)),
                ("valid_from", models.DateField()),
                ("preview", models.JSONField(default=dict)),
                ("text", models.TextField(blank=True)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("agreed", models.BooleanField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("proposed_as", models.CharField(default="", max_length=32)),
                ("decided_as", models.CharField(blank=True, default="", max_length=32)),
                (
                    "made",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("undo_asked_as", models.CharField(blank=True, default="", max_length=32)),
                ("undo_asked_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.rule",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                    ),
                ),
                (
                    "undo_asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="rule_withdrawal_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_by", None),
                            ("undo_asked_by", None),
                            models.Q(("withdrawn_by", models.F("undo_asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="two_persons_undo_a_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="two_persons_decide_a_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed", None), ("decided_at", None), ("decided_by", None)),
                            models.Q(
                                ("agreed__isnull", False),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rule_decision_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rule__isnull", False), ("replaces__isnull", False), _connector="OR"
                        ),
                        name="proposal_says_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=500)),
                ("shared", models.BooleanField(default=False)),
                ("is_default", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name"), name="one_filter_of_a_name"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("user",),
                        name="one_default_filter_a_user",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScaleAnswer",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "voice",
                    models.CharField(
                        choices=[
                            ("child", "The child"),
                            ("parents", "The parents"),
                            ("school", "The school"),
                        ],
                        max_length=16,
                    ),
                ),
                ("said_on", models.DateField()),
                (
                    "friends",
                    models.SmallIntegerField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "lessons",
                    models.SmallIntegerField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "adult",
                    models.SmallIntegerField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "contact",
                    models.SmallIntegerField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "wish",
                    models.SmallIntegerField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="cases.case"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.meeting",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("note", "Note"),
                            ("view", "View"),
                            ("document", "Document"),
                            ("meeting", "Meeting"),
                        ],
                        max_length=16,
                    ),
                ),
                ("item_id", models.BigIntegerField()),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        max_length=16,
                    ),
                ),
                ("basis", models.CharField(max_length=32)),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "item_id", "domain"), name="one_share_an_item")
                ],
            },
        ),
        migrations.CreateModel(
            name="Snooze",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("known_illness", "Known long illness"),
                            ("bereavement", "Bereavement in the family"),
                            ("other_plan", "Another plan is running"),
                            ("registers", "The registers are being checked"),
                            ("other", "Something else"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("until", models.DateField()),
                ("band", models.SmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.cluster",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.pupil",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pupil", "until"], name="snooze_of_pupil")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cluster", None), ("pupil__isnull", False)),
                            models.Q(("cluster__isnull", False), ("pupil", None)),
                            _connector="OR",
                        ),
                        name="a_snooze_is_about_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SocialMeasure",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", None), ("until__gt", models.F("since")), _connector="OR"
                        ),
                        name="measure_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("pupil", "="),
                            (fravaer.schools.models.DateRange("since", "until"), "&&"),
                        ],
                        name="one_measure_interval_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("open", "Opened"),
                            ("close", "Closed"),
                            ("reopen", "Opened again"),
                            ("refer", "Referred to the absence team"),
                            ("take_back", "Referral taken back"),
                            ("discuss", "Discussed by the chief and the psychologist"),
                            ("agree", "Agreed to activate the absence team"),
                            ("activate", "Absence team activated"),
                            ("step_down", "Back to early effort"),
                            ("offer", "Hand-over offered"),
                            ("accept", "Hand-over accepted"),
                            ("decline", "Hand-over declined"),
                            ("responsible", "Another is responsible"),
                            ("move", "The pupil moved"),
                            ("merge", "Put together with another case"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("stable", "Stable schooling"),
                            ("better", "Improved"),
                            ("unchanged", "Unchanged"),
                            ("moved", "Moved away"),
                            ("handed_over", "Handed over"),
                            ("merged", "Put together with another case"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "close"), models.Q(("outcome", ""), _negated=True)),
                            models.Q(models.Q(("kind", "close"), _negated=True), ("outcome", "")),
                            _connector="OR",
                        ),
                        name="closing_has_an_outcome",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspicion",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                ("function", models.SlugField(max_length=32)),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspicions",
                        to="cases.case",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unsaid",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("family", models.SlugField(max_length=40)),
                ("counted_on", models.DateField()),
                ("possible", models.IntegerField()),
                ("due", models.IntegerField()),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="schools.pupil"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("pupil", "family"), name="one_unsaid_a_family")
                ],
            },
        ),
        migrations.CreateModel(
            name="View",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("key", models.UUIDField(unique=True)),
                (
                    "voice",
                    models.CharField(
                        choices=[
                            ("child", "The child"),
                            ("parents", "The parents"),
                            ("school", "The school"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField()),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("school", "School and social services"),
                            ("social", "Social services only"),
                            ("ppr", "Psychologists only"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="views", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WeekPlan",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(unique=True)),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("days", models.JSONField()),
                ("text", models.TextField(blank=True)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("granted", models.BooleanField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("known", models.JSONField(default=list)),
                ("ended_on", models.DateField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="week_plans",
                        to="cases.case",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("since"))),
                        name="week_plan_ends_after_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.pupil"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("pupil",),
                        name="one_assignment_a_pupil",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseDraft",
            fields=[
                (
                    "id",
                    models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("form", models.SlugField(max_length=40)),
                ("fields", models.JSONField(default=dict)),
                ("saved_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "case", "form"), name="one_draft_a_form")
                ],
            },
        ),
    ]
