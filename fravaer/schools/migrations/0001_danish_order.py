from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

# Danish order without ICU, the same on every Postgres: aa is å, and æ ø å come last. '{', '|' and '}' follow 'z' in byte order.
CREATE = """
CREATE FUNCTION danish_sort_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT translate(
    replace(lower(translate(name, 'ÆØÅÄÖÜÉÈÊËÁÀÂÍÌÎÏÓÒÔÚÙÛÇÑ', 'æøåäöüéèêëáàâíìîïóòôúùûçñ')), 'aa', '}'),
    'æäøöåüéèêëáàâíìîïóòôúùûçñ',
    '{{||}yeeeeaaaiiiiooouuucn'
  )
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(CREATE, "DROP FUNCTION danish_sort_key(text)"),
    ]
