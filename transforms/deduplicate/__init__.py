"""From articles to stories: which articles are copies of each other, and which one is canonical."""
