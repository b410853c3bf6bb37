"""FOCUS, the FinOps Open Cost and Usage Specification, as data: columns of its Cost and Usage dataset.

Version 1.4 was ratified on 4 June 2026, 1.3 on 4 December 2025, 1.2 on 29 May 2025. Only columns that a file
of ours has are here; which ones it has not, and why, is in docs/focus.md. rules.focus_check reads them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FocusVersion = Literal["1.4", "1.3", "1.2"]
VERSIONS: Final[tuple[FocusVersion, ...]] = ("1.4", "1.3", "1.2")
"""Newest first, which is what is written when none is asked for."""

FocusType = Literal["String", "Decimal", "Date/Time", "JSON"]
Level = Literal["Mandatory", "Conditional", "Recommended", "Custom"]


@dataclass(frozen=True)
class FocusColumn:
    """A column: what it holds, and in which versions it is (`until` leaves out itself).

    `allowed` are the only values it may have; empty for any.
    """

    name: str
    type: FocusType
    level: Level
    about: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    since: FocusVersion = "1.2"
    until: FocusVersion | None = None

    def is_in(self, version: FocusVersion) -> bool:
        """Whether a file of that version has the column."""
        age = VERSIONS.index
        return age(version) <= age(self.since) and (self.until is None or age(version) > age(self.until))


CHARGE_CATEGORIES: Final = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
PRICING_CATEGORIES: Final = ("Standard", "Dynamic", "Committed", "Other")
CHARGE_FREQUENCIES: Final = ("One-Time", "Recurring", "Usage-Based")
SERVICE_CATEGORIES: Final = (
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
)
AI: Final = SERVICE_CATEGORIES[0]
GENERATIVE_AI: Final = "Generative AI"
AI_SUBCATEGORIES: Final = (
    "AI Platforms",
    "Bots",
    GENERATIVE_AI,
    "Machine Learning",
    "Natural Language Processing",
    "Other (AI and Machine Learning)",
)
"""Those of AI; a file of ours has no other category."""


def _text(name: str, level: Level, about: str, *allowed: str) -> FocusColumn:
    return FocusColumn(name, "String", level, about, allowed=allowed)


def _maybe(name: str, level: Level, about: str, *allowed: str) -> FocusColumn:
    return FocusColumn(name, "String", level, about, nullable=True, allowed=allowed)


def _number(name: str, level: Level, about: str) -> FocusColumn:
    return FocusColumn(name, "Decimal", level, about)


def _time(name: str, level: Level, about: str) -> FocusColumn:
    return FocusColumn(name, "Date/Time", level, about)


_COSTS: Final = "Count times rate, exact, in dollars"

COLUMNS: Final = (
    _number("BilledCost", "Mandatory", f"{_COSTS}."),
    _text("BillingAccountId", "Mandatory", "The workspace's id."),
    _text("BillingAccountName", "Mandatory", "The workspace's name."),
    _text("BillingCurrency", "Mandatory", "USD.", "USD"),
    _time("BillingPeriodEnd", "Mandatory", "The end of that month."),
    _time("BillingPeriodStart", "Mandatory", "The start of the calendar month (UTC) of the charge."),
    _text("ChargeCategory", "Mandatory", "Usage.", *CHARGE_CATEGORIES),
    _maybe("ChargeClass", "Mandatory", "Null: no row corrects an invoiced month.", "Correction"),
    _text("ChargeDescription", "Mandatory", "Model, unit and rate in words."),
    _text("ChargeFrequency", "Recommended", "Usage-Based.", *CHARGE_FREQUENCIES),
    _time("ChargePeriodEnd", "Mandatory", "The end of that hour or day."),
    _time("ChargePeriodStart", "Mandatory", "The hour (requests) or the day (summary) in UTC of the usage."),
    _number("ConsumedQuantity", "Conditional", "Tokens, searches … that were used."),
    _text("ConsumedUnit", "Conditional", "What that counts: Tokens, Searches …"),
    _number("ContractedCost", "Mandatory", f"{_COSTS}: own prices are in it."),
    _number("ContractedUnitPrice", "Conditional", "The rate of a PricingUnit, own prices included."),
    _number("EffectiveCost", "Mandatory", "The same as BilledCost: no commitment is known."),
    FocusColumn(
        "HostProviderName",
        "String",
        "Mandatory",
        "The provider: whose machines they are is not told.",
        since="1.3",
    ),
    FocusColumn(
        "InvoiceDetailId", "String", "Mandatory", "Null: no invoice is known.", nullable=True, since="1.4"
    ),
    _maybe("InvoiceId", "Recommended", "Null: no invoice is known."),
    _text("InvoiceIssuerName", "Mandatory", "The provider."),
    _number("ListCost", "Mandatory", "ContractedCost: what a list says beside an own price is not kept."),
    _number("ListUnitPrice", "Conditional", "ContractedUnitPrice, for the same reason."),
    _text("PricingCategory", "Conditional", "Standard: rates are known before.", *PRICING_CATEGORIES),
    _number("PricingQuantity", "Mandatory", "ConsumedQuantity in PricingUnits."),
    _text("PricingUnit", "Mandatory", "What providers list rates for: 1000000 Tokens, Searches …"),
    FocusColumn("ProviderName", "String", "Mandatory", "The provider.", until="1.4"),
    FocusColumn("PublisherName", "String", "Mandatory", "The provider.", until="1.4"),
    _maybe("RegionId", "Conditional", "The region whose rate applied; null where the rate is that of all."),
    _maybe("RegionName", "Conditional", "The same."),
    _text("ServiceCategory", "Mandatory", "AI and Machine Learning.", *SERVICE_CATEGORIES),
    _text("ServiceName", "Mandatory", "The provider's API."),
    FocusColumn("ServiceProviderName", "String", "Mandatory", "The provider.", since="1.3"),
    _text("ServiceSubcategory", "Recommended", "Generative AI.", *AI_SUBCATEGORIES),
    _text("SkuId", "Conditional", "provider/model/unit."),
    _text("SkuMeter", "Conditional", "The unit in words."),
    FocusColumn(
        "SkuPriceDetails", "JSON", "Conditional", "What limits the rate, such as a tier.", nullable=True
    ),
    _text("SkuPriceId", "Conditional", "The price book's entry, and the unit."),
    FocusColumn("Tags", "JSON", "Conditional", "The sender's tags, and ours, which begin with farthing/."),
    _text("x_DataMode", "Custom", "real, test or demo."),
    _maybe("x_ExternalRequestId", "Custom", "The sender's id of the call; null in a summary."),
    _text("x_Model", "Custom", "The model."),
    FocusColumn("x_OccurredAt", "Date/Time", "Custom", "When; null in a summary.", nullable=True),
    _maybe("x_PriceBookVersion", "Custom", "The price book; null in a summary."),
    _maybe("x_RequestId", "Custom", "The call; null in a summary."),
    _text("x_Unit", "Custom", "The unit, by Farthing's name."),
)
"""Those of FOCUS first, in the order of the specification, then ours."""


def columns_of(version: FocusVersion) -> tuple[FocusColumn, ...]:
    """The columns of a file of that version, in order."""
    return tuple(column for column in COLUMNS if column.is_in(version))
