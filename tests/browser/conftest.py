"""A real browser on the built book, with the network off.

The browser is one that the machine already has; without one, or without a built book, the tests here
are skipped and say so.
"""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

HTML = Path(__file__).parents[2] / "_build" / "html"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
HOST = "127.0.0.1"
FLAGS = [
    "--no-sandbox",  # Chromium has no other way to run as root, as in a container
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",  # no network but this machine
]


# A running Playwright owns the thread's event loop, which the notebook tests need: hence one browser
# a module, not one a session.
@pytest.fixture(scope="module")
def browser():
    """Chromium, headless."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no browser here: install one of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built pages."""
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: run `make book` first")
    return HTML


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def server(html):
    """The address of a web server on this machine that serves the built pages."""
    with ThreadingHTTPServer((HOST, 0), partial(QuietHandler, directory=html)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture
def visit(browser, html):
    """Open a page: ``visit("index.html", width=390, theme="dark")`` returns Playwright's page.

    The page comes from the disk unless `base` is the address of a server; other keywords go to
    ``browser.new_context``. The test fails at its end if the page reported an error or asked another
    host for anything.
    """
    problems, contexts = [], []

    def note_request(request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("file", "data", "blob") and parts.hostname != HOST:
            problems.append(f"request to {request.url}")

    def note_message(message):
        if message.type in ("error", "warning"):
            problems.append(f"console {message.type}: {message.text}")

    def note_failure(request):
        if request.failure != "net::ERR_ABORTED":  # the reader left before it came
            problems.append(f"not loaded: {request.url}")

    def go(name, *, base=html.as_uri(), width=1280, height=900, theme="light", **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, **options
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", note_request)
        page.on("console", note_message)
        page.on("pageerror", lambda error: problems.append(f"uncaught error: {error}"))
        page.on("requestfailed", note_failure)
        page.goto(f"{base}/{name}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []
