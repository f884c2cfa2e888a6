"""What does the recorded AWS look like?"""

from __future__ import annotations

from nlbcheck.aws.views.balancers import BalancerView
from nlbcheck.aws.views.gateways import GatewayView
from nlbcheck.aws.views.transit import TransitView
from nlbcheck.aws.views.vpc import VpcView


class AwsState(VpcView, GatewayView, TransitView, BalancerView):
    """The typed state behind a recording: ``AwsState(recording)``.

    A lookup of one thing answers with it, with ``Absent`` (an answer that would have shown it does not) or
    with ``NotVisible`` (nobody asked, AWS refused, or its answer cannot be read). A list is complete or
    ``NotVisible``. Nothing is read before it is asked for. What nobody asked AWS for is noted when it is
    looked up, in ``missed``.
    """
