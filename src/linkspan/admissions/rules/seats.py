"""What an agreement says on seats: how equal scores are ordered, and for whom seats are reserved. Never how many."""

from typing import Any

from linkspan.admissions.rules.intakes import check_terms
from linkspan.pathways.rules import Agreement, check_node


def seat_terms(agreement: Agreement) -> dict[str, Any]:
    """`ties`, `tie_break`, `reserves` and `reserve_order` of an agreement; Unusable if none can follow them.

    How many seats there are is the institution's choice for each round.
    """
    ties, order = agreement.ties or "lottery", agreement.reserve_order or "reserve_first"
    tie_break, reserves = list(agreement.tie_break), list(agreement.reserves or ())
    check_terms(ties, tie_break, reserves, order)
    for position, reserve in enumerate(reserves):
        check_node(reserve.get("rule"), f"reserves[{position}].rule")
    return {"ties": ties, "tie_break": tie_break, "reserves": reserves, "reserve_order": order}
