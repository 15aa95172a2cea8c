"""Finds English that is left on pages in another language: words neither of the world nor the same everywhere."""

import re
from collections.abc import Iterable

from tests.factories.plain_words import CODES, NAMES, World

#: Words by which a sentence is known to be English, and that Spanish does not have.
ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|was|were|not|with|for|your|this|that|these|has|have|from|by|which|you|who|what|when|will"
    r"|must|can|its|it|to|at|be|been|there|here|nobody|everybody|until|after|before|one|two|an|if|or|as|on)\b",
    re.IGNORECASE,
)
LATIN = re.compile(r"[A-Za-z]{3,}")
#: What has the same name in every language: standards, formats, products, kinds of grades.
SAME = re.compile(
    r"\b(?:Open Badges?(?: \d\.\d)?|Open edX|edX|OpenID(?: Connect|4VCI"
    r"|4VP)?|SAML|SCIM|LinkedIn|Safe Exam Browser|SEB|QTI"
    r"|Stripe|CLR|DCC|1EdTech|did:\w+|MicroMasters|English|Español|Pseudo-locale|PNG|SVG|XML|OLX|ZIP|iCalendar|TOEFL"
    r"|IELTS|eddsa-rdfc-2022|Ed25519|GRE|GMAT|MathJax|WCAG|AA|Ctrl|Enter|XLSX|Excel|HTML|API|OAuth|Moodle|sample|hash"
    r"|Parchment|Credly|Wallet|Europass|webhook|token|URL|GPA|FERPA|GDPR|RGPD|camt)\b",
    re.IGNORECASE,
)


#: What stays in the language in which it was written, signed or stored: codes of slots and fields in clauses, an
#: issuer's
#: own criteria, why a version moved before; and examples of what is typed.
WRITTEN = re.compile(
    r"letter grade: |^A passing grade of record on |Graded work in "
    r"|published$|: غير معروف: |elective|\b(?:bridge|statistics)\b"
    r"|NameID|https|\.example|\.edu\b|\.tar\.gz|attributes|claims"
    r"|token endpoint|email|audit|camt\.|SCHOOL/CODE|first_enrolment"
    r"|JSON Web Key|Digital Credentials Consortium"
    r"|Comprehensive Learner Record|\(credits\)|credential SCM|, (?:open|2019-spring)$"
    r"|^(?:subsection|due|reason)$"  # names of columns
)


class Foreign(World):
    """Pages in a language, as somebody reads them who has no English."""

    def left(self, language: str, texts: Iterable[str]) -> set[str]:
        """The texts in which English is left."""
        find = LATIN if language == "ar" else ENGLISH
        return {text for text in texts if find.search(self._ours(text)) and not WRITTEN.search(text)}

    def _ours(self, text: str) -> str:
        return SAME.sub(" ", NAMES.sub(" ", self.known.sub(" ", CODES.sub(" ", text))))
