// Finds the charts of a page and loads the chart library only where there is one.

export async function drawCharts(root: Element): Promise<void> {
  const places = [...root.querySelectorAll<HTMLElement>("[data-chart]")];
  if (root.matches("[data-chart]")) places.push(root as HTMLElement);
  if (places.length === 0) return;
  const { drawStackedBars } = await import("./stacked_bars");
  places.forEach(drawStackedBars);
}
