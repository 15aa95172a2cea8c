"""Passwords are kept by Argon2id; one that was kept by PBKDF2 still opens the account, and is kept anew then."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from linkspan.accounts.models import User

PASSWORD = "long enough for a learner"
ARGON = "argon2$argon2id$v=19$m=19456,t=2,p=1$"

pytestmark = pytest.mark.django_db


def test_a_new_password_is_kept_as_owasp_recommends() -> None:
    user = User(email="new@example.edu")
    user.set_password(PASSWORD)
    assert user.password.startswith(ARGON) and user.check_password(PASSWORD)


@pytest.mark.parametrize(("typed", "kept"), [(PASSWORD, ARGON), ("somebody else's guess", "pbkdf2_sha256$1000000$")])
def test_an_older_password_is_kept_anew_when_it_is_right(typed: str, kept: str) -> None:
    user = User.objects.create(email="old@example.edu", password=PBKDF2PasswordHasher().encode(PASSWORD, "s" * 22))
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.email, "password": typed})
    user.refresh_from_db()
    assert (answer.status_code == 302) == (typed == PASSWORD) == (settings.SESSION_COOKIE_NAME in client.cookies)
    assert user.password.startswith(kept)
