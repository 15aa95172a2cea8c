"""What became of a choice, in words. The same words whatever engine matched."""

from decimal import Decimal

ADMITTED, BELOW, INELIGIBLE = "admitted", "below_cutoff", "ineligible"
UNACCEPTABLE, DECLINED, NOT_NEEDED = "unacceptable", "declined", "not_needed"
NOT_LISTED = "Not on the program's list."
DECLINED_PLACE = "You declined this place."
NO_SCORE = "Not eligible: no score."


def not_eligible(reasons: str) -> str:
    """The clauses or conditions that are not met."""
    return f"Not eligible: {reasons}"


def admitted(accepted: bool) -> str:
    """A seat, by an offer that was accepted before or by this matching."""
    return "You accepted this place." if accepted else "The first of your choices that had a seat for you."


def not_needed(given: str, accepted: bool) -> str:
    """A choice that was not reached, since another one gave a seat."""
    return f"You accepted {given}." if accepted else f"You are admitted to {given}, which you ranked higher."


def below(score: int | float | Decimal, cutoff: int | float | Decimal | None, lower_is_better: bool = False) -> str:
    """Refused for want of seats, by score."""
    under, down = ("over", "up") if lower_is_better else ("under", "down")
    if cutoff is None:
        return f"Your score {score} did not reach a seat: nobody could be admitted within the seats."
    if score < cutoff if lower_is_better else score > cutoff:
        return f"Your score is {score}; the seats {under} it, {down} to {cutoff}, were reserved or accepted before."
    if score == cutoff:
        return f"Your score {score} is at the cut-off {cutoff}; the lottery or a reserve gave the last seats to others."
    return f"Your score {score} is {under} the cut-off {cutoff}."


def below_on_list() -> str:
    """Refused for want of seats, by the program's own list."""
    return "All seats went to applicants placed before you on the program's list."
