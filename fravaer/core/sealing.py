"""How does a model hold what lies sealed in its table?

`SealedText` reads and writes like a text field of the row. In the table, and in the object until somebody reads it, it is a
sealed value (see `core.secrets`), bound to its row by a column that never changes. The database cannot look into it: no
filter, no order, no update past the row; asking for one raises. `FixedNumber` is for telephone numbers, which it has to compare.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact, In, IsNull
from django.db.models.query_utils import DeferredAttribute

from fravaer.core import secrets
from fravaer.core.secrets import Sealed

E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# What a value begins with that stands in for another (`core.asking`).
STANDS_IN = "\ue000"

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class _Opened(DeferredAttribute):
    """The attribute: opened each time it is read, so that an object that is kept or copied holds no text."""

    field: SealedText

    def __get__(self, instance: models.Model | None, owner: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        held, name = instance.__dict__, self.field.attname
        if name not in held:
            rows = type(instance)._base_manager.using(instance._state.db).filter(pk=instance.pk)
            held[name] = rows.values_list(name, flat=True).get()
        value = held[name]
        if not isinstance(value, Sealed):
            return self.field.read("") if value == b"" else value
        return self.field.read(secrets.open_(value, *self.field.place(instance)) if value else "")

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class _Written(IsNull):
    """Whether anything is written, which is all the database can tell."""

    lookup_name = "written"

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        column, parameters = self.process_lhs(compiler, connection)
        return f"octet_length({column}) {'>' if self.rhs else '='} 0", list(parameters)


class SealedText(_Field):
    """Text that only this row opens.

    `what` names the field in its purpose; `keys` is the domain whose keys seal it, or with `keys_of` the column that says
    so; `bound_to` are the columns, a space between, that are the row's for good and known before it is saved. `found_by` is
    the column with the keyed hash of the text, where rows are found by it; who writes the text writes that.
    """

    descriptor_class = _Opened
    empty_strings_allowed = True

    def __init__(
        self,
        what: str = "",
        *,
        keys: str = "",
        keys_of: str = "",
        bound_to: str = "uuid",
        found_by: str = "",
        **options: Any,
    ) -> None:
        self.what, self.keys, self.keys_of = what, keys, keys_of
        self.bound_to, self.found_by = bound_to, found_by
        options["editable"] = False
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options |= {"what": self.what, "bound_to": self.bound_to}
        options |= {"keys": self.keys} if self.keys else {"keys_of": self.keys_of}
        options |= {"found_by": self.found_by} if self.found_by else {}
        options.pop("editable", None)
        return name, path, args, options

    def get_internal_type(self) -> str:
        return "BinaryField"

    def place(self, instance: models.Model) -> tuple[str, secrets.Row]:
        """The purpose and the row a value of this instance is sealed for."""
        domain = self.keys or str(getattr(instance, self.keys_of))
        row = "/".join(str(getattr(instance, column)) for column in self.bound_to.split())
        return f"{domain}.{self.what}", row

    def written(self, value: Any) -> str:
        """What is sealed of a value."""
        return str(value)

    def read(self, text: str) -> Any:
        """The value of what was sealed."""
        return text

    def hashed(self, text: str) -> bytes:
        """What a row with this text is found by."""
        return secrets.index(text, f"{self.keys}.{self.what}")

    def resealed(self, instance: models.Model) -> Sealed:
        """The instance's value under the newest key. Raises Unreadable."""
        purpose, row = self.place(instance)
        return Sealed(
            secrets.seal(secrets.open_(instance.__dict__[self.attname], purpose, row), purpose, row)
        )

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        text = self.written(value) if value else ""
        sealed = Sealed(secrets.seal(text, *self.place(model_instance)) if text else b"")
        model_instance.__dict__[self.attname] = sealed
        return sealed

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None:
            return None
        if isinstance(value, Sealed):
            value = value.raw
        elif value in ("", b""):
            value = b""
        else:
            raise TypeError(f"{self.name} is sealed: it is written by saving its row")
        return value

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_lookup(self, lookup_name: str) -> Any:
        found = {"isnull": IsNull, "written": _Written}.get(lookup_name)
        if found is None:
            raise FieldError(f"{self.name} is sealed: nothing is found by it")
        return found

    def value_from_object(self, obj: models.Model) -> Any:
        return self.pre_save(obj, add=False)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.pre_save(obj, add=False)
        return base64.b64encode(value.raw).decode() if value else ""


