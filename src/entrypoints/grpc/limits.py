"""Every limit of the edge in one place: what a call may bring, how many may run, and how long a connection may live."""

from typing import Final

REQUEST_BYTES_MAX: Final = 1024 * 1024
"""Of one request message. A checkout of 500 lines needs 20 KiB."""

BULK_REQUEST_BYTES_MAX: Final = 4 * 1024 * 1024
"""Of one request of an RPC that carries documents by the hundred: goods receipts, products, prices, uploaded sales."""

SCAN_BYTES_MIN: Final = 256 * 1024
"""Above this size a request is counted before it is parsed: two bytes of input can become a hundred in memory."""

FIELDS_MAX: Final = 250_000
"""Fields in a request that is counted."""

LOOP_BYTES_MAX: Final = 16 * 1024
"""Larger requests are decoded in the thread pool, so that the event loop goes on serving the small ones."""

METADATA_BYTES_MAX: Final = 8 * 1024
METADATA_BYTES_ABSOLUTE_MAX: Final = 16 * 1024
STREAMS_PER_CONNECTION_MAX: Final = 100

QUOTE_BYTES_MAX: Final = 400
MESSAGE_BYTES_MAX: Final = 600
INFO_BYTES_MAX: Final = 1_000
"""Of a refusal: one detail of it, each message, and all details together. Refusals travel in headers, of which clients
take 8 KiB, text of other scripts three times as long in one of them and the rest a third longer (base64)."""

CALLERS_CACHED_MAX: Final = 10_000
CALLERS_CACHED_SECONDS_MAX: Final = 5.0
"""How long a revoked credential or a changed role may still count (reliability rule B-07 allows 60)."""

RETRY_AFTER_MS: Final = 200

CHANNEL_OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    # Every worker process listens on the same port; the kernel spreads connections.
    ("grpc.so_reuseport", 1),
    ("grpc.max_receive_message_length", BULK_REQUEST_BYTES_MAX),
    ("grpc.max_metadata_size", METADATA_BYTES_MAX),
    ("grpc.absolute_max_metadata_size", METADATA_BYTES_ABSOLUTE_MAX),
    ("grpc.max_concurrent_streams", STREAMS_PER_CONNECTION_MAX),
    # Only uncompressed messages: the size limit of the core holds for what arrives, not for what it unpacks to.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    # Clients ping every 60 s while they call; without this the core answers more than one ping in 5 min with GOAWAY.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 30_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Connections end after a while, so that new workers get their share; the core spreads this by 10 %.
    ("grpc.max_connection_age_ms", 30 * 60_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
)
