"""Single questions of a draft are written and rewritten, with their pictures."""

from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction

from linkspan.exams.actions.making import draft_row, save_draft
from linkspan.exams.engines.marking import check_formulas
from linkspan.exams.engines.pictures import picture_from
from linkspan.exams.models import PictureRow
from linkspan.exams.queries import as_version, made_exam, question_shown
from linkspan.exams.rules import Item, Picture, Version, check_bank, unsorted
from linkspan.kernel.actor import Actor
from linkspan.kernel.versions import check_seen


def keep_picture(content: bytes, words: str) -> Picture:
    """The picture, kept by its content."""
    png, picture = picture_from(content, words)
    store_picture(picture, png)
    return picture


def store_picture(picture: Picture, png: bytes) -> None:
    """Keep what a picture shows; what is kept stays."""
    told = {"content": png, "width": picture.width, "height": picture.height}
    PictureRow.objects.get_or_create(sha256=picture.sha256, defaults=told)


def put_item(
    *,
    actor: Actor,
    code: str,
    item: Item,
    now: datetime,
    picture: bytes | None = None,
    picture_words: str = "",
    seen: str | None = None,
) -> Version:
    """Add a question to the draft, or exchange the one of its name, which stays retired if it was.

    `picture` is the content of a new one; without it a question keeps its picture. Changed if there is another question
    of its name than the one `seen`.
    """
    made_exam(actor, code)
    shown = keep_picture(picture, picture_words) if picture is not None else None
    item = unsorted(replace(item, picture=shown))
    check_formulas([item])
    return _put(actor, code, item, picture_words, now, seen)


@transaction.atomic
def _put(actor: Actor, code: str, item: Item, words: str, now: datetime, seen: str | None) -> Version:
    version = draft_row(actor, code)
    held = {one.id: one for one in as_version(version).bank}
    before = held.get(item.id)
    check_seen(seen, question_shown(before))
    if before is not None:
        kept = before.picture if item.picture is None and item.areas else None
        shown = replace(kept, words=words.strip()) if kept else item.picture
        item = replace(item, retired=before.retired, picture=shown)
    bank = check_bank((held | {item.id: item}).values())
    version.bank = [asdict(one) for one in bank]
    groups = {one.group for one in bank}
    version.draw = [line for line in version.draw if line["group"] in groups]
    return save_draft(version, actor, "put_exam_item", now, {"item": item.id, "new": before is None})
