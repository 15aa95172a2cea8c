"""The school that forgoes tuition reads its amounts; nobody is told of one learner by a number."""

import csv
import io
from datetime import date

from tests.factories.people import browser, person
from tests.factories.world import load_story

from linkspan.kernel.bands import Band
from linkspan.kernel.money import Money
from linkspan.kernel.written import term
from linkspan.outcomes.queries import balance, tuition_lines


def test_the_money_is_the_schools_own_and_the_count_is_nobodys(db) -> None:
    load_story()
    own, partner = person("Hes Dean", ("dean", "HES")), person("Mitx Dean", ("dean", "MITx"))
    auditor = person("All Auditor", ("auditor", None))
    on = date(2021, 1, 1)
    (line,) = tuition_lines(own, on)
    assert line.learners == Band(0, 4)
    assert line.amounts.forgone == balance(own, on).forgone == Money(1_080_000, "USD")
    assert tuition_lines(auditor, on) == (line,)
    (other,) = tuition_lines(partner, on)
    assert (other.learners, other.amounts, balance(partner, on).forgone.minor) == (Band(0, 4), None, 0)

    for who, shown in ((own, True), (partner, False)):
        client = browser(who)
        page = client.get("/desk/dean/").content.decode()
        row = page[page.index(f"<td>{term(line.cohort)}</td>") :].partition("</tr>")[0]
        assert '<td class="num">fewer than 5</td>' in row
        assert ("$10,800" in row, "For the school whose tuition it is" in row) == (shown, not shown)
        (cells,) = csv.DictReader(io.StringIO(client.get("/desk/dean/tuition.csv").content.decode("utf-8-sig")))
        assert (cells["learners"], cells["forgone_minor"]) == ("0–4", "1080000" if shown else "")
        (told,) = client.get("/api/v1/outcomes/tuition").json()
        assert told["learners"] == {"low": 0, "high": 4}
        assert (told["amounts"] is not None) == shown
