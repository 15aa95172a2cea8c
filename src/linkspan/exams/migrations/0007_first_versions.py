"""Make what every exam holds its version 1, published, and the one that its attempts were drawn from."""

from datetime import UTC, datetime

from django.db import migrations

SAME = (
    "title",
    "duration_minutes",
    "pass_percent",
    "attempts_allowed",
    "courses",
    "minimums",
    "bank",
    "draw",
    "grace_seconds",
)
#: Nobody recorded when an exam was entered; it was in force before anything else that is known of it.
BEFORE = datetime(1970, 1, 1, tzinfo=UTC)


def make_versions(apps, schema_editor):
    exams, versions, attempts = (apps.get_model("exams", f"{n}Row") for n in ("Exam", "ExamVersion", "Attempt"))
    for exam in exams.objects.filter(in_force=None).iterator():
        fields = {name: getattr(exam, name) for name in SAME}
        exam.in_force = versions.objects.create(exam=exam, number=1, published_at=BEFORE, **fields)
        exam.save(update_fields=["in_force"])
        attempts.objects.filter(sitting__exam=exam, version=None).update(version=exam.in_force)


def put_back(apps, schema_editor):
    for exam in apps.get_model("exams", "ExamRow").objects.exclude(in_force=None).select_related("in_force"):
        for name in SAME:
            setattr(exam, name, getattr(exam.in_force, name))
        exam.save(update_fields=list(SAME))


class Migration(migrations.Migration):
    dependencies = [("exams", "0006_versions")]
    operations = [migrations.RunPython(make_versions, put_back)]
