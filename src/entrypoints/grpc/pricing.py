"""The RPCs of pricing."""

from typing import Final

from application.pricing.figures import get_campaign, get_promotion_figures, list_campaigns, list_promotion_figures
from application.pricing.list_price_book import list_price_book
from application.pricing.put_campaigns import put_campaigns
from application.pricing.put_price_lists import put_price_lists
from application.pricing.put_prices import put_prices
from application.pricing.put_promotions import put_promotions
from application.pricing.put_taxes import put_taxes
from application.pricing.queries import get_price, get_promotion, list_price_lists, list_promotions, list_taxes
from application.pricing.simulate_promotion import simulate_promotion
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.pricing.v1 import pricing_pb2 as pb2

MANAGE: Final = "pricing.manage"
READ: Final = "pricing.read"
FIGURES: Final = "pricing.figures"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["PricingService"],
    {
        "PutPriceLists": write(put_price_lists, pb2.PutPriceListsResponse, needs=MANAGE),
        "ListPriceLists": read(list_price_lists, pb2.ListPriceListsResponse, needs=READ),
        "PutPrices": write(put_prices, pb2.PutPricesResponse, needs=MANAGE, bytes_max=BULK_REQUEST_BYTES_MAX),
        "GetPrice": read(get_price, pb2.GetPriceResponse, needs=READ),
        "PutPromotions": write(
            put_promotions, pb2.PutPromotionsResponse, needs=MANAGE, bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "ListPromotions": read(list_promotions, pb2.ListPromotionsResponse, needs=READ),
        "GetPromotion": read(get_promotion, pb2.GetPromotionResponse, needs=READ, into="promotion"),
        "SimulatePromotion": read(simulate_promotion, pb2.SimulatePromotionResponse, needs=MANAGE),
        "PutCampaigns": write(put_campaigns, pb2.PutCampaignsResponse, needs=MANAGE),
        "ListCampaigns": read(list_campaigns, pb2.ListCampaignsResponse, needs=FIGURES),
        "GetCampaign": read(get_campaign, pb2.GetCampaignResponse, needs=FIGURES, into="figures"),
        "GetPromotionFigures": read(
            get_promotion_figures, pb2.GetPromotionFiguresResponse, needs=FIGURES, into="figures"
        ),
        "ListPromotionFigures": read(list_promotion_figures, pb2.ListPromotionFiguresResponse, needs=FIGURES),
        "PutTaxes": write(put_taxes, pb2.PutTaxesResponse, needs=MANAGE),
        "ListTaxes": read(list_taxes, pb2.ListTaxesResponse, needs=READ),
        "ListPriceBook": read(list_price_book, pb2.ListPriceBookResponse, needs=READ),
    },
)
