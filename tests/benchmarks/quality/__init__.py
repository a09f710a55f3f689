"""Quality on the gold sets: one module a set, each with `score(gold: Path) -> list[Figure]`."""
