"""What the tests say when an executed chapter differs from its golden notebook."""


def pytest_terminal_summary(terminalreporter):
    failed = terminalreporter.getreports("failed")
    if any(report.nodeid.endswith(".ipynb") or ".ipynb::" in report.nodeid for report in failed):
        terminalreporter.write_line(
            "A chapter gives other outputs than tests/golden has. If they are meant: make golden, and commit them."
        )
