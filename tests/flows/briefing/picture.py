"""Take README's picture anew: the briefing of a day of the sample dumps, in a real browser.

    python -m tests.flows.briefing.picture

Left half: the top of the page. Right half: the map and who did what to whom.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).resolve().parents[3] / "flows" / "briefing" / "picture.png"
DAY = "2024-05-14"
HEIGHT = 1180


def main() -> None:
    """Run the samples, open the page twice side by side, and write the picture."""
    from playwright.sync_api import sync_playwright

    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder) / "samples.duckdb"
        call = [sys.executable, "-m", "flows", "run", "flows/samples", "--json"]
        subprocess.run(
            [*call, "--warehouse", str(warehouse)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=PICTURE.parents[2],
        )
        page = (Path(f"{warehouse}.briefings") / f"{DAY}.html").as_uri()
        frame = '<iframe src="{}" style="border:0;width:880px;height:{}px"></iframe>'
        both = "".join(frame.format(f"{page}{anchor}", HEIGHT) for anchor in ("", "#map"))
        outer = Path(folder) / "both.html"
        outer.write_text(f'<body style="margin:0;display:flex;gap:8px;background:#999">{both}')
        with sync_playwright() as driver:
            opened = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            sheet = opened.new_page(viewport={"width": 1768, "height": HEIGHT})
            sheet.goto(outer.as_uri())
            for inner in sheet.frames[1:]:
                inner.wait_for_load_state()
            sheet.frames[2].evaluate("document.querySelector('#map').scrollIntoView()")
            sheet.screenshot(path=PICTURE)
            opened.close()
    print(PICTURE, PICTURE.stat().st_size)


if __name__ == "__main__":
    main()
