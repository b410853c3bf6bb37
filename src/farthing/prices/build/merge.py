"""One set of prices out of two packages, by the rules that docs/prices.md explains.

- genai-prices gives the entries; model-prices is compared, and what it says otherwise is kept beside them.
- For the providers of AUTHORITY it is the other way round.
- A name that model-prices prices otherwise than the model it is listed under becomes a model of its own.
- Batch prices of times before genai-prices knows any come from model-prices, where both agree afterwards.
- Models that only model-prices lists come from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from genai_prices.types import ModelInfo
from msgspec.structs import replace

from farthing.prices.build import genai
from farthing.prices.build.batch import earlier_batch
from farthing.prices.build.compare import Comparison, Rates, agrees, disagreements
from farthing.prices.build.corrections import corrected
from farthing.prices.build.dated import DatedData, DatedModel
from farthing.prices.build.genai import GenaiModel
from farthing.prices.build.judge import judged
from farthing.prices.build.providers import PRICED_IN_YUAN, BuiltProvider, providers
from farthing.rules.matching import ProviderNames, fold
from farthing.rules.price import STANDARD, Disagreement, ModelPrices

AUTHORITY: Final = frozenset({"deepseek"})
"""Providers whose prices depend on weekday, holiday and hour, which genai-prices cannot say."""


@dataclass
class Merged:
    """The result, and what was done on the way (counts for the report)."""

    providers: list[ProviderNames] = field(default_factory=list)
    models: list[ModelPrices] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def merge(data: DatedData, now: int) -> Merged:
    """Everything both packages know, as of `now` (UTC ms)."""
    merged = Merged()
    built = providers(genai.provider_ids())
    names = {provider.genai: provider.name for provider in built if provider.genai is not None}
    for provider in built:
        also = genai.sells_also(provider.genai) if provider.genai is not None else ()
        sells_also = tuple(names[genai_id] for genai_id in also)
        merged.providers.append(ProviderNames(provider.name, provider.aliases, sells_also))
        merged.models.extend(_Provider(provider, data, now, merged.counts).models())
    for lab in PRICED_IN_YUAN:
        merged.counts["left out: priced in yuan"] += len(data.read(lab, lab))
    return merged


class _Provider:
    """The models of one provider, from both packages."""

    def __init__(self, built: BuiltProvider, data: DatedData, now: int, counts: Counter[str]) -> None:
        self._built = built
        self._now = now
        self._counts = counts
        self._dated = data.read(built.dated, built.name) if built.dated is not None else []
        self._other_names = data.other_names(built.dated) if built.dated is not None else {}
        self._is_authority = built.name in AUTHORITY
        listed = genai.read(built, self._replaced() if self._is_authority else frozenset())
        self._genai = [corrected(model, counts) for model in listed]

    def models(self) -> list[ModelPrices]:
        """By name, each with what the other package says."""
        partners: dict[str, list[DatedModel]] = {model.model: [] for model in self._genai}
        own: list[DatedModel] = []
        for dated in self._dated:
            partner = self._partner(dated)
            (own if partner is None else partners[partner.model]).append(dated)
        entries = [entry for model in self._genai for entry in self._from_genai(model, partners[model.model])]
        entries.extend(self._from_dated(own))
        return _without_foreign_names(sorted(entries, key=lambda entry: entry.model))

    def _replaced(self) -> frozenset[str]:
        """Ids of genai-prices that model-prices speaks for."""
        found = (self._pattern(dated) for dated in self._dated)
        return frozenset(info.id for info in found if info is not None)

    def _pattern(self, dated: DatedModel) -> ModelInfo | None:
        """What the patterns of genai-prices take a model of the other package for."""
        return genai.finds(self._built.genai, dated.model) if self._built.genai is not None else None

    def _partner(self, dated: DatedModel) -> GenaiModel | None:
        """The model that lists the name, or whose pattern takes it at the same price."""
        for spelling in (str.lower, fold):
            name = spelling(dated.model)
            for model in self._genai:
                if name in {spelling(model.model), *map(spelling, model.aliases)}:
                    return model
        info, theirs = self._pattern(dated), Rates(dated.prices).at(self._now)
        for model in self._genai:
            if model.info is info and agrees(Rates(model.prices).at(self._now), theirs):
                return model
        return None

    def _from_genai(self, model: GenaiModel, partners: list[DatedModel]) -> Iterator[ModelPrices]:
        """The model, and before it those of its names that the other package prices otherwise today."""
        self._counts["from genai-prices"] += 1
        self._counts.update(f"not counted: {key}" for key in model.skipped)
        main = _main(model, partners)
        found = self._said(model, main) if main is not None else []
        same = [main] if main is not None else []
        for partner in partners:
            said = self._said(model, partner) if partner is not main else []
            known = {_statement(item) for item in found}
            new = [item for item in said if _statement(item) not in known]
            if any(item.kind == "price" and item.tier == STANDARD for item in new):
                self._counts["names with a price of their own"] += 1
                yield self._entry(model, partner.model, said, [partner])
            elif partner is not main:
                same.append(partner)
                found += [replace(item, name=partner.model) for item in new]
        yield self._entry(model, model.model, found, same)

    def _said(self, model: GenaiModel, partner: DatedModel) -> list[Disagreement]:
        other_outputs = genai.rates_at(model.info, self._now, ("output_image_mtok", "output_video_mtok"))
        return disagreements(
            Comparison(
                ours=model.prices,
                theirs=partner.prices,
                now=self._now,
                evidence_start=partner.evidence_start,
                explained=frozenset(other_outputs),
            )
        )

    def _entry(
        self, model: GenaiModel, name: str, found: list[Disagreement], partners: list[DatedModel]
    ) -> ModelPrices:
        """The genai-prices entry under one of its names; `partners` begins with the one to compare with."""
        prices = tuple(replace(price, model=name) for price in model.prices)
        if partners:
            earlier = earlier_batch(prices, partners[0], self._now)
            prices = (*judged(prices, found, self._now), *earlier)
            self._counts["in both"] += 1
            self._counts["batch prices from model-prices"] += len(earlier)
        names = [partner.model for partner in partners]
        names += [other for partner in partners for other in self._other_names.get(partner.model, ())]
        aliases = (*model.aliases, *model.area_names) if name == model.model else ()
        return ModelPrices(
            provider=model.provider,
            model=name,
            aliases=_named(name, (*aliases, *names)),
            prices=prices,
            disagreements=tuple(found),
        )

    def _from_dated(self, models: Iterable[DatedModel]) -> Iterator[ModelPrices]:
        for model in models:
            if model.has_thinking_mode:
                self._counts["left out: thinking has another price"] += 1
                continue
            self._counts["from model-prices"] += 1
            info = self._pattern(model) if self._is_authority else None
            spelled = genai.spelled_names(self._built, info) if info is not None else ()
            said = self._said_by_genai(model, info) if info is not None else ()
            yield ModelPrices(
                provider=self._built.name,
                model=model.model,
                aliases=_named(model.model, (*spelled, *self._other_names.get(model.model, ()))),
                prices=model.prices if info is None else tuple(judged(model.prices, said, self._now)),
                disagreements=said,
            )

    def _said_by_genai(self, model: DatedModel, info: ModelInfo) -> tuple[Disagreement, ...]:
        """Today's rates of genai-prices outside special hours, where they differ from ours."""
        theirs = (genai.plain_price(self._built, model.model, info, self._now),)
        comparison = Comparison(ours=model.prices, theirs=theirs, now=self._now, evidence_start=self._now)
        return tuple(item for item in disagreements(comparison) if item.kind == "price")


def _main(model: GenaiModel, partners: list[DatedModel]) -> DatedModel | None:
    """The partner with the model's own name, else the first."""
    own = [partner for partner in partners if partner.model.lower() == model.model.lower()]
    return next(iter(own or partners), None)


def _statement(item: Disagreement) -> tuple[object, ...]:
    return item.kind, item.unit, item.usd, item.tier, item.context_above


def _named(model: str, names: Iterable[str]) -> tuple[str, ...]:
    """Each other name once, whatever its case, sorted."""
    return tuple(sorted({name.lower(): name for name in names if name.lower() != model.lower()}.values()))


def _without_foreign_names(entries: list[ModelPrices]) -> list[ModelPrices]:
    """No alias that is another model's own name."""
    own = {entry.model.lower() for entry in entries}
    return [
        replace(entry, aliases=tuple(name for name in entry.aliases if name.lower() not in own))
        for entry in entries
    ]
