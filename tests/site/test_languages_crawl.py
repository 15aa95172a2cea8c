"""The demo in Spanish and in Arabic, as a visitor, a learner and a registrar read it."""

from collections import Counter

import pytest
from tests.factories.english_words import Foreign
from tests.factories.plain_words import crawl
from tests.site.test_first_hour import Person, demo  # noqa: F401 - the fixture

pytestmark = [pytest.mark.timeout(1800), pytest.mark.drill]


@pytest.mark.parametrize("language", ["es", "ar"])
def test_no_page_has_an_english_word(demo, language) -> None:  # noqa: F811
    """Each kind of page once; what the sample world itself says stays as it was written."""
    foreign, seen, left = Foreign(), Counter(), {}
    for name in ("Amara Sample", "Lee HES-Registrar (sample)"):
        person = Person(demo[1][name], language)
        for kind, texts, _page in crawl(person.get, ["/", "/dashboard/", "/desk/"], seen, most=1):
            for text in foreign.left(language, texts):
                left.setdefault(text, kind)
    assert len(seen) > 30, "the crawl came to few kinds of page"
    assert sorted(left.items()) == [], "let it go through gettext, as a whole sentence"
