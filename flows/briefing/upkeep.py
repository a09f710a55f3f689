"""The pages after a run: of the newest days, and those that are old. Starts no flow engine."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flows import progress
from flows.briefing.folder import folder_of
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.briefing.pages import Written

MOST_PAGES = 7
"""The pages of how many of the newest days loaded lately are written at the end of a run."""


def write_pages(chosen: Settings, reporter: progress.Reporter) -> Written | str:
    """Write the pages of the newest days loaded lately, and those that are old.

    Returns what has been written, or what went wrong in a sentence: the warehouse is published
    whatever becomes of its pages.
    """
    try:
        from flows.briefing import pages
        from warehouse import briefing

        return pages.refresh(
            chosen.warehouse,
            folder_of(chosen.warehouse, chosen.briefings),
            briefing.published_lately(chosen.warehouse, days=MOST_PAGES),
            reporter=reporter,
        )
    except Exception as error:
        logging.getLogger(__name__).debug("the briefing could not be written", exc_info=True)
        return (
            f"the briefing could not be written ({type(error).__name__}: {error}); "
            "`newsmill brief` writes it again"
        )
