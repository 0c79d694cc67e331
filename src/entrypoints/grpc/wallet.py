"""The RPCs of stored value."""

from typing import Final

from application.wallet.freezing import freeze_stored_value, unfreeze_stored_value
from application.wallet.passing_on import close_stored_value, transfer_stored_value
from application.wallet.queries import get_stored_value, get_stored_value_statement
from application.wallet.top_up import top_up_stored_value
from entrypoints.grpc.rpc import Service, read, write
from liansuo.wallet.v1 import wallet_pb2 as pb2

READ: Final = "wallet.read"
FREEZE: Final = "wallet.freeze"

STORED_VALUE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["StoredValueService"],
    {
        "TopUpStoredValue": write(top_up_stored_value, pb2.TopUpStoredValueResponse, needs="wallet.top_up"),
        "TransferStoredValue": write(transfer_stored_value, pb2.TransferStoredValueResponse, needs="wallet.transfer"),
        "CloseStoredValue": write(close_stored_value, pb2.CloseStoredValueResponse, needs="wallet.close"),
        "FreezeStoredValue": write(freeze_stored_value, pb2.FreezeStoredValueResponse, needs=FREEZE),
        "UnfreezeStoredValue": write(unfreeze_stored_value, pb2.UnfreezeStoredValueResponse, needs=FREEZE),
        "GetStoredValue": read(get_stored_value, pb2.GetStoredValueResponse, needs=READ, own="member_key"),
        "GetStoredValueStatement": read(
            get_stored_value_statement, pb2.GetStoredValueStatementResponse, needs=READ, own="member_key"
        ),
    },
)
