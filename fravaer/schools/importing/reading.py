"""What does each line of our own files say, and do the lines agree?

Every period in the files includes both its ends; here and behind it becomes half-open. A line with a problem still makes
its keys known, so that one mistake is told once. An empty last day means the end of the school year.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from fravaer.core.periods import Period, school_year_of
from fravaer.schools.importing import canonical, values
from fravaer.schools.importing.canonical import ClassKey, Known, PostKinds, Roster, Unit
from fravaer.schools.importing.problems import Problems
from fravaer.schools.importing.rows import Row

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(slots=True)
class Reading:
    """Everything understood so far; the files come in the order schools, classes, pupils, guardians, staff, calendar."""

    problems: Problems
    kinds: PostKinds
    known: Known
    today: date
    municipality: canonical.Municipality | None = None
    areas: dict[str, canonical.Area] = field(default_factory=dict)
    schools: dict[str, canonical.School] = field(default_factory=dict)
    # Classes by their key with the letter in small, so that 7.b is 7.B.
    classes: dict[ClassKey, ClassKey] = field(default_factory=dict)
    years: set[date] = field(default_factory=set)
    # Pupils' keys by their CPR numbers; and the numbers of grown-ups by their keys.
    cprs: dict[str, str] = field(default_factory=dict)
    guardian_cprs: dict[str, str] = field(default_factory=dict)
    staff_cprs: dict[str, str] = field(default_factory=dict)
    pupils: dict[str, canonical.Pupil] = field(default_factory=dict)
    enrolments: dict[str, dict[int, canonical.Enrolment]] = field(default_factory=dict)
    guardians: dict[str, canonical.Guardian] = field(default_factory=dict)
    guardianships: list[canonical.Guardianship] = field(default_factory=list)
    staff: dict[str, canonical.Staff] = field(default_factory=dict)
    staff_rows: dict[str, Row] = field(default_factory=dict)
    posts: list[canonical.Post] = field(default_factory=list)
    day_rules: list[canonical.DayRule] = field(default_factory=list)
    # Where something was said first, and in which words.
    first: dict[tuple[object, ...], tuple[int, dict[str, object]]] = field(default_factory=dict)

    def school(self, row: Row) -> None:
        code = row.read("municipality", values.municipality_code)
        municipality_name = row.text("municipality_name")
        area = row.read("area", values.area_code)
        area_name = row.text("area_name")
        number = row.read("school", values.institution_number)
        name = row.text("name")
        phone = row.read_any("phone", values.phone, "")
        if code and self.known.municipality_code not in (None, code):
            row.wrong(
                "municipality",
                _("This installation serves another municipality. Check that the files are yours."),
            )
        self._agrees(row, "municipality", municipality=code, municipality_name=municipality_name)
        self.municipality = canonical.Municipality(code or "", municipality_name)
        if area:
            self._agrees(row, "area", area, area_name=area_name)
            self.areas.setdefault(area, canonical.Area(area, area_name))
        if number:
            self._once(row, "school", "school", number)
            self.schools[number] = canonical.School(number, name, area or "", phone)

    def school_class(self, row: Row) -> None:
        school = self._school(row)
        year = row.read("school_year", values.school_year)
        named = row.read("class", values.class_name)
        if year:
            self.years.add(year)
        if school and year and named:
            key = ClassKey(school, year, *named)
            folded = key._replace(letter=key.letter.casefold())
            self._once(row, "class", *folded)
            self.classes.setdefault(folded, key)

    def pupil(self, row: Row) -> None:
        key = row.text("pupil")
        given_name, family_name = row.text("given_name"), row.text("family_name")
        birth_on = row.read_any("birth_date", lambda text: values.birth_day(text, self.today), None)
        protected = row.read_any("protected", values.yes_or_no, False)
        cpr = row.read_any("cpr", values.cpr_number, "")
        school = self._school(row)
        span = self._span(row)
        school_class = self._class(row, school, span)
        if not key:
            return
        self._agrees(
            row,
            "pupil",
            key,
            given_name=given_name,
            family_name=family_name,
            birth_date=birth_on,
            protected=protected,
            cpr=cpr,
        )
        if cpr and self.cprs.setdefault(cpr, key) != key:
            row.wrong("cpr", _("Another pupil has the same CPR number. Correct one of them."))
        self.pupils.setdefault(key, canonical.Pupil(key, given_name, family_name, birth_on, protected))
        if not (span and school_class):
            return
        if span.until > school_year_of(span.since).until:
            row.wrong(
                "to",
                _("A class lasts one school year, to 31 July. Write the next year on a line of its own."),
            )
            return
        told = self.enrolments.setdefault(key, {})
        for number, other in told.items():
            if span.since < other.until and other.starts_on < span.until:
                message = _(
                    "The pupil is in a class already on these days, by line %(n)d. End one before the other begins."
                )
                row.wrong("from", message % {"n": number})
                return
        told[row.line.number] = canonical.Enrolment(key, school_class, span.since, span.until)

    def guardian(self, row: Row) -> None:
        key = row.text("guardian")
        given_name, family_name = row.text("given_name"), row.text("family_name")
        pupil = row.text("pupil")
        custody = row.read("custody", values.yes_or_no)
        sms = row.read_any("sms", values.yes_or_no, True)
        language = row.read_any("language", values.language, "da")
        phones = tuple(
            dict.fromkeys(
                phone for column in ("phone", "phone_2") if (phone := row.read_any(column, values.phone, ""))
            )
        )
        cpr = row.read_any("cpr", values.cpr_number, "")
        if pupil and self.pupils and pupil not in self.pupils:
            row.wrong("pupil", _("The pupil is not in pupils.csv. Correct the key, or delete the line."))
        if not key:
            return
        self._agrees(
            row,
            "guardian",
            key,
            given_name=given_name,
            family_name=family_name,
            language=language,
            phone=phones[:1],
            phone_2=phones[1:],
            cpr=cpr,
        )
        if cpr:
            self.guardian_cprs[key] = cpr
        self.guardians.setdefault(key, canonical.Guardian(key, given_name, family_name, language, phones))
        if pupil and custody is not None:
            self._once(row, "guardian", "guardianship", key, pupil)
            relation = row.line.fields.get("relation", "")
            self.guardianships.append(canonical.Guardianship(pupil, key, custody, sms, relation))

    def member_of_staff(self, row: Row) -> None:
        key, name = row.text("staff"), row.text("name")
        email = row.read("email", values.email)
        # A file without the column says nothing of telephones: those stored stay.
        phone = row.read_any("phone", values.phone, "") if "phone" in row.line.headings else None
        cpr = row.read_any("cpr", values.cpr_number, "")
        kind = self.kinds.get(word) if (word := row.text("role").casefold()) else None
        if word and kind is None:
            message = _("The role is not known. Use one of: %(words)s.")
            # Our own codes are words as well, but nobody needs to be told of them.
            words = [word for word, kind in self.kinds.items() if word != kind.role]
            row.wrong("role", message % {"words": ", ".join(words)})
        area = row.read_any("area", values.area_code, "")
        if area and self.areas and area not in self.areas:
            row.wrong(
                "area", _("The area is not in schools.csv. Correct the code, or add a school in the area.")
            )
        school = self._school(row) if row.has("school") else None
        span = self._span(row, lasts=max(self.years, default=None) if not row.has("class") else None)
        school_class = self._class(row, school, span) if row.has("class") else None
        if key and email:
            self._agrees(row, "staff", key, name=name, email=email, phone=phone, cpr=cpr)
            if cpr:
                self.staff_cprs[key] = cpr
            if self.first.setdefault(("email", email), (row.line.number, {"of": key}))[1]["of"] != key:
                row.wrong("email", _("Another member of staff has the same address. Each needs her own."))
            self.staff.setdefault(key, canonical.Staff(key, name, email, phone))
            self.staff_rows.setdefault(key, row)
        if school_class and span and span.until > school_year_of(span.since).until:
            row.wrong(
                "to",
                _("A class lasts one school year, to 31 July. Write the next year on a line of its own."),
            )
        if kind and self._is_over(row, kind) and span and row.sound:
            post = canonical.Post(
                key,
                kind.role,
                area or None,
                None if school_class else school,
                school_class,
                span.since,
                span.until,
            )
            self._once(row, "from", "post", *post.key)
            self.posts.append(post)

    def day_rule(self, row: Row) -> None:
        school = self._school(row) if row.has("school") else None
        year_group = row.read_any("year_group", values.year_group, None)
        span = self._span(row, one_day=True)
        school_class = self._class(row, school, span) if row.has("class") else None
        closed = row.read("state", values.is_closed)
        reason = row.text("reason")
        if (row.has("year_group") or row.has("class")) and not row.has("school"):
            row.wrong("school", _("A year group or a class needs its school. Fill it in."))
        if row.has("year_group") and row.has("class"):
            row.wrong("year_group", _("Name the year group or the class, not both."))
        if span and self.years:
            year = school_year_of(span.since)
            if year.since not in self.years:
                row.wrong(
                    "from", _("The day lies in a school year that classes.csv does not name. Correct it.")
                )
            elif span.until > year.until:
                row.wrong("to", _("The days lie in two school years. Write one line for each."))
        if not (span and row.sound):
            return
        days = [day for day in span.days() if day.weekday() < SATURDAY or span.until - span.since == ONE_DAY]
        rules = [
            canonical.DayRule(
                day, None if school_class else school, year_group, school_class, bool(closed), reason
            )
            for day in days
        ]
        said = [line for rule in rules if (line := self._said(row, "day", *rule.key))]
        if said:
            message = _(
                "Line %(n)d says something about one of these days for the same unit already. Delete one of them."
            )
            row.wrong("from", message % {"n": said[0]})
        self.day_rules.extend(rules)

    def finish(self) -> Roster:
        """The roster, when every line of every file has been read. Raises RosterRefused when there are problems."""
        for key, member in self.staff.items():
            owner = self.known.staff_by_email.get(member.email)
            if owner not in (None, key) and owner not in self.staff:
                message = _(
                    "The address belongs to a member of staff who is no longer in the file. Use the same key for her."
                )
                self.staff_rows[key].wrong("email", message)
        self.problems.refuse()
        assert self.municipality is not None
        return Roster(
            municipality=self.municipality,
            areas=tuple(self.areas.values()),
            schools=tuple(self.schools.values()),
            years=tuple(sorted(self.years)),
            classes=tuple(self.classes.values()),
            pupils=tuple(self.pupils.values()),
            enrolments=tuple(enrolment for told in self.enrolments.values() for enrolment in told.values()),
            guardians=tuple(self.guardians.values()),
            guardianships=tuple(self.guardianships),
            staff=tuple(self.staff.values()),
            posts=tuple(self.posts),
            day_rules=tuple(self.day_rules),
            cprs={pupil: number for number, pupil in self.cprs.items()},
            guardian_cprs=self.guardian_cprs,
            staff_cprs=self.staff_cprs,
        )

    def _said(self, row: Row, *what: object) -> int | None:
        """The line in which this was said first, or None when this is the first."""
        line, _words = self.first.setdefault(what, (row.line.number, {}))
        return None if line == row.line.number else line

    def _once(self, row: Row, column: str, *what: object) -> None:
        if line := self._said(row, row.line.file, *what):
            row.wrong(column, _("Line %(n)d says the same. Delete one of them.") % {"n": line})

    def _agrees(self, row: Row, *what: object, **said: object) -> None:
        """Note every column in which this line says something else about the same thing than the first line did."""
        told = {column: word for column, word in said.items() if column not in row.bad}
        line, words = self.first.setdefault(("facts", *what), (row.line.number, told))
        for column, word in told.items():
            if words.get(column, word) != word:
                message = _("Line %(n)d says something else here about the same. Make the lines agree.")
                row.wrong(column, message % {"n": line})

    def _school(self, row: Row) -> str | None:
        number = row.read("school", values.institution_number)
        if number and self.schools and number not in self.schools:
            row.wrong("school", _("The school is not in schools.csv. Correct the number, or add the school."))
            return None
        return number

    def _class(self, row: Row, school: str | None, span: Period | None) -> ClassKey | None:
        """The class named in the line, of the school year its first day lies in."""
        named = row.read("class", values.class_name)
        if not (named and school and span and self.classes):
            return None
        year = school_year_of(span.since).since
        found = self.classes.get(ClassKey(school, year, named[0], named[1].casefold()))
        if found is None:
            message = _(
                "The school has no such class in %(year)s, where the first day lies. "
                "Correct class or date, or add the class to classes.csv."
            )
            row.wrong("class", message % {"year": f"{year.year}/{(year.year + 1) % 100:02d}"})
        return found

    def _span(self, row: Row, *, lasts: date | None = None, one_day: bool = False) -> Period | None:
        """First and last day of the line; without a last day to the end of the school year (or of that from `lasts`)."""
        since = row.read("from", values.day)
        if since is None:
            return None
        ends = (
            since + ONE_DAY if one_day else max(school_year_of(since), school_year_of(lasts or since)).until
        )
        last = row.read_any("to", values.day, ends - ONE_DAY)
        if last < since:
            row.wrong("to", _("The last day lies before the first. Correct one of them."))
            return None
        return Period(since, last + ONE_DAY)

    def _is_over(self, row: Row, kind: canonical.PostKind) -> bool:
        """Whether the units filled in are what such a post may be over."""
        if row.has("class"):
            unit = Unit.CLASS
        elif row.has("school"):
            unit = Unit.SCHOOL
        else:
            unit = Unit.AREA if row.has("area") else Unit.MUNICIPALITY
        wanted = {
            Unit.CLASS: _("school and class filled in, area empty"),
            Unit.SCHOOL: _("school filled in, area and class empty"),
            Unit.AREA: _("area filled in, school and class empty"),
            Unit.MUNICIPALITY: _("area, school and class empty"),
            Unit.NONE: _("area, school and class empty"),
        }
        both = row.has("area") and (row.has("school") or row.has("class"))
        allowed = unit in kind.units or (unit == Unit.MUNICIPALITY and Unit.NONE in kind.units)
        if allowed and not both and (row.has("school") or unit != Unit.CLASS):
            return True
        message = _("A post of this role has %(units)s.")
        choices = [wanted[unit] for unit in Unit if unit in kind.units]
        row.wrong("role", message % {"units": _(", or ").join(choices)})
        return False
