"""Names that several files share."""

import logging

DOMAIN = "homelabcmd"
LOGGER = logging.getLogger(__package__)

SUBENTRY_SERVER = "server"
CONF_WEBHOOK_ID = "webhook_id"
