"""The forms of every kind of clause: which fields it has and where they stand in the document."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from linkspan.pathways.rules.document import TYPES
from linkspan.pathways.rules.values import LEVELS
from linkspan.web.agreements.fields import GRADE_HINT, LIST_HINT, SCALE_HINT, Field

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
    Field("field", _("Field of study")),
    Field("language", _("Language of instruction"), hint=_("A code such as en")),
    Field("country", _("Country"), hint=_("A code such as US")),
    Field("delivery", _("Delivery"), hint=_("Online, on campus, or both")),
    Field("not_here_yet", _("Not in the catalogue yet"), "items",
          hint=_("Programs and courses that will be entered later, separated by commas")),
    Field("note", _("Note for readers"), "area"),
)  # fmt: skip
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
    Field("entry_choice", _("They"), "choice", ("entry", "choice"), options=("stay", "move", "either")),
)  # fmt: skip
ENTRY = (
    Field("seats", _("Seats"), "whole", hint=_("Empty: no limit of seats")),
    Field("bridge_course", _("Admission course"), path=("bridge", "course")),
    Field("bridge_grade", _("Lowest grade in it"), "grade", ("bridge", "min_grade"), GRADE_HINT),
    Field("bridge_attempts", _("Attempts"), "whole", ("bridge", "attempts")),
    Field("deferral_months", _("Admission can be deferred by months"), "whole"),
    Field("appeal_days", _("Days in which one can appeal"), "whole"),
)
MONEY = (
    Field("per_course", _("Tuition waived for each recognised course"), "money", ("tuition", "per_course"),
          _("Such as 2700.00 USD")),
)  # fmt: skip
CLAUSE = Field("clause", _("Clause number"))
WORDS = Field("text", _("In words, as readers see it"), "area")
GRADE = Field("min_grade", _("Lowest grade"), "grade", hint=GRADE_HINT)
#: By kind of requirement: its fields, under the key of the kind.
REQUIREMENTS: Mapping[str, tuple[Field, ...]] = {
    "credential": (
        Field("min_exam", _("Lowest grade in its exam"), "grade", hint=GRADE_HINT),
        Field("proctored", _("The exam was proctored"), "flag"),
        Field("identity_verified", _("The identity was verified"), "flag"),
    ),
    "prior_degree": (
        Field("level", _("At least"), "choice", options=tuple(LEVELS)),
        Field("accredited_when_attended", _("The institution was accredited when attended"), "flag"),
        Field("conferred_before", _("Conferred before"), hint=_("A date")),
        Field("min_average", _("Lowest average"), "grade", hint=GRADE_HINT),
        Field("not_in_fields", _("Not a degree in these fields already"), "items", hint=LIST_HINT),
        Field("foreign_evaluation_by", _("Foreign degrees are evaluated by"), "items", hint=LIST_HINT),
        Field("or_experience_years", _("Or so many years of work instead"), "amount"),
    ),
    "language": (
        Field("tests", _("Tests with their lowest scores"), "tests", hint=_("One a line: TOEFL 100")),
        Field("valid_for", _("Not older than years"), "years"),
        Field("exempt_residence", _("Not asked of residents of"), "items", hint=LIST_HINT),
        Field("exempt_degree_countries", _("Not asked with a degree from"), "items", hint=LIST_HINT),
    ),
    "bridge": (
        Field("institution", _("Institution (code)")),
        Field("courses", _("Courses that count"), "items", hint=_("Separated by commas; empty: any course")),
        Field("count", _("How many"), "whole"),
        GRADE,
        Field("attempts", _("Attempts"), "whole"),
        Field("on_campus", _("On campus"), "flag"),
    ),
    "courses": (
        Field("institution", _("Institution (code)")),
        Field("each_of", _("Each of these courses"), "items", hint=_("Separated by commas; all of them are needed")),
        Field("any_of", _("At least one of these courses"), "items", hint=_("Separated by commas; empty: any course")),
        Field("count", _("At least how many"), "whole", hint=_("Empty: one")),
        GRADE,
        Field("valid_for", _("Not older than years"), "years"),
    ),
    "experience": (Field("years", _("Years of work"), "amount"),),
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
    GRADE,
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
