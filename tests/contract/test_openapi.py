"""The public contract: a change of it shows in the difference of one file.

To accept a change: `python -m tests.contract.test_openapi`.
"""

import json
import os
from pathlib import Path

SNAPSHOT = Path(__file__).with_name("openapi.json")


def schema() -> str:
    from linkspan.api.app import api

    return json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, default=str) + "\n"


def test_the_contract_is_the_one_recorded() -> None:
    assert schema() == SNAPSHOT.read_text()


def test_every_operation_says_what_it_does() -> None:
    for path, operations in json.loads(SNAPSHOT.read_text())["paths"].items():
        for operation in operations.values():
            assert operation.get("description"), path


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    import django

    django.setup()
    SNAPSHOT.write_text(schema())
