"""What glibc's allocator keeps of memory that is free again."""

import ctypes

ARENAS = 2  # by default eight a core: threads that answer requests would each keep free memory of their own
THRESHOLD = 128 * 1024  # bytes from which a piece goes back to the system at once; by default it grows up to 32 MB
# M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of mallopt(3)
OPTIONS = {-8: ARENAS, -3: THRESHOLD, -1: THRESHOLD}


def give_back_early() -> None:
    """Keep little free memory in this process, where its allocator is glibc's."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value in OPTIONS.items():
        mallopt(option, value)
