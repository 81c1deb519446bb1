"""What the peers have in common: their tables."""

from tests.benchmarks import world
from tests.benchmarks.place import Place


class Peer:
    """A peer that keeps its queue in database `number` of Valkey."""

    number: int

    def __init__(self, place: Place) -> None:
        self.place = place

    def reset(self) -> None:
        self.place.client(self.number).flushdb()
        world.populate_peers()
        world.execute("VACUUM ANALYZE bench_peer.message, bench_peer.conversation")

    def done(self) -> int:
        return int(world.value("SELECT count(*) FROM bench_peer.message"))

    def span(self) -> tuple[float, float]:
        return world.span("created_at", "bench_peer.message")

    def check(self, count: int) -> None:
        counted = "SELECT count(DISTINCT split_part(content, '#', 2)) FROM bench_peer.message"
        found = {"messages": self.done(), "jobs with a message": world.value(counted)}
        assert set(found.values()) == {count}, f"expected {count} of each: {found}"
