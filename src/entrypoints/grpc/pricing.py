"""The RPCs of pricing."""

from typing import Final

from application.pricing.draft_promotion import draft_promotion, submit_promotion
from application.pricing.figures import get_campaign, get_promotion_figures, list_campaigns, list_promotion_figures
from application.pricing.list_price_book import list_price_book
from application.pricing.list_slow_sellers import list_slow_sellers
from application.pricing.promotion_overlaps import find_promotion_overlaps
from application.pricing.publish_promotion import end_promotion, pause_promotion, publish_promotion, resume_promotion
from application.pricing.put_campaigns import put_campaigns
from application.pricing.put_price_lists import put_price_lists
from application.pricing.put_prices import put_prices
from application.pricing.put_promotions import put_promotions
from application.pricing.put_taxes import put_taxes
from application.pricing.queries import (
    get_price,
    get_promotion,
    list_price_lists,
    list_promotion_calendar,
    list_promotions,
    list_taxes,
)
from application.pricing.review_promotion import review_promotion
from application.pricing.simulate_promotion import simulate_promotion
from application.pricing.templates import instantiate_template, list_promotion_templates, put_promotion_templates
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.pricing.v1 import pricing_pb2 as pb2

MANAGE: Final = "pricing.manage"
READ: Final = "pricing.read"
FIGURES: Final = "pricing.figures"
DRAFT: Final = "pricing.draft"
REVIEW: Final = "pricing.review"
PUBLISH: Final = "pricing.publish"

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
        "GetPromotion": read(get_promotion, pb2.GetPromotionResponse, needs=READ),
        "DraftPromotion": write(
            draft_promotion, pb2.DraftPromotionResponse, needs=DRAFT, bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "SubmitPromotion": write(submit_promotion, pb2.SubmitPromotionResponse, needs=DRAFT),
        "ReviewPromotion": write(review_promotion, pb2.ReviewPromotionResponse, needs=REVIEW),
        "PublishPromotion": write(publish_promotion, pb2.PublishPromotionResponse, needs=PUBLISH),
        "PausePromotion": write(pause_promotion, pb2.PausePromotionResponse, needs=PUBLISH),
        "ResumePromotion": write(resume_promotion, pb2.ResumePromotionResponse, needs=PUBLISH),
        "EndPromotion": write(end_promotion, pb2.EndPromotionResponse, needs=PUBLISH),
        "ListPromotionCalendar": read(list_promotion_calendar, pb2.ListPromotionCalendarResponse, needs=READ),
        "FindPromotionOverlaps": read(find_promotion_overlaps, pb2.FindPromotionOverlapsResponse, needs=READ),
        "PutPromotionTemplates": write(
            put_promotion_templates,
            pb2.PutPromotionTemplatesResponse,
            needs=MANAGE,
            bytes_max=BULK_REQUEST_BYTES_MAX,
        ),
        "ListPromotionTemplates": read(list_promotion_templates, pb2.ListPromotionTemplatesResponse, needs=READ),
        "InstantiateTemplate": write(instantiate_template, pb2.InstantiateTemplateResponse, needs=DRAFT),
        "SimulatePromotion": read(simulate_promotion, pb2.SimulatePromotionResponse, needs=MANAGE),
        "PutCampaigns": write(put_campaigns, pb2.PutCampaignsResponse, needs=MANAGE),
        "ListCampaigns": read(list_campaigns, pb2.ListCampaignsResponse, needs=FIGURES),
        "GetCampaign": read(get_campaign, pb2.GetCampaignResponse, needs=FIGURES, into="figures"),
        "GetPromotionFigures": read(
            get_promotion_figures, pb2.GetPromotionFiguresResponse, needs=FIGURES, into="figures"
        ),
        "ListPromotionFigures": read(list_promotion_figures, pb2.ListPromotionFiguresResponse, needs=FIGURES),
        "ListSlowSellers": read(list_slow_sellers, pb2.ListSlowSellersResponse, needs=FIGURES),
        "PutTaxes": write(put_taxes, pb2.PutTaxesResponse, needs=MANAGE),
        "ListTaxes": read(list_taxes, pb2.ListTaxesResponse, needs=READ),
        "ListPriceBook": read(list_price_book, pb2.ListPriceBookResponse, needs=READ),
    },
)
