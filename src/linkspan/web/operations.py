"""What operators see: deliveries that wait, failed or were given up; each can be sent again or set aside."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.courseware.actions import retake_events
from linkspan.courseware.queries import events_set_aside
from linkspan.kernel import heartbeat, outbox
from linkspan.kernel.clock import real_now
from linkspan.kernel.each import standing_failures
from linkspan.kernel.request import Request
from linkspan.kernel.retries import State
from linkspan.web.pages import done, post_only, signed_in, text

HERE = "operations-operations"


@signed_in
def operations(request: Request) -> HttpResponse:
    """What is not delivered, by state."""
    told = {state.value: outbox.deliveries(request.actor, state=state) for state in State if state is not State.DONE}
    waiting, dead = outbox.backlog()
    counts = {
        "count_waiting": waiting,
        "count_dead": dead,
        "oldest_due": outbox.oldest_due(now=request.now),
        "failures": standing_failures(request.actor),
        "aside": events_set_aside(),
    }
    return render(request, "desk/operations.html", {**told, **counts, "worker": heartbeat.worker(now=real_now())})


@post_only
@signed_in
def retry(request: Request, delivery_id: UUID) -> HttpResponse:
    """Send a delivery again."""
    outbox.retry(actor=request.actor, delivery_id=delivery_id, now=request.now)
    return done(request, _("The delivery is sent again in a moment."), HERE)


@post_only
@signed_in
def retry_dead(request: Request) -> HttpResponse:
    """Send everything again that was given up."""
    count = outbox.retry_dead(actor=request.actor, now=request.now)
    words = ngettext("{count} delivery is sent again.", "{count} deliveries are sent again.", count)
    return done(request, words.format(count=count), HERE)


@post_only
@signed_in
def retake(request: Request) -> HttpResponse:
    """Take the messages of the event bus once more that were set aside."""
    count = retake_events(actor=request.actor, now=request.now)
    words = ngettext("{count} message is taken again.", "{count} messages are taken again.", count)
    return done(request, words.format(count=count), HERE)


@post_only
@signed_in
def drop(request: Request, delivery_id: UUID) -> HttpResponse:
    """Set a delivery aside."""
    outbox.drop(actor=request.actor, delivery_id=delivery_id, reason=text(request, "reason", 1000), now=request.now)
    return done(request, _("The delivery is set aside."), HERE)
