"""When, and in what order: Prefect flows and tasks, settings, the command line, the briefing.

No text logic and no SQL of its own: what happens to text is in `transforms`, where it lands is
in `warehouse`.
"""

from flows import environment

environment.prepare()  # before anything imports prefect
