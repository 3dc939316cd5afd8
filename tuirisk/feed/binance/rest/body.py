"""The body of an HTTP answer, read in pieces and never more than :data:`MOST_BODY` of it."""

from __future__ import annotations

import zlib

import aiohttp

MIB = 1024 * 1024
MOST_BODY = 16 * MIB
"""Bytes, unpacked; exchangeInfo, the largest answer, has about 2 MiB."""
ACCEPT_ENCODING = "gzip, deflate"
"""What :func:`read_body` unpacks."""
_PIECE = 64 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PACKED = ("gzip", "x-gzip", "deflate")


class BodyTooLarge(Exception):
    """The body has more than :data:`MOST_BODY` bytes."""


class UnknownEncoding(Exception):
    """The body is packed in a way that was not asked for, or wrongly."""


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """The unpacked body of ``response``, whose session unpacks nothing itself.

    Raises:
        BodyTooLarge, UnknownEncoding: see there.
        aiohttp.ClientError: it broke off.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        unpack = None
    elif encoding in _PACKED:
        unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    else:
        raise UnknownEncoding
    body = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        body += piece if unpack is None else _unpacked(unpack, piece, MOST_BODY + 1 - len(body))
        if len(body) > MOST_BODY:
            raise BodyTooLarge
    if unpack is not None and body and not unpack.eof:
        raise UnknownEncoding
    return bytes(body)


def _unpacked(unpack: zlib._Decompress, piece: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(piece, most)
    except zlib.error:
        raise UnknownEncoding from None
