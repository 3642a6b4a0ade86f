from django.db import migrations

from fixaloop.operations import PostgreSQL

INDEXES = ("client_search", "intervention_search")


class Migration(migrations.Migration):
    """Let what is found by its text be added to the index some hundreds of rows at a time, as imports write them.

    Row by row the index took longer than all others together. At most a megabyte waits: a search reads that too, in
    half a millisecond, and who saves last before it is full waits for a twentieth of a second.
    """

    dependencies = (
        ("clients", "0009_deciding_intervention"),
        ("interventions", "0003_vehicle"),
    )
    operations = tuple(
        PostgreSQL(
            f"ALTER INDEX {index} SET (fastupdate = on, gin_pending_list_limit = 1024)",
            f"ALTER INDEX {index} SET (fastupdate = off)",
        )
        for index in INDEXES
    )
