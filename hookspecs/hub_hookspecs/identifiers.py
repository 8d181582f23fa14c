"""Identifiers that sort by the time they were made, so that an index on them grows at one end."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Make a time-ordered random identifier: 48 bits of Unix milliseconds, then 74 random bits (RFC 9562, section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
