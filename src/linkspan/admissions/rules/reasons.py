"""What became of a choice, in words. The same words whatever engine matched."""

from decimal import Decimal

from linkspan.kernel.reasons import Phrase, Sentence

ADMITTED, BELOW, INELIGIBLE = "admitted", "below_cutoff", "ineligible"
UNACCEPTABLE, DECLINED, NOT_NEEDED = "unacceptable", "declined", "not_needed"
NOT_LISTED = Sentence("not_listed", "Not on the program's list.")
DECLINED_PLACE = Sentence("declined_place", "You declined this place.")
NO_SCORE = Sentence("no_score", "Not eligible: no score.")


def not_eligible(reasons: str) -> str:
    """The clauses or conditions that are not met."""
    return Sentence("not_eligible", "Not eligible: {reasons}", reasons=reasons)


def admitted(accepted: bool) -> str:
    """A seat, by an offer that was accepted before or by this matching."""
    if accepted:
        return Sentence("place_accepted", "You accepted this place.")
    return Sentence("first_with_a_seat", "The first of your choices that had a seat for you.")


def not_needed(given: str, accepted: bool) -> str:
    """A choice that was not reached, since another one gave a seat."""
    if accepted:
        return Sentence("accepted_other", "You accepted {given}.", given=given)
    return Sentence("admitted_to_other", "You are admitted to {given}, which you ranked higher.", given=given)


def below(score: int | float | Decimal, cutoff: int | float | Decimal | None, lower_is_better: bool = False) -> str:
    """Refused for want of seats, by score."""
    had = {"score": score, "cutoff": cutoff}
    if cutoff is None:
        words = Phrase("Your score {score} did not reach a seat: nobody could be admitted within the seats.")
        return Sentence("no_seat_reached", words, score=score)
    if score == cutoff:
        words = Phrase(
            "Your score {score} is at the cut-off {cutoff}; the lottery or a reserve gave the last seats to others."
        )
        return Sentence("at_the_cut_off", words, **had)
    if lower_is_better:
        if score < cutoff:
            words = Phrase(
                "Your score is {score}; the seats over it, up to {cutoff}, were reserved or accepted before."
            )
            return Sentence("seats_over_reserved", words, **had)
        return Sentence("over_the_cut_off", "Your score {score} is over the cut-off {cutoff}.", **had)
    if score > cutoff:
        words = Phrase("Your score is {score}; the seats under it, down to {cutoff}, were reserved or accepted before.")
        return Sentence("seats_under_reserved", words, **had)
    return Sentence("under_the_cut_off", "Your score {score} is under the cut-off {cutoff}.", **had)


def below_on_list() -> str:
    """Refused for want of seats, by the program's own list."""
    return Sentence("list_full", "All seats went to applicants placed before you on the program's list.")
