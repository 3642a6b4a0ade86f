from django.db import migrations

from fixaloop.operations import PostgreSQL


class Migration(migrations.Migration):
    """The traces that name a row are looked up: forgetting a client would read all of them otherwise."""

    dependencies = (("fixaloop", "0007_corrected_cells"),)
    operations = tuple(
        PostgreSQL(
            f"CREATE INDEX trace_by_{column} ON fixaloop_importtrace USING gin ({column}) WITH (fastupdate = off)",
            f"DROP INDEX trace_by_{column}",
        )
        for column in ("created", "changed")
    )
