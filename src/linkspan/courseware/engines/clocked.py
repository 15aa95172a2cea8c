"""The problem block of Open edX, on the clock that is handed in instead of the machine's."""

from datetime import datetime

from xblock.scorable import ShowCorrectness

from linkspan.courseware.engines.stock import ProblemBlock


class ClockedProblem(ProblemBlock):
    """A problem whose "now" and course end are its runtime's. `seeds_drawn` counts draws since it was made."""

    seeds_drawn = 0

    @property
    def course_end_date(self) -> datetime | None:
        """The end of the course, which closes a problem without a due date."""
        ends: datetime | None = self.runtime.ends
        return ends

    def is_past_due(self) -> bool:
        """Return whether the close date is over; exactly at it is in time."""
        return self.close_date is not None and self.runtime.now > self.close_date

    def set_last_submission_time(self) -> None:
        """Note this submission for the waiting time."""
        self.last_submission_time = self.runtime.now

    def correctness_available(self) -> bool:
        """Return whether the learner may see what was right."""
        if self.show_correctness != ShowCorrectness.PAST_DUE:
            return bool(super().correctness_available())
        staff = self.runtime.service(self, "user").get_current_user().opt_attrs["edx-platform.user_is_staff"]
        return bool(staff or self.close_date is None or self.close_date < self.runtime.now)

    def choose_new_seed(self) -> None:
        """Draw a seed, and count the draw."""
        self.seeds_drawn += 1
        super().choose_new_seed()
