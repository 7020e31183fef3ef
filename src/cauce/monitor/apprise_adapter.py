"""Notifications through apprise: mail, chat, webhook, by URL. Used only where the user set `alert_urls`."""

import logging
from collections.abc import Sequence

from cauce.domain.errors import ConfigurationError, MissingExtraError


def notify(urls: Sequence[str], *, title: str, body: str) -> bool:
    """Send one message to every destination; True when all accepted it. Gives up on a silent destination after seconds.

    Raises:
        ConfigurationError: a URL is of no kind that apprise knows. The URL, which may hold a password, is not repeated.
        MissingExtraError: apprise is not installed.
    """
    try:
        import apprise
    except ImportError:
        raise MissingExtraError("apprise is not installed", remedy="pip install 'cauce[service]'") from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings repeat addresses
    sender = apprise.Apprise()
    for number, url in enumerate(urls, start=1):
        if not sender.add(url):
            raise ConfigurationError(
                f"alert_urls: entry {number} is no notification URL", where="cauce.toml",
                remedy="See apprise's list of URLs, e.g. mailto://, json://, slack://.",
            )
    return bool(sender.notify(title=title, body=body))
