"""A record and an agreement to start from."""

import copy


def agreement() -> dict:
    return copy.deepcopy(AGREEMENT)


def record() -> dict:
    return copy.deepcopy(RECORD)


def percent(value: int) -> dict:
    return {"scale": "percent", "value": value}


AGREEMENT = {
    "id": "receiving-from-sending",
    "version": 1,
    "status": "active",
    "valid_from": "2018-10-01",
    "valid_to": None,
    "sending": {"institution": "Sending", "program": "P"},
    "receiving": {"institution": "Receiving", "program": "Degree", "credits": 48, "courses": 12},
    "requirements": [
        {
            "clause": "1",
            "text": "Holds the credential",
            "rule": {
                "exists": "credentials",
                "where": {"all": [{"compare": ["program", "==", "P"]}, {"compare": ["status", "==", "active"]}]},
            },
        },
        {
            "clause": "2",
            "text": "An accredited bachelor's degree",
            "rule": {
                "exists": "degrees",
                "where": {"all": [{"compare": ["level", ">=", "bachelor"]}, {"compare": ["accredited", "==", True]}]},
            },
        },
        {
            "clause": "3",
            "text": "TOEFL 100 or IELTS 7",
            "rule": {
                "any": [
                    {
                        "exists": "tests",
                        "where": {"all": [{"compare": ["name", "==", "TOEFL"]}, {"compare": ["score", ">=", 100]}]},
                    },
                    {
                        "exists": "tests",
                        "where": {"all": [{"compare": ["name", "==", "IELTS"]}, {"compare": ["score", ">=", 7]}]},
                    },
                ]
            },
        },
    ],
    "recognition": [
        {
            "clause": "4",
            "any_of": ["A", "B", "C", "D", "E"],
            "min_grade": percent(60),
            "slot": "elective",
            "credits": 4,
            "times": 4,
        }
    ],
    "caps": [{"clause": "5", "max_recognised_credits": 16}],
    "tuition": {"per_course": {"minor": 270000, "currency": "USD"}},
}

RECORD = {
    "learner": "L-1",
    "credentials": [
        {
            "id": "urn:example:1",
            "issuer": "Sending",
            "program": "P",
            "status": "active",
            "awarded": "2018-06-30",
            "courses": [{"id": name, "grade": percent(75), "completed": "2018-01-15"} for name in "ABCDE"],
        }
    ],
    "degrees": [{"level": "bachelor", "institution": "Example State University", "accredited": True}],
    "tests": [{"name": "TOEFL", "score": 104, "taken": "2018-03-10"}],
    "courses": [],
    "complete": ["credentials", "courses", "degrees", "tests"],
}
