"""What may be shown of an address that is a secret: scheme and host."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

HOSTS: Mapping[str, str] = {
    "tgram": "api.telegram.org",
    "discord": "discord.com",
    "slack": "hooks.slack.com",
    "ntfy": "ntfy.sh",
    "ntfys": "ntfy.sh",
    "pover": "api.pushover.net",
}
"""Of apprise's schemes whose address has a token in the place of a host."""
WITH_HOST = frozenset(
    f"{scheme}{tls}"
    for scheme in ("http", "json", "xml", "form", "gotify", "mailto", "apprise", "mmost")
    for tls in ("", "s")
)
"""Schemes whose address has the server in the place of a host."""


def shown_address(url: str) -> str:
    """``https://example.com``, ``tgram (api.telegram.org)``; the scheme alone where the place of
    the host may hold a token.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), parts.hostname or ""
        own_ntfy = scheme in ("ntfy", "ntfys") and parts.path.strip("/") and "." in host
        has_server = bool(host and (scheme in WITH_HOST or own_ntfy))
        port = parts.port if has_server else None
    except ValueError:
        return "(an address)"
    if has_server:
        bracketed = f"[{host}]" if ":" in host else host
        return f"{scheme}://{bracketed}" + ("" if port is None else f":{port}")
    return f"{scheme} ({HOSTS[scheme]})" if scheme in HOSTS else scheme
