"""How does a template ask what of a child the reader may be shown?

`{% visible_fields pupil as shown %}`, and then `{% if "phone" in shown %}`; the mark of a protected child asks by itself, and
what her guardians are called: `{{ row.guardian|guardian_of:row.pupil }}`.
"""

from __future__ import annotations

from django import template
from django.template import RequestContext
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fravaer.accounts import fields
from fravaer.accounts.fields import Field, Thing
from fravaer.core.scope import Scope
from fravaer.core.templatetags.components import icon
from fravaer.schools import protection
from fravaer.schools.models import Guardian, Pupil

register = template.Library()


@register.simple_tag(takes_context=True)
def visible_fields(context: RequestContext, thing: Thing | None = None) -> frozenset[Field]:
    """The fields of the thing's pupil that the reader of the page may be shown."""
    return fields.visible_fields(_reader(context), thing)


@register.simple_tag(takes_context=True)
def protected_mark(context: RequestContext, pupil: Thing) -> SafeString:
    """The mark beside the name of a child whose name and address are protected."""
    return mark_of(_reader(context), pupil)


@register.filter
def guardian_of(guardian: Guardian | None, pupil: Pupil | None) -> str:
    """What the guardian is called beside the pupil; of a protected one no name."""
    return protection.called(guardian, pupil)


@register.filter
def number_of(mask: str, pupil: Pupil | None) -> str:
    """A guardian's number by its last digits; of a protected pupil's by none."""
    return protection.masked(mask, pupil)


def _reader(context: RequestContext) -> Scope:
    """Also inside a part that is included with its own words only."""
    return context.request.scope  # type: ignore[attr-defined,no-any-return]


def mark_of(scope: Scope, pupil: Thing) -> SafeString:
    """The same for the cell of a table; the pupil, or what says of a pupil whether she is protected."""
    if not getattr(pupil, "protected", False) or Field.PROTECTED not in fields.visible_fields(scope, pupil):
        return SafeString("")
    return icon("lock", "pupil-protected", _("Protected name and address"))
