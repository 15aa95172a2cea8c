"""What is erased of a person from the trail, and what stays and why."""

from enum import StrEnum

from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor

#: Things of a person's own whose words in the trail go with them. Money, credentials, credit and facts stay.
ERASED_KINDS = frozenset(
    {
        "accounts.user",
        "admissions.application",
        "admissions.document",
        "admissions.letter",
        "enrolment.enrolment",
        "exams.attempt",
        "exams.booking",
        "exams.learner",
        "finance.need_request",
    }
)


class Keeping(StrEnum):
    """Why words in the trail stay although the person they are about is erased from it."""

    MONEY = "money"
    RELIED_ON = "relied_on"
    OTHERS = "others"


#: Kinds of things, by the domain's name, whose words stay for more than that others have a part in them.
KEPT = {
    "finance": Keeping.MONEY,
    "credentials": Keeping.RELIED_ON,
    "recognition": Keeping.RELIED_ON,
    "records": Keeping.RELIED_ON,
}


def why_kept(kind: str) -> Keeping:
    """Why the words about a thing of that kind stay."""
    if kind in ERASED_KINDS:
        return Keeping.OTHERS
    return KEPT.get(kind.partition(".")[0], Keeping.OTHERS)


def may_erase_from_trail(actor: Actor) -> bool:
    """Operators and the system."""
    return actor.is_system or actor.has_role(Role.OPERATOR)
