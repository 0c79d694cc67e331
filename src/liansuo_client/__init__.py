"""A client of Liansuo for integrators: typed calls with deadlines, safe retries and errors that say what to do.

    with connect("127.0.0.1:50051", credential=credential) as liansuo:
        sales = liansuo.of(SalesServiceStub)
        answer = sales.Checkout(CheckoutRequest(request_id=new_request_id(), ...))

It needs grpcio, grpcio-status and the generated code (`liansuo`), and nothing of the server. docs/INTEGRATING.md shows
how it is used.
"""

from liansuo_client.connection import Client, connect, new_request_id
from liansuo_client.errors import Busy, CallFailed, NotRecognised, Refused, Unreachable

__all__ = ["Busy", "CallFailed", "Client", "NotRecognised", "Refused", "Unreachable", "connect", "new_request_id"]
