"""Which examples are trained on, which steer the training, and which are sealed to measure by.

A group, which is a conversation for most, falls to a split by a hash of its name: the same today
and in a year, whatever else there is.
"""

from __future__ import annotations

from hashlib import blake2b

from training.example import Split

SHARE_SEALED = 0.10
SHARE_DEV = 0.10


def split_of(group: str) -> Split:
    """Give the split that a group belongs to."""
    digest = blake2b(f"split {group}".encode("utf-8", "replace"), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < SHARE_SEALED:
        return "sealed"
    return "dev" if place < SHARE_SEALED + SHARE_DEV else "train"
