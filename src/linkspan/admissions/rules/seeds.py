"""The seed of a lottery, bound before anybody has a score: published by hash at opening, revealed by the matching.

A commitment scheme: the hash binds to one seed, and the nonce hides it, since all the seeds there are could be
tried. Who opens a round cannot choose the seed, and whoever runs it cannot change it once scores are known.
"""

import hashlib

#: Seeds are whole numbers that JSON carries exactly (RFC 7493, section 2.2).
SEED_BITS = 53
NONCE_BYTES = 32


def commitment(seed: int, nonce: str) -> str:
    """SHA-256 of `{seed}:{nonce}` in hexadecimal; `nonce` is 32 random bytes in hexadecimal."""
    return hashlib.sha256(f"{seed}:{nonce}".encode()).hexdigest()


def keeps(published: str, seed: int, nonce: str) -> bool:
    """Whether a revealed seed is the one that was published."""
    return commitment(seed, nonce) == published
