// Money over time, stacked: one bar a bucket, one colour a name. The numbers come ready to read from the server.

import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { axisMoney } from "./axis_money";
import { colour, isOnPaper, onThemeChange } from "./colours";
import { tip } from "./tip";

echarts.use([BarChart, GridComponent, TooltipComponent, SVGRenderer]);

/** `texts` are the exact amounts as pages print them; `values` the same in dollars, for lengths only,
    null where there was no call. */
export interface Series {
  name: string;
  colour: string;
  values: (number | null)[];
  texts: string[];
  filter: [name: string, value: string] | null;
}

/** `ticks` are the indexes of buckets that get a label under the axis, with that label. */
export interface ChartData {
  buckets: string[];
  totals: string[];
  ticks: Record<string, string>;
  links: string[];
  series: Series[];
}

const drawn = new WeakMap<HTMLElement, echarts.ECharts>();

export function drawStackedBars(place: HTMLElement): void {
  const data = JSON.parse(place.dataset["chart"] ?? "null") as ChartData;
  const chart = drawn.get(place) ?? start(place);
  chart.setOption(options(data), { notMerge: true });
  if (isOnPaper()) chart.getZr().flush(); // no frame comes before the page is taken
}

function start(place: HTMLElement): echarts.ECharts {
  const chart = echarts.init(place, null, { renderer: "svg" });
  drawn.set(place, chart);
  new ResizeObserver(() => chart.resize()).observe(place);
  // The attribute is what htmx changes when a filter does; the picture follows it.
  new MutationObserver(() => drawStackedBars(place)).observe(place, { attributeFilter: ["data-chart"] });
  onThemeChange(() => drawStackedBars(place));
  chart.on("click", ({ dataIndex, seriesIndex }) => open(place, dataIndex, seriesIndex ?? 0));
  return chart;
}

/** The rows behind a piece of a bar. */
function open(place: HTMLElement, bucket: number, series: number): void {
  const data = JSON.parse(place.dataset["chart"] ?? "null") as ChartData;
  const link = data.links[bucket];
  if (link === undefined) return;
  const url = new URL(link, location.href);
  const filter = data.series[series]?.filter;
  if (filter) url.searchParams.set(...filter);
  location.assign(url);
}

function options(data: ChartData): echarts.EChartsCoreOption {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !calm && !isOnPaper(),
    animationDuration: 240,
    animationDurationUpdate: 240,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    grid: { left: 0, right: 2, top: 14, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: tooltip(data),
    xAxis: timeAxis(data),
    yAxis: moneyAxis(),
    series: data.series.map((series) => bars(series, data.buckets.length)),
  };
}

function timeAxis(data: ChartData): object {
  return {
    type: "category",
    data: data.buckets.map((_, index) => data.ticks[index] ?? ""),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colour("--line-strong") } },
    axisLabel: {
      color: colour("--ink-soft"),
      interval: (index: number) => index in data.ticks,
      hideOverlap: true,
      padding: [0, 5], // counts as part of the label, so that two never touch
      margin: 10,
    },
  };
}

function moneyAxis(): object {
  return {
    type: "value",
    splitNumber: 4,
    axisLabel: { color: colour("--ink-soft"), formatter: axisMoney, margin: 10 },
    splitLine: { lineStyle: { color: colour("--line") } },
  };
}

function bars(series: Series, count: number): object {
  return {
    type: "bar",
    stack: "all",
    name: series.name,
    data: series.values,
    barCategoryGap: count > 60 ? "12%" : "26%",
    barMaxWidth: 54,
    cursor: "pointer",
    itemStyle: { color: colour(`--series-${series.colour}`), borderColor: colour("--paper"), borderWidth: count > 100 ? 0 : 0.75 },
    emphasis: { focus: "series" },
    blur: { itemStyle: { opacity: 0.35 } },
  };
}

function tooltip(data: ChartData): object {
  return {
    trigger: "axis",
    axisPointer: { type: "shadow", shadowStyle: { color: colour("--ink"), opacity: 0.05 } },
    backgroundColor: colour("--surface"),
    borderColor: colour("--line-strong"),
    borderWidth: 1,
    padding: [9, 12],
    extraCssText: "border-radius: 9px; box-shadow: var(--shadow);",
    confine: true,
    transitionDuration: 0.1,
    formatter: (points: { dataIndex: number }[]) => tip(data, points[0]?.dataIndex ?? 0),
  };
}
