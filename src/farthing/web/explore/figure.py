"""A figure of any measure, as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from farthing.reports.measures import Kind, Measure
from farthing.reports.question import Row, Value
from farthing.web.amounts import money, money_text
from farthing.web.figures import NONE, Change, count, milliseconds, percent, relative_change, share_change
from farthing.web.overview.figures import dollars


@dataclass(frozen=True)
class Figure:
    """A value of a measure. `html` is for pages, `text` for charts; None has neither."""

    kind: Kind
    value: Value
    is_lower_bound: bool = False

    @classmethod
    def of(cls, measure: Measure, row: Row) -> Figure:
        """What a row of an answer has of a measure."""
        is_bound = measure.kind == "money" and bool(row.values["unpriced_requests"])
        return cls(measure.kind, row.values[measure.name], is_bound)

    @property
    def html(self) -> Markup | str:
        """As pages print it; money is exact on hover."""
        if self.kind == "money":
            return money(dollars(self.value), self.is_lower_bound)
        if self.value is None:
            return NONE
        return Markup('<data value="{}">{}</data>').format(self.value, self.text)

    @property
    def text(self) -> str:
        """Plain; empty when there is nothing to measure."""
        if self.value is None:
            return ""
        if self.kind == "money":
            shown = money_text(Decimal(self.value))
            return f"\u2265 {shown}" if self.is_lower_bound else shown
        return {"count": count, "ratio": percent, "milliseconds": milliseconds}[self.kind](self.value)

    @property
    def number(self) -> float | None:
        """For lengths and shades only."""
        return None if self.value is None else float(self.value)

    def change_from(self, before: Figure) -> Change | None:
        """How it moved: shares by percentage points, all else by its part."""
        told = share_change if self.kind == "ratio" else relative_change
        return told(self.value, before.value)
