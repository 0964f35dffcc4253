"""``kill -9`` at random moments while four people save. EMODEMO_TEST_KILLS=200 makes it the long drill."""

import os
import random
import signal
import time
from typing import Any

from tests.recovery.conftest import Saver

MOMENTS = int(os.environ.get("EMODEMO_TEST_KILLS", "6"))
PEOPLE = 4
LONGEST = 1.5  # seconds of saving before a kill


def test_every_confirmed_save_outlives_a_kill_and_none_is_there_twice(servers: Any) -> None:
    seed = random.randrange(10**6)
    moments, server = random.Random(seed), servers()
    confirmed: list[str] = []
    pending: list[list[str]] = [[] for _ in range(PEOPLE)]
    for moment in range(MOMENTS):
        server.start()
        people = [Saver(server, f"{moment}-{n}", pending[n]) for n in range(PEOPLE)]
        for person in people:
            person.start()
        time.sleep(moments.uniform(0, LONGEST))
        server.end(signal.SIGKILL)
        for person in people:
            person.join(60)
            assert not person.is_alive()
        confirmed += [name for person in people for name in person.confirmed]
        server.check()
    server.start()
    saved = server.exported()
    assert len(set(saved)) == len(saved), f"seed {seed}"
    assert set(confirmed) <= set(saved), f"seed {seed}"
    assert set(saved) <= set(confirmed) | {name for names in pending for name in names}
    assert confirmed, "nothing was saved at all"
    print(f"{MOMENTS} kills, {len(confirmed)} confirmed, {len(saved)} saved, seed {seed}")
