"""From canonical articles to event mentions: who did what to whom, when, where, how certain."""