def sealed(row: models.Model, name: str) -> bytes:
    """What stands in the column for a row that a statement of one's own writes."""
    value = _sealing(type(row), name).pre_save(row, add=True)
    return value.raw if isinstance(value, Sealed) else b""


def opened(row: models.Model, name: str, value: Sealed | bytes | memoryview | None) -> Any:
    """What a value says that was read past the model; `row` has the columns it is bound to."""
    field = _sealing(type(row), name)
    return field.read(secrets.open_(value, *field.place(row)) if value else "")


def _sealing(model: type[models.Model], name: str) -> SealedText:
    field = model._meta.get_field(name)
    assert isinstance(field, SealedText)
    return field


def is_fixed(column: str) -> models.Q:
    """For a check of the database: nothing but a fixed value stands in the column."""
    starts = models.Func(
        models.F(column),
        models.Value(secrets.FIXED),
        function="starts_with",
        output_field=models.BooleanField(),
    )
    return models.Q(starts)


def is_written(column: str, letters: int = 1) -> models.Q:
    """For a check of the database, which cannot read it: so many letters at least are sealed in the column."""
    return models.Q(
        models.Func(
            models.F(column),
            template=f"octet_length(%(expressions)s) >= {secrets.SHORTEST + letters}",
            output_field=models.BooleanField(),
        )
    )


class SealedJSON(SealedText):
    """Plain values, in a mapping or as `default` has them, that only this row opens."""

    def written(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def read(self, text: str) -> Any:
        return json.loads(text) if text else self.default() if callable(self.default) else {}


class _Is(Exact):
    """Equal to a number, under whichever key it stands."""

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        if not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        column, parameters = self.process_lhs(compiler, connection)
        wanted = self.lhs.output_field.wanted(self.rhs)
        places = ", ".join(["%s"] * len(wanted))
        return f"{column} {'= %s' if len(wanted) == 1 else f'IN ({places})'}", [*parameters, *wanted]


class _IsOneOf(In):
    def get_prep_lookup(self) -> Any:
        if not self.rhs_is_direct_value():
            return super().get_prep_lookup()
        return [_Fixed(one) for number in self.rhs for one in self.lhs.output_field.wanted(number)]


class _Fixed(str):
    """A number as it stands in the table."""

    __slots__ = ()


class FixedNumber(_Field):
    """A telephone number that the database compares without reading it; the same number is the same in every table.

    `purpose` is what it is fixed for. With `e164` nothing else is taken: a plus, a country and up to fifteen digits.
    """

    def __init__(self, purpose: str = secrets.NUMBER, *, e164: bool = False, **options: Any) -> None:
        self.purpose, self.e164 = purpose, e164
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options | {"purpose": self.purpose, "e164": self.e164}

    def get_internal_type(self) -> str:
        return "TextField"

    def wanted(self, number: str) -> list[str]:
        """What to look for: the number under every key there is. What is fixed already, or nothing, stands for itself."""
        if number[:1] in ("", secrets.FIXED, STANDS_IN):
            return [number]
        return secrets.fixes(number, self.purpose)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value in (None, "") or isinstance(value, _Fixed):
            return value
        if self.e164 and not E164.fullmatch(value):
            raise ValueError(f"{self.name} is no telephone number as E.164")
        return secrets.fix(value, self.purpose)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        return secrets.unfix(value, self.purpose) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        found = {"exact": _Is, "in": _IsOneOf, "isnull": IsNull}.get(lookup_name)
        if found is None:
            raise FieldError(f"{self.name} is fixed: it is found whole or not at all")
        return found

    def value_to_string(self, obj: models.Model) -> str:
        value = getattr(obj, self.attname)
        return secrets.fix(value, self.purpose) if value else ""
