"""What waits about institutions that want to join: the proof of their domain, and the look at their accreditation."""

from collections.abc import Iterable
from datetime import datetime

from linkspan.institutions.models import RegistrationRow
from linkspan.institutions.rules import Joining
from linkspan.kernel.waiting import Open, What, Whose, part, together


def waits(whose: Whose, _now: datetime) -> Iterable[Open]:
    """Registrations that are not decided; operators look at them, of whatever institution."""
    rows = RegistrationRow.objects.filter(closed=False)
    mine = rows if whose.learner is None else rows.filter(applicant_id=whose.learner)
    told = {"title": "name", "institution": "", "learner": "applicant_id"}
    return together(
        whose,
        part(What.PROVE_DOMAIN, mine.filter(state=Joining.REGISTERED), since="registered_at", **told),
        part(
            What.CHECK_ACCREDITATION,
            mine.filter(state=Joining.DOMAIN_PROVED, proved_at__isnull=False),
            since="proved_at",
            **told,
        ),
    )
