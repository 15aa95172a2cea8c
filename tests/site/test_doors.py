"""Every public action of every domain has a page, an operation of the API and, where it is an operator's, a command.

What lacks one stands here with the reason. Who opens a door strikes its line; the lists only get shorter.
"""

import pytest
from tests.site.doors import actions, doors, is_operators, short, steps

YET = "no door yet"
#: Nobody can do this but tests and the sample world.
NO_DOOR = dict.fromkeys(
    (
        "admissions.take_in_applications",
        "courseware.submit_problem",
        "credentials.issue_course_certificate",
        "credentials.issue_program_credential",
        "pathways.publish_version",
    ),
    YET,
)
FILED = "the same file comes in by record_imports"
OTHERS = "the VC API is for other systems; pages issue by awards"
TRIED = "pages and the API try a course first: hand_in_course, take_course"
BATCH = "who runs the server judges everybody at once"
#: Done by the API or a command, and by no page.
NO_PAGE = {
    "accounts.erase_from_trail": "by the address: erase_by_email",
    "accounts.revoke_role": "the command is for operators; pages end roles by revoke_roles",
    "courseware.import_course": TRIED,
    "credentials.get_over_api": OTHERS,
    "credentials.issue_missing": YET,
    "credentials.issue_over_api": OTHERS,
    "credentials.put_host_profile": "applications put it in; the holder changes it over the API",
    "credentials.reissue_credential": "pages look first, and the worker signs: REISSUE",
    "credentials.revoke_credential": "pages change one or several: change_credentials",
    "credentials.set_status_over_api": OTHERS,
    "exams.save_response": "the page of an exam saves answers together, or by a form",
    "institutions.declare_compromised": YET,
    "institutions.make_signing_key": "keys are made where the server runs",
    "pathways.judge_slice": BATCH,
    "pathways.run_batch": BATCH,
    "pathways.start_batch": BATCH,
    "recognition.claim_transcript": "the page claims and waits in one: issue_transcript",
    "recognition.enter_degree": YET,
    "records.import_from_platform": FILED,
}
BY_PARTS = "the API has the same in one step"
SIGNS = "it signs at once, outside of the transaction in which an operation is done once"
#: Done by a page or a command, and by no operation.
NO_OPERATION = {
    "credentials.approve_awards": SIGNS,
    "credentials.issue_commendation": SIGNS,
    "credentials.issue_transcript": SIGNS,
    "accounts.connect_own": "a browser comes back from the provider",
    "accounts.erase_from_trail": "by the address: erase_by_email",
    "accounts.keep_application_out": "the holder is asked in a browser",
    "accounts.let_application_in": "the holder is asked in a browser",
    "accounts.make_token": "a token makes no other tokens",
    "accounts.read_people": "names beside a list; the API answers ids and reads one person",
    "accounts.register_api_client": "a system does not let in others",
    "accounts.revoke_api_client": "a system does not let in others",
    "accounts.revoke_role": "the command is for operators; end_roles does others",
    "courseware.act_on_problem": "a unit is answered in its frame",
    "courseware.handle_block": "a block of a package is answered in its frame",
    "courseware.import_course": TRIED,
    "courseware.keep_video_place": "a video is watched in its frame",
    "courseware.keep_place": "a unit is opened by its page",
    "courseware.open_block": "a block of a package is shown in its frame",
    "courseware.open_unit": "a unit is shown in its frame",
    "courseware.preview_block": "a block of a package is shown in its frame",
    "courseware.rehearse_block": "a block of a package is shown in its frame",
    "courseware.rehearse_call": "a block of a package is answered in its frame",
    "credentials.issue_missing": YET,
    "credentials.offer_to_wallet": "the holder is asked in a browser",
    "exams.authorise_launch": "a browser carries messages to an LTI tool and back",
    "exams.begin_by_service": "a browser carries messages to an LTI tool and back",
    "exams.launch_service": "a browser carries messages to an LTI tool and back",
    "exams.hand_in_practice_file": "the file is not kept; the API practises without",
    "exams.save_practice_form": "the form of practice without scripts; the API saves answers",
    "exams.save_form": "the form of an exam without scripts; the API saves answers",
    "institutions.declare_compromised": YET,
    "institutions.make_signing_key": "keys are made where the server runs",
    "pathways.judge_slice": BATCH,
    "pathways.run_batch": BATCH,
    "pathways.start_batch": BATCH,
    "recognition.issue_transcript": "the API claims it: issue_degree_transcript",
    "records.hand_in_export": BY_PARTS,
    "records.take_export": BY_PARTS,
}
#: An operator may do it, and no command does.
NO_COMMAND = {
    "accounts.erase_by_email": "by the id: erase_from_trail",
    "accounts.end_access": YET,
    "accounts.register_api_client": YET,
    "accounts.reopen_account": YET,
    "accounts.revoke_api_client": YET,
    "accounts.sign_review": "a person signs",
    "accounts.withdraw_invitation": YET,
    "credentials.set_four_eyes": "the registrar of each institution chooses",
    "exams.set_compared_groups": "the registrar of each institution chooses",
    "exams.set_second_person": "the registrar of each institution chooses",
    "finance.set_rate": "rates come in with a catalogue: catalogue import",
    "institutions.open_accreditation": YET,
    "institutions.review_accreditation": YET,
    "pathways.add_widget_host": "the institution's staff choose",
    "pathways.remove_widget_host": "the institution's staff choose",
}


def missing(face: str) -> set[str]:
    """The actions with a door in another face and none in this one."""
    others = [one for one in ("web", "api", "cli") if one != face]
    return {short(one) for one in actions() if one not in doors(face) and any(one in doors(other) for other in others)}


LACKS = {
    "door": (lambda: {short(one) for one in actions() if one not in steps() and not has_door(one)}, NO_DOOR),
    "page": (lambda: missing("web"), NO_PAGE),
    "operation": (lambda: missing("api"), NO_OPERATION),
    "command": (
        lambda: {short(one) for one in actions() if is_operators(one) and has_door(one) and one not in doors("cli")},
        NO_COMMAND,
    ),
}


def has_door(action) -> bool:
    """Whether somebody can do it."""
    return any(action in doors(face) for face in ("web", "api", "cli"))


@pytest.mark.parametrize("lack", LACKS)
def test_every_action_has_its_doors(lack) -> None:
    found, listed = LACKS[lack][0](), LACKS[lack][1]
    fresh, stale = sorted(found - set(listed)), sorted(set(listed) - found)
    assert fresh == [], f"without a {lack}: give each one, through the same action: {' '.join(fresh)}"
    assert stale == [], f"these have a {lack} now, strike their lines: {' '.join(stale)}"
    assert all(listed.values())


def test_the_walk_finds_actions_and_names_their_doors() -> None:
    found = {short(one): one for one in actions()}
    assert len(found) == len(actions()) > 150, "no two actions of a domain have one name"
    change = found["catalog.publish_change"]
    assert "catalog_desk-change" in doors("web")[change] and "publish_catalog_change" in doors("api")[change]
    assert doors("cli")[found["finance.import_catalogue"]] == ("catalogue import",)
    assert "enrolment.tasks.on_charge_paid" in steps()[found["enrolment.confirm_payment"]]
    assert is_operators(found["finance.set_rate"]) and not is_operators(found["catalog.publish_change"])
