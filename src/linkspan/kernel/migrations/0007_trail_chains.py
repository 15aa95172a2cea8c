"""One chain an institution; hashes over commitments. The one chain of before is written anew once, in the platform's."""

import hashlib
from datetime import UTC

import rfc8785
from django.db import migrations, models
from django.utils import timezone

from linkspan.kernel.audit.chain import GENESIS, PLATFORM, Sealed, commitment, new_salt, words

BATCH = 1000


def old_digest(row):
    """The hash of an entry by the rule of before."""
    body = {
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": str(row.actor_id) if row.actor_id else None,
        "actor_name": row.actor_name,
        "verb": row.verb,
        "subject": row.subject,
        "before": row.before,
        "after": row.after,
        "why": row.why,
        "previous": row.previous_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def seal(row, number, previous):
    """Give a row its place, its commitments and its hash in the platform's chain."""
    said = words(row.before, row.after, row.why)
    row.institution, row.number, row.previous_sha256 = PLATFORM, number, previous
    row.name_salt, row.words_salt = new_salt(), new_salt()
    row.name_sha256 = commitment(row.name_salt, row.actor_name)
    row.words_sha256 = commitment(row.words_salt, said)
    sealed = Sealed(
        PLATFORM, row.at, row.actor_id, row.verb, row.subject, row.name_sha256, row.words_sha256, previous
    )
    row.sha256 = sealed.sha256()


def rebuild(apps, _schema):
    """Write the chain anew, and say in its last entry which head it had and where it did not hold."""
    entries, chains = apps.get_model("kernel", "TrailEntry"), apps.get_model("kernel", "TrailChain")
    old = apps.get_model("kernel", "TrailHead").objects.filter(id=1).first()
    if old is None and not entries.objects.exists():
        return
    old_previous, previous, number, broken, batch = GENESIS, GENESIS, 0, [], []
    fields = ["institution", "number", "previous_sha256", "sha256"]
    fields += ["name_salt", "name_sha256", "words_salt", "words_sha256"]
    positions = list(entries.objects.order_by("position").values_list("position", flat=True))
    for start in range(0, len(positions), BATCH):
        batch = list(entries.objects.filter(position__in=positions[start : start + BATCH]).order_by("position"))
        for row in batch:
            number += 1
            if row.previous_sha256 != old_previous or old_digest(row) != row.sha256:
                broken.append(number)
            old_previous = row.sha256
            seal(row, number, previous)
            previous = row.sha256
        entries.objects.bulk_update(batch, fields, batch_size=100)
    head = old.sha256 if old else GENESIS
    told = entries(
        at=timezone.now(),
        actor_id=None,
        actor_name="system:migration",
        verb="rebuild_trail",
        subject="kernel.trail:platform",
        before={"head": head, "broken": broken, "cut": head != old_previous},
        after={"entries": number},
        why="One chain an institution; hashes over commitments.",
    )
    seal(told, number + 1, previous)
    told.save(force_insert=True)
    chains.objects.create(institution=PLATFORM, length=told.number, sha256=told.sha256)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0006_lane_of_signing")]

    operations = [
        migrations.CreateModel(
            name="TrailChain",
            fields=[
                ("institution", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("length", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(max_length=64)),
            ],
            options={"db_table": "kernel_trail_chain"},
        ),
        migrations.CreateModel(
            name="TrailNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("heads", models.JSONField()),
                ("previous_sha256", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64, unique=True)),
            ],
            options={"db_table": "kernel_trail_note"},
        ),
        *[
            migrations.AddField("trailentry", name, field, preserve_default=False)
            for name, field in (
                ("institution", models.CharField(blank=True, max_length=64, default="")),
                ("number", models.BigIntegerField(default=0)),
                ("name_salt", models.CharField(blank=True, max_length=32, default="")),
                ("name_sha256", models.CharField(max_length=64, default="")),
                ("words_salt", models.CharField(blank=True, max_length=32, default="")),
                ("words_sha256", models.CharField(max_length=64, default="")),
            )
        ],
        migrations.RunPython(rebuild, migrations.RunPython.noop),
        migrations.DeleteModel(name="TrailHead"),
        migrations.AlterField("trailentry", "actor_id", models.UUIDField(db_index=True, null=True)),
        migrations.AddConstraint(
            "trailentry",
            models.UniqueConstraint(fields=("institution", "number"), name="kernel_trail_one_of_a_number"),
        ),
        migrations.AddIndex(
            "trailentry",
            models.Index(
                condition=models.Q(("verb", "erase_from_trail")), fields=["position"], name="kernel_trail_erased"
            ),
        ),
    ]
