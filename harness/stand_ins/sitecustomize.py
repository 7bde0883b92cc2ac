"""Sends Home Assistant's Slack integration to a stand-in, if the harness has one.

Python imports this by its name when it starts. The integration has no option for the
address of Slack's API.
"""

import os

if _api := os.environ.get("HARNESS_SLACK_API"):
    from slack_sdk.web.async_base_client import AsyncBaseClient

    _init = AsyncBaseClient.__init__
    # The address is bound as a default: to set the class's attribute is too late.
    _init.__defaults__ = tuple(
        _api if default == AsyncBaseClient.BASE_URL else default
        for default in _init.__defaults__ or ()
    )
