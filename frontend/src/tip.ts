// What hovers over a bucket: its name and total, and each series with its figure, the largest first.

import type { ChartData, Series } from "./time_chart";

const ROWS_MAX = 10;

export function tip(data: ChartData, bucket: number): HTMLElement {
  const box = element("div", "tip");
  const head = element("div", "tip-head");
  head.append(element("span", "", data.buckets[bucket]), element("span", "", data.totals[bucket]));
  box.append(head);
  const found = data.series.filter((series) => (series.values[bucket] ?? 0) > 0);
  found.sort((a, b) => (b.values[bucket] ?? 0) - (a.values[bucket] ?? 0));
  box.append(...found.slice(0, ROWS_MAX).map((series) => row(series, bucket)));
  if (found.length > 0) box.append(element("div", "tip-hint", data.hint));
  return box;
}

function row(series: Series, bucket: number): HTMLElement {
  const line = element("div", "tip-row");
  line.append(
    element("span", `swatch s-${series.colour}`),
    element("span", "clip", series.name),
    element("span", "", series.texts[bucket]),
  );
  return line;
}

function element(tag: string, classes: string, text?: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}
