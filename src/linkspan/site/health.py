"""Whether this installation works: the database answers, and events are delivered."""

from django.http import HttpRequest, JsonResponse

from linkspan.kernel import outbox

MOST_GIVEN_UP = 0


def health(request: HttpRequest) -> JsonResponse:
    """200 if the database answers and no delivery was given up, 503 otherwise; numbers only."""
    waiting, given_up = outbox.backlog()
    healthy = given_up <= MOST_GIVEN_UP
    told = {"healthy": healthy, "deliveries_waiting": waiting, "deliveries_given_up": given_up}
    return JsonResponse(told, status=200 if healthy else 503)
