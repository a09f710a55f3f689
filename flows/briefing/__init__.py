"""The daily briefing: pages that people read over coffee, made of what the warehouse says of a day.

- `folder`: where the pages are, and of which days.
- `upkeep`: what a run does about them at its end.
- `pages`: which are old, writing them, the page over all days.
- `page`: from what the warehouse says to HTML; `templates/` is how it looks.
- `charts`: Altair's charts as SVG; `world.topo.json` is the map's outlines.
- `words`: how things are said.

The questions themselves are SQL files in `warehouse/briefings`.
"""
