"""The forms of every kind of clause: which fields it has and where they stand in the document."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from linkspan.admissions.rules.market import RESERVE_ORDERS, TIES
from linkspan.pathways.rules.document import TYPES
from linkspan.pathways.rules.kinds import KINDS
from linkspan.web.agreements.fields import GRADE_HINT, LINES_HINT, LIST_HINT, SCALE_HINT, SPAN_HINT, Field, field_of

SEASONS_HINT = _("Such as fall 16, spring 16: a season, and at most so many credits")
STAY_OR_MOVE = ("stay", "move", "either")
NOTE = Field("note", _("Note for readers"), "area")

IDENTITY = (
    Field("title", _("Title of the pathway")),
    Field("type", _("What it gives"), "choice", options=TYPES,
          hint=_("Credit; admission with fewer requirements; courses waived without credit; or a guaranteed place")),
    Field("sending_institution", _("Sending institution (code)"), path=("sending", "institution")),
    Field("sending_program", _("Sending program (code)"), path=("sending", "program")),
    Field("sending_title", _("Sending program (name)"), path=("sending", "title")),
    Field("receiving_institution", _("Receiving institution (code)"), path=("receiving", "institution")),
    Field("receiving_program", _("Receiving degree (code)"), path=("receiving", "program")),
    Field("receiving_title", _("Receiving degree (name)"), path=("receiving", "title")),
    Field("degree_credits", _("Credits of the degree"), "amount", ("receiving", "credits")),
    Field("degree_courses", _("Courses of the degree"), "whole", ("receiving", "courses")),
    Field("degree_unit", _("Its credits are called"), path=("receiving", "unit"), hint=_("Such as MIT units")),
    Field("degree_months", _("Months that the degree takes"), "amount", ("receiving", "duration_months")),
    Field("degree_load", _("Credits in a season, at most"), "map", ("receiving", "load"), SEASONS_HINT),
    Field("degree_offered", _("Seasons in which a place is offered"), "lists", ("receiving", "offered"),
          _("One place a line, by its short name, such as capstone: spring, fall")),
    Field("on_campus_min", _("Courses on campus, at least"), "whole", ("receiving", "on_campus_min")),
    Field("on_campus_offered", _("Seasons with courses on campus"), "items", ("receiving", "on_campus_offered"),
          LIST_HINT),
    Field("receiving_country", _("Country of the receiving institution"), path=("receiving", "country"),
          hint=_("A code such as US")),
    Field("intermediary", _("Institution between the two (code)"), path=("intermediary", "institution")),
    Field("intermediary_role", _("What it does"), path=("intermediary", "role")),
    Field("field", _("Field of study")),
    Field("language", _("Language of instruction"), hint=_("A code such as en")),
    Field("country", _("Country"), hint=_("A code such as US")),
    Field("delivery", _("Delivery"), hint=_("Online, on campus, or both")),
    Field("not_here_yet", _("Not in the catalogue yet"), "items",
          hint=_("Programs and courses that will be entered later, separated by commas")),
    NOTE,
    Field("source", _("Where these terms are published"), "area"),
)  # fmt: skip
ALIAS = (
    Field("program", _("Another name of the program (code)")),
    Field("institution", _("Under another institution (code)"), hint=_("Empty: the same institution")),
    Field("until", _("Used until"), "date"),
)
UNITS = (
    Field(
        "units", _("Credits are counted in"), path=("units", "system"), hint=_("Such as US credits, ECTS, MIT units")
    ),
)
TIME = (
    Field("valid_from", _("In force from"), "date"),
    Field("valid_to", _("In force until the day before"), "date", hint=_("Empty: without an end")),
    Field("review_due", _("To be reviewed by"), "date"),
    Field("entry_by", _("Who entered under an earlier version is told by"), "choice", ("entry", "by"),
          options=("credential_date", "first_enrolment", "application_date")),
    Field("entry_choice", _("They"), "choice", ("entry", "choice"), options=STAY_OR_MOVE),
    Field("entry_until", _("They can do so until"), "date", ("entry", "until")),
    Field("entry_absence", _("An absence longer than this ends an enrolment"), "years", ("entry", "absence"),
          SPAN_HINT),
    Field("teach_out_until", _("Who is in can finish until"), "date", ("teach_out", "until")),
    Field("teach_out_choice", _("When it ends, they"), "choice", ("teach_out", "choice"), options=STAY_OR_MOVE),
    Field("supersedes", _("Takes the place of version"), "whole"),
    Field("catalogue_year", _("Catalogue year"), "whole"),
    Field("first_cohort", _("First cohort")),
)  # fmt: skip
ENTRY = (
    Field("seats", _("Seats"), "whole", hint=_("Empty: no limit of seats")),
    Field("bridge_course", _("Admission course"), path=("bridge", "course")),
    Field("bridge_grade", _("Lowest grade in it"), "grade", ("bridge", "min_grade"), GRADE_HINT),
    Field("bridge_attempts", _("Attempts"), "whole", ("bridge", "attempts")),
    Field("bridge_months", _("To be passed within months of admission"), "whole", ("bridge", "within_months")),
    Field("bridge_clause", _("Clause that the admission course fulfils"), path=("bridge", "clause")),
    Field("ask_for_credit", _("Credit is asked for"), "choice", options=("at_application", "any_time")),
    Field("documents", _("Documents that applicants send"), "lines", hint=LINES_HINT),
    Field("results_by", _("Results are needed by"), "date"),
    Field("ties", _("Between equal applicants decides"), "choice", options=TIES,
          hint=_("A lottery; or equal treatment: the last group that does not fit gets no seat, or all do")),
    Field("tie_break", _("Equal applicants are told apart by"), "items", hint=LIST_HINT),
    Field("reserve_order", _("Which seats are filled first"), "choice", options=RESERVE_ORDERS),
    Field("applying_again", _("Applications of one person"), "map",
          hint=_("Such as most 2, after_months 12: so many, with so many months between")),
    Field("deferral_months", _("Admission can be deferred by months"), "whole"),
    Field("appeal_days", _("Days in which one can appeal"), "whole"),
    Field("appeals_within", _("Days in which one can appeal, by the policy of appeals"), "whole",
          ("appeals", "within_days")),
    Field("appeals_answered", _("Days in which an appeal is answered"), "whole", ("appeals", "answered_in_days")),
    Field("appeals_to", _("Appeals go to"), path=("appeals", "to")),
)  # fmt: skip
GRADES = (
    Field("least_grade", _("Lowest grade of every recognised course"), "grade", ("min_grade",), GRADE_HINT),
    Field("counts_in_gpa", _("Recognised grades count in the average"), "flag"),
    Field("attempts_policy", _("Of several attempts counts the"), "choice", ("attempts", "policy"),
          options=("best", "last", "first")),
    Field("attempts_reported", _("All attempts are reported"), "flag", ("attempts", "all_reported")),
    Field("attempts_clause", _("Clause on attempts"), path=("attempts", "clause")),
    Field("recency_span", _("Courses are not older than"), "years", ("recency", "valid_for"), SPAN_HINT),
    Field("recency_at", _("Their age is measured at"), "choice", ("recency", "measured_at"),
          options=("application", "award")),
    Field("recency_clause", _("Clause on age"), path=("recency", "clause")),
)  # fmt: skip
UNKNOWN_TERM = (
    Field("term", _("Term that is not public")),
    Field("reason", _("Why it is not known"), "area"),
)
RESERVE = (
    Field("group", _("Group")),
    Field("seats", _("Seats for it, at least"), "whole"),
    Field("rule", _("Who belongs to it (JSON of the rule language)"), "json"),
)
MONEY = (
    Field("per_course", _("Tuition waived for each recognised course"), "money", ("tuition", "per_course"),
          _("Such as 2700.00 USD")),
    Field("paid_by", _("Paid by"), path=("tuition", "paid_by")),
)  # fmt: skip
CLAUSE = Field("clause", _("Clause number"))
WORDS = Field("text", _("In words, as readers see it"), "area")
GRADE = Field("min_grade", _("Lowest grade"), "grade", hint=GRADE_HINT)
#: By kind of requirement: its fields, under the key of the kind; those of a kind of clause are stated with it.
REQUIREMENTS: Mapping[str, tuple[Field, ...]] = {
    **{name: tuple(field_of(term, stated) for term, stated in kind.terms().items()) for name, kind in KINDS.items()},
    "unknown": (Field("unknown", _("What is not public, and why"), "area"),),
    "rule": (Field("rule", _("Rule (JSON of the rule language)"), "json"),),
}
RECOGNITION: Mapping[str, tuple[Field, ...]] = {
    "any_of": (Field("any_of", _("At least one of these courses counts"), "items", hint=LIST_HINT),),
    "each_of": (Field("each_of", _("Each of these courses counts by itself"), "items", hint=LIST_HINT),),
    "course": (Field("course", _("Course")),),
    "all_of": (Field("all_of", _("Courses that count together"), "items", hint=LIST_HINT),),
    "block": (Field("block", _("Courses of the block"), "items", hint=LIST_HINT),),
    "unknown": (Field("unknown", _("What is not public, and why"), "area"),),
}
RECOGNISED = (
    Field("times", _("How many of them count"), "whole",
          hint=_("Of a block: how many places of the degree it fills")),
    Field("slot", _("Place in the degree"), hint=_("Such as elective")),
    Field("credits", _("Credits of each"), "amount"),
    Field("convert", _("Gives the credits of its own courses, converted"), "flag"),
    GRADE,
    Field("below_grade", _("Only for grades below"), "grade", hint=GRADE_HINT),
    Field("priority", _("Order among equal ways"), "whole", hint=_("The lower number comes first")),
    Field("level", _("Level of the courses")),
    Field("valid_years", _("Not older than years"), "whole"),
    Field("effect", _("Effect"), "choice", options=("credit", "waiver"),
          hint=_("A waiver lifts a course and gives no credit")),
    Field("as", _("Counts as the course"), hint=_("Of the receiving degree, if one is named")),
    Field("gives", _("Or: what one use gives, in several places"), "gives",
          hint=_("One place a line with its credits, then the course if one is named: elective 4 MGMT E-100")),
    Field("text", _("In words, as readers see it"), "area"),
)  # fmt: skip
CAPS: Mapping[str, tuple[Field, ...]] = {
    "max_recognised_credits": (Field("max_recognised_credits", _("At most so many credits"), "amount"),),
    "max_recognised_courses": (Field("max_recognised_courses", _("At most so many courses"), "whole"),),
    "max_fraction_external": (Field("max_fraction_external", _("At most this part from elsewhere, 0 to 1"), "amount"),),
    "residency_min_credits": (Field("residency_min_credits", _("Credits earned at the school itself"), "amount"),),
    "exclusive_with": (Field("exclusive_with", _("Not together with these agreements"), "items", hint=LIST_HINT),),
    "max_double_counted_courses": (
        Field("max_double_counted_courses", _("Courses that may count for another degree too, at most"), "whole"),
    ),
    "max_double_counted_credits": (
        Field("max_double_counted_credits", _("Credits that may count for another degree too, at most"), "amount"),
    ),
    "not_used_for_degree": (
        Field("not_used_for_degree", _("Courses that counted for a degree are not recognised"), "flag"),
    ),
    "unknown": (Field("unknown", _("What is not public, and why"), "area"),),
}
LIMITED = (Field("slot", _("Only for this place in the degree"), hint=_("Empty: for the whole degree")), WORDS)
WINDOW = (
    Field("term", _("Term")),
    Field("opens", _("Opens"), "date"),
    Field("closes", _("Closes"), "date"),
    Field("decided", _("Decided on"), "date"),
    Field("results_by", _("Results are needed by"), "date"),
    Field("starts", _("Studies begin on"), "date"),
)
SLOT = (
    Field("slot", _("Place (short name)")),
    Field("title", _("Name")),
    Field("courses", _("Courses"), "whole"),
    Field("credits", _("Credits"), "amount"),
    Field("required", _("These courses are among them"), "items", hint=LIST_HINT),
    Field("last", _("Taken last"), "flag"),
    Field("alone", _("Taken alone in its term"), "flag"),
    Field("on_campus", _("On campus"), "flag"),
    Field("after", _("Directly after this place"), hint=_("Its short name")),
)
SEQUENCE = (
    Field("last", _("Place in the degree that comes last"), hint=_("Its short name, such as capstone")),
    Field("alone", _("It is taken alone in its term"), "flag"),
    Field("consecutive", _("The terms follow each other without a break"), "flag"),
)
SCALE = (
    Field("name", _("Name of the scale"), hint=_("Grades on it are written as 2.5 and the name")),
    Field("title", _("In words")),
    Field("best", _("Best grade"), "amount"),
    Field("worst", _("Worst grade"), "amount"),
    Field("lowest_pass", _("Lowest grade that passes"), "amount"),
)
GRADE_MAP = (
    Field("from", _("From grades in"), hint=SCALE_HINT),
    Field("to", _("To grades in"), hint=SCALE_HINT),
    Field("bands", _("Bands"), "bands", hint=_("One a line, from the lowest grade of the band on: 90 = A")),
    Field("source", _("Where this is published")),
)
CONVERSION = (
    Field("from", _("From the unit"), hint=_("Such as ECTS")),
    Field("to", _("To the unit"), hint=_("Such as US credits")),
    Field("factor", _("One of the first is so many of the second"), "amount"),
    Field("rounding", _("Rounded"), "choice", options=("exact", "down", "half_up", "half_even", "up")),
    Field("step", _("To steps of"), "amount", hint=_("Such as 0.5; empty: whole credits")),
)
FEE = (
    Field("what", _("What is paid for")),
    Field("price", _("Price"), "money", hint=_("Such as 85.00 USD")),
    Field("waivable", _("It can be waived"), "flag"),
)
INHERITED = (
    Field("policy", _("Policy"), "choice", hint=_("Of either party, as agreements on record hold it")),
    Field("except", _("All of it except these clauses"), "items", hint=LIST_HINT),
)
HOLD = (Field("rule", _("When a person must look first (JSON of the rule language)"), "json"),)
