"""HTTP calls with a time limit that follow no redirect and say nothing of the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuirisk import __version__
from tuirisk.alerts.delivery import DeliveryFailure

if TYPE_CHECKING:
    from urllib.request import Request


def get(url: str, limit: float) -> None:
    """GET ``url``, as :func:`post`.

    Raises:
        DeliveryFailure: as of :func:`post`.
    """
    _call(url, None, limit)


def post(url: str, body: bytes, limit: float) -> None:
    """POST ``body`` as JSON; a redirect is not followed. Proxies are those of the environment.

    User and password in ``url`` are sent as basic authentication.

    Raises:
        DeliveryFailure: connecting, or waiting for the answer, took more than ``limit`` seconds, or
            the answer is not 2xx.
    """
    _call(url, body, limit)


def _call(url: str, body: bytes | None, limit: float) -> None:
    # Imported late: a monitor without hooks does not need it before its first frame.
    from http.client import HTTPException, InvalidURL
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (request.ProxyHandler(), request.HTTPHandler(), request.HTTPSHandler()):
        opener.add_handler(handler)
    try:
        with opener.open(_request(url, body), timeout=limit) as answer:
            status = answer.status
    except (ValueError, InvalidURL):
        raise DeliveryFailure("the address makes no sense", final=True) from None
    except (HTTPException, OSError) as error:
        cause = getattr(error, "reason", error)
        if isinstance(cause, TimeoutError):
            raise DeliveryFailure(f"no answer within {limit:g} s", final=False) from None
        # The text of these may contain the address, and that may contain a token.
        raise DeliveryFailure(f"cannot be reached ({type(cause).__name__})", final=False) from None
    if not 200 <= status < 300:
        raise DeliveryFailure(f"answered {status}", final=status != 429 and status < 500)


def _request(url: str, body: bytes | None) -> Request:
    """The POST of ``body`` to ``url``, a GET without one, with its user and password in a header.

    Raises:
        ValueError: it is not an HTTP address.
    """
    from base64 import b64encode
    from urllib.parse import quote, unquote, urlsplit
    from urllib.request import Request

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(url)
    headers = {"User-Agent": f"tuirisk/{__version__}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    userinfo, _, host = parts.netloc.rpartition("@")
    if userinfo:
        credentials = b64encode(unquote(userinfo).encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    path, query = (quote(part, safe="/%:=&?~+!$,;'@()*[]") for part in (parts.path, parts.query))
    address = parts._replace(netloc=host, path=path, query=query, fragment="").geturl()
    return Request(address, body, headers, method="GET" if body is None else "POST")
