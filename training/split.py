"""Which examples are trained on, which steer the training, and which are sealed to measure by.

A group, which is a conversation for most, falls to a split by its name: the same today and in a
year, whatever else there is. What is sealed is chosen by a hash.
"""

from __future__ import annotations

from hashlib import blake2b

from training.example import Split

SHARE_SEALED = 0.10
SHARE_DEV = 0.10
_DEV_EVERY = round((1 - SHARE_SEALED) / SHARE_DEV)
"""Of conversations, counted from 1, every so many steer, so that the first ones of a person are
trained on; by a hash of their numbers, it would be the same few early ones in every home."""


def split_of(group: str) -> Split:
    """Give the split that a group belongs to."""
    digest = blake2b(f"split {group}".encode("utf-8", "replace"), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < SHARE_SEALED:
        return "sealed"
    kind, _, number = group.partition(":")
    if kind == "conversation" and number.isdecimal():
        steers = int(number) % _DEV_EVERY == 0
    else:
        steers = place < SHARE_SEALED + SHARE_DEV
    return "dev" if steers else "train"
