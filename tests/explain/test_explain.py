"""Does the reader find a page, and what does it say when there is none?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlbcheck import explain
from nlbcheck.errors import InputError
from nlbcheck.model import SECTIONS, Leg, Verdict


def test_a_page_carries_what_its_header_says() -> None:
    page = explain.page("balancer-not-active")
    assert (page.code, page.section) == ("balancer-not-active", "The load balancer")
    assert page.title == "the NLB's state is not active"
    assert page.verdicts == (Verdict.FAIL, Verdict.WARN)
    assert page.verdict == "fail or warn"
    assert page.legs == (Leg.BALANCER, Leg.BACK)
    assert page.analyzer_codes == ("BAD_STATE",)
    assert page.text.startswith("# balancer-not-active\n")


def test_pages_come_in_the_order_of_the_codes() -> None:
    assert tuple(page.code for page in explain.pages()) == explain.codes()
    assert list(dict.fromkeys(page.section for page in explain.pages())) == list(SECTIONS)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("sg-deny", "sg-denies"),
        ("SG_DENIES", "sg-denies"),
        ("nacl", "nacl-denies, nacl-narrow-ephemeral"),
        ("vpn-tunel-down", "vpn-tunnel-down"),
        ("SUBNET_ACL_RESTRICTION", "nacl-denies"),
        ("unknown_peered_sgs", "sg-reference-not-seen, not-visible"),
    ],
)
def test_an_unknown_code_is_an_error_that_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        explain.page(wrong)
    assert caught.value.problems[0].startswith(f"{wrong!r} is not the code of a finding: did you mean {near}")


def test_a_code_like_none_is_an_error_that_says_where_the_list_is() -> None:
    with pytest.raises(InputError) as caught:
        explain.page("zzzzz")
    assert caught.value.problems == (
        "'zzzzz' is not the code of a finding: 'nlbcheck explain' lists all codes",
    )


@given(
    st.text(max_size=40) | st.sampled_from(["../sections", "sg-denies.md", "pages/sg-denies", "sg-denies\0"])
)
def test_nothing_but_a_code_opens_a_page(wrong: str) -> None:
    if wrong not in explain.codes():
        with pytest.raises(InputError, match="is not the code of a finding"):
            explain.page(wrong)
