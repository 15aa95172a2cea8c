"""What an older page holds, and what its reader is shown when it was overtaken."""

import html
import re


def shown(client, page: str) -> str:
    """The version in the page's form."""
    return re.search(r'name="seen" value="([0-9a-f]{32})"', client.get(page).content.decode())[1]


def again(answer) -> dict[str, list[str]]:
    """What «Save mine instead» posts."""
    assert answer.status_code == 409
    page = answer.content.decode()
    fields = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.S)
    form = {"seen": [re.search(r'name="seen" value="([^"]+)"', page)[1]]}
    for name, value in fields:
        form.setdefault(html.unescape(name), []).append(html.unescape(value))
    return form


def both(answer) -> str:
    return html.unescape(answer.content.decode())
