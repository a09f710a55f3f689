"""From pieces to articles: where each story starts and ends, its headline, byline and date."""
