"""`linkspan outbox`: list, retry, drop; exit codes; one JSON object a line."""

import json

import pytest
from tests.factories.people import NOW, person

from linkspan.accounts.events import IdentityChecked
from linkspan.kernel import audit, outbox
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State
from linkspan.site.command import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead():
    """A delivery that was given up."""
    learner = person("Ada Sample")
    outbox.publish(IdentityChecked(learner.person_id, "Ada", "accepted", ""), now=NOW)
    outbox.drain(now=NOW)
    failed = OutboxDelivery.objects.get(subscriber="messages.on_identity_checked")
    OutboxDelivery.objects.filter(id=failed.id).update(
        state=State.DEAD, delivered_at=None, tries=9, last_error="Traceback\nOSError: the disk\nis full"
    )
    return failed.id


def run(capsys, *words: str) -> tuple[int, list[dict]]:
    code = main(["outbox", *words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_list_then_retry(dead, capsys) -> None:
    code, (row,) = run(capsys, "list", "--state", "dead")
    assert code == 0
    assert (row["id"], row["event"], row["subscriber"], row["state"], row["tries"], row["error"]) == (
        str(dead),
        "accounts.IdentityChecked",
        "messages.on_identity_checked",
        "dead",
        9,
        "is full",
    )
    assert run(capsys, "list", "--subscriber", "nobody") == (0, [])
    assert run(capsys, "retry", str(dead)) == (0, [{"waiting": 1}])
    assert outbox.backlog() == (1, 0)
    (entry,) = audit.trail_of(f"kernel.delivery:{dead}")
    assert entry.verb == "retry_delivery" and entry.actor_name.startswith("system:command line (")
    assert run(capsys, "retry", "--all-dead") == (0, [{"waiting": 0}])


def test_drop_needs_a_reason_and_keeps_the_row(dead, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["outbox", "drop", str(dead)])
    assert ended.value.code == 2
    assert main(["outbox", "drop", str(dead), "--why", " "]) == 2
    assert run(capsys, "drop", str(dead), "--why", "Told by phone.") == (0, [{"dropped": str(dead)}])
    _, (row,) = run(capsys, "list")
    assert (row["state"], row["why"]) == ("dropped", "Told by phone.")


def test_what_cannot_be_used(dead, capsys) -> None:
    assert main(["outbox", "retry", "seventeen"]) == 2
    assert main(["outbox", "drop", str(new_id()), "--why", "X"]) == 2
    assert main(["outbox", "list", "--limit", "0"]) == 2
    assert main(["outbox", "retry", str(dead)]) == 0
    outbox.drain(now=NOW)
    assert main(["outbox", "retry", str(dead)]) == 1
    assert "delivered already" in capsys.readouterr().err
