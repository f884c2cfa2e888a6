"""Does the page say what the report says, in a real browser, to everybody, and does it need nothing else?"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from nlbcheck.formats import Style, html
from nlbcheck.model import FailOn, Hop, Observation, Report, Status, Verdict
from nlbcheck.model import Path as Path_
from tests.conftest import GOLDEN
from tests.formats import test_diagnosis
from tests.formats.browser import DESKTOP, PHONE, Browser, chromium
from tests.formats.reports import FULL_FINDING, HOSTILE, REPORTS, report, with_row
from tests.formats.test_many_rows import a_group_each, diagnosed
from tests.formats.test_markdown import EVIL, spoilt, times

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "report.png"
PICTURE_OF = "report.png.sha256"
EVERY = {**REPORTS, **test_diagnosis.REPORTS}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(tmp_path: Path) -> Callable[[Report], Path]:
    def write(report: Report) -> Path:
        path = tmp_path / "report.html"
        path.write_text(html.render(report, Style()), encoding="utf-8")
        return path

    return write


Write = Callable[[Report], Path]


@pytest.mark.parametrize("name", EVERY)
def test_every_report_is_a_page_without_complaints_and_requests(
    browser: Browser, page: Write, name: str
) -> None:
    path = page(EVERY[name])
    browser.show(path)
    assert browser.complaints() == []
    assert browser.requests() == {path.as_uri()}
    assert browser.violations() == []
    assert EVERY[name].command in browser.driver.title


def of_two_relays() -> Report:
    """Two load balancers with a row of one name each."""
    one, other = EVERY["diagnosed-group"], EVERY["diagnosed-in-order"]
    rows = tuple(replace(row, relay="other", name=one.rows[0].name) for row in other.rows)
    results = tuple(
        replace(item, flow=replace(item.flow, relay="other", row=one.rows[0].name)) for item in other.results
    )
    relay = replace(other.relays[0], name="other", load_balancer="other-nlb")
    return replace(
        one, rows=(*one.rows, *rows), results=(*one.results, *results), relays=(*one.relays, relay)
    )


def test_every_load_balancer_has_a_table_of_its_own(browser: Browser, page: Write) -> None:
    browser.show(page(of_two_relays()))
    heads = [it.text for it in browser.driver.find_elements(By.CSS_SELECTOR, "main > section > h2")]
    assert "Rows and static IPs of example-nlb" in heads
    assert "Rows and static IPs of other-nlb" in heads
    table = ".matrix:not(.overview) tbody td:not(.target)"
    cells = [it.text for it in browser.driver.find_elements(By.CSS_SELECTOR, table)]
    assert [cell[0] for cell in cells] == ["✗", "✓", "✓", "✓"]
    stands = [it.text for it in browser.driver.find_elements(By.CSS_SELECTOR, ".overview tbody tr")]
    assert stands[0].startswith("example-nlb ✗ fails: 1 row")
    assert stands[1].startswith("other ✓ in order: 1 row")
    assert browser.violations() == []


def test_a_path_of_which_only_the_verdict_is_kept_is_drawn(browser: Browser, page: Write) -> None:
    """A report that was written as JSON keeps the gates of the paths that fail alone."""
    report = EVERY["diagnosed-group"]
    results = tuple(
        replace(item, paths=tuple(replace(path, hops=_kept(path)) for path in item.paths or ()))
        for item in report.results
    )
    browser.show(page(replace(report, results=results)))
    described = browser.script("return document.querySelector('article svg desc').textContent")
    assert described.startswith("client 192.168.1.214, then all gates (passed), then node ap-northeast-1a")
    assert "security group targets (closed)" in described


def _kept(path: Path_) -> tuple[Hop, ...]:
    return () if path.verdict in (Verdict.PASS, Verdict.WARN) else path.hops


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["diagnosed-two-faults", "diagnosed-two-vantages", "several-targets"])
def test_it_fits_any_width_and_can_be_read(
    browser: Browser, page: Write, name: str, dark: bool, width: int
) -> None:
    browser.show(page(EVERY[name]), width=width, dark=dark)
    browser.script("document.querySelectorAll('details').forEach(it => it.open = true)")
    assert not browser.is_wider_than_the_window()
    assert browser.violations() == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("evil", [*EVIL, HOSTILE, "x" * 300, "踏み台" * 60])
def test_foreign_text_stays_text(browser: Browser, page: Write, evil: str, width: int) -> None:
    browser.show(page(spoilt(evil)), width=width)
    browser.script("document.querySelectorAll('details').forEach(it => it.open = true)")
    found = browser.script(
        "return [document.scripts.length, document.styleSheets.length,"
        " document.querySelectorAll('img, iframe, object, form, input').length,"
        " [...document.links].filter(it => !it.hash).length]"
    )
    assert found == [1, 1, 0, 0]
    assert browser.complaints() == []
    assert not browser.is_wider_than_the_window()


def test_who_reads_it_sees_cause_fix_and_the_closed_gate(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-group"]))
    text = browser.driver.find_element(By.TAG_NAME, "body").text
    assert "A failure is proven. 1 ok, 1 failed; 1 warning (exit status 1)" in text
    assert "No inbound rule of targets (sg-01527e3e580558ce4) allows TCP 22 from 172.31.128.10." in text
    assert "aws ec2 authorize-security-group-ingress" in text
    drawing = browser.driver.find_element(By.CSS_SELECTOR, "article svg")
    closed = drawing.find_element(By.CSS_SELECTOR, ".gate.fail")
    assert "✗" in closed.text
    assert "security group targets" in closed.text
    assert "rules ingress" in closed.text
    described = browser.script("return document.querySelector('article svg desc').textContent")
    assert "client 192.168.1.214, then instance client (passed)" in described
    assert "security group targets (closed)" in described


def test_a_fault_of_our_own_is_no_verdict(browser: Browser, page: Write) -> None:
    browser.show(page(report(lambda row, _: Observation(row.check, Status.CRASHED, error="x"))))
    text = browser.driver.find_element(By.CLASS_NAME, "ended").text
    assert text == "✗ nlbcheck itself failed. 10 crashed (exit status 70)"


def test_warnings_that_fail_a_run_are_not_called_broken(browser: Browser, page: Write) -> None:
    finding = replace(FULL_FINDING, verdict=Verdict.WARN)
    warned = replace(with_row(REPORTS["all-ok"], 0, findings=(finding,)), fail_on=FailOn.WARN)
    browser.show(page(warned))
    text = browser.driver.find_element(By.CLASS_NAME, "ended").text
    assert text.startswith(
        "! No failure is proven, but this run ends with warnings as with failures. 10 ok; 1"
    )


def test_the_evidence_of_open_gates_is_there_with_verbose_alone() -> None:
    plain, verbose = (html.render(EVERY["diagnosed-group"], Style(verbose=it)) for it in (False, True))
    assert "origin CreateRoute" in verbose
    assert "origin CreateRoute" not in plain
    assert "rules ingress" in plain


def test_the_marks_do_without_colour(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-two-faults"]))
    cells = browser.script("return [...document.querySelectorAll('.matrix td.fail, .matrix td.pass')]")
    assert len(cells) == 10
    assert all(cell.text[0] == ("✗" if cell.get_attribute("class") == "fail" else "✓") for cell in cells)


def test_everything_is_reached_by_the_keyboard(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-two-faults"]))
    reachable = browser.script(
        "return document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]').length"
    )
    stops = browser.tab_stops()
    assert len(stops) == reachable
    assert stops[0].startswith('<a class="skip"')
    summary = browser.driver.find_element(By.TAG_NAME, "summary")
    summary.send_keys(Keys.ENTER)
    assert browser.script("return document.querySelector('details').open")


def test_a_link_of_the_matrix_leads_to_the_cause(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-two-faults"]))
    targets = browser.script("return [...document.links].map(it => document.querySelector(it.hash) !== null)")
    assert all(targets)
    link = browser.driver.find_element(By.CSS_SELECTOR, ".matrix a")
    assert link.get_attribute("hash") == "#cause-1"


def test_copy_copies_the_command(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-group"]))
    browser.grant("clipboardReadWrite", "clipboardSanitizedWrite")
    button = browser.driver.find_element(By.CSS_SELECTOR, "button.copy")
    button.send_keys(Keys.ENTER)
    browser.script("return navigator.clipboard.readText().then(text => { document.title = text; })")
    assert browser.driver.title.startswith("aws ec2 authorize-security-group-ingress --group-id sg-01527e3e")


def test_the_matrix_keeps_its_head_in_sight(browser: Browser, page: Write, tmp_path: Path) -> None:
    browser.show(page(diagnosed(tmp_path, a_group_each)))
    moved = browser.script(
        "const box = document.querySelector('.scroll'); box.scrollTop = 1000;"
        "return document.querySelector('.matrix thead').getBoundingClientRect().top"
        " - box.getBoundingClientRect().top"
    )
    assert 0 <= moved <= 2
    rows = browser.driver.find_elements(By.CSS_SELECTOR, ".matrix tbody tr")
    assert [row.get_attribute("class") for row in rows[:11]] == [*["fail"] * 10, "warn"]
    assert len(rows) == 50


def test_of_many_rows_it_is_small_and_quick(browser: Browser, page: Write, tmp_path: Path) -> None:
    path = page(diagnosed(tmp_path, a_group_each))
    assert path.stat().st_size < 1_000_000
    paints = []
    for _ in range(5):  # a busy machine may stand still for a while
        browser.show(path)
        paints.append(browser.first_paint())
        if paints[-1] < 1000:
            break
    assert min(paints) < 1000


def test_whatever_fails_it_is_small(page: Write) -> None:
    path = page(times(EVERY["diagnosed-two-faults"], 200, "tg-"))
    assert path.stat().st_size < 1_000_000
    assert path.read_text().count("The path is drawn for the first 20 causes only.") == 180


def test_paper_has_all_rows_and_nothing_to_press(browser: Browser, page: Write, tmp_path: Path) -> None:
    path = page(diagnosed(tmp_path, a_group_each))
    browser.show(path, dark=True, media="print")
    cut_off = browser.script(
        "const box = document.querySelector('.scroll'); return box.scrollHeight - box.clientHeight"
    )
    assert cut_off == 0
    assert not any(
        it.is_displayed() for it in browser.driver.find_elements(By.CSS_SELECTOR, "button, summary")
    )
    assert browser.script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.printed().startswith(b"%PDF")


def test_the_page_may_load_and_run_nothing_else(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-group"]))
    browser.script(
        "const script = document.createElement('script'); script.textContent = 'document.title = 1';"
        "const image = new Image(); image.src = 'https://example.invalid/x.png';"
        "document.body.append(script, image)"
    )
    assert browser.driver.title.startswith("nlbcheck diagnose")
    assert len([said for said in browser.complaints() if "Content Security Policy" in said]) == 2


def test_what_is_not_known_leads_to_what_is_missing(browser: Browser, page: Write) -> None:
    browser.show(page(EVERY["diagnosed-unknown"]))
    link = browser.driver.find_element(By.CSS_SELECTOR, ".matrix td.unknown a")
    assert (link.text, link.get_attribute("hash")) == ("not-visible", "#others-unknown")
    assert (
        "name it by its instance, interface or address"
        in browser.driver.find_element(By.TAG_NAME, "main").text
    )


def test_the_picture_of_the_readme_is_of_this_page(
    browser: Browser, page: Write, golden: Callable[[str, str], None], request: pytest.FixtureRequest
) -> None:
    """Two pictures of one page may differ in a pixel, so it is the page that is compared."""
    path = page(EVERY["diagnosed-two-faults"])
    digest = f"{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
    is_new = not PICTURE.exists() or (GOLDEN / PICTURE_OF).read_text() != digest
    if is_new and request.config.getoption("--update-golden"):
        browser.show(path)
        PICTURE.write_bytes(browser.picture(height=1800, scale=0.75))
    golden(PICTURE_OF, digest)
    assert _size(PICTURE.read_bytes()) == (960, 1350)
    assert PICTURE.stat().st_size < 250_000


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height
