"""Which languages run from right to left."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
