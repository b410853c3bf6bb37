// Finds the charts of a page and loads the chart library only where there is one.

export async function drawCharts(root: Element): Promise<void> {
  const places = [...root.querySelectorAll<HTMLElement>("[data-chart]")];
  if (root.matches("[data-chart]")) places.push(root as HTMLElement);
  if (places.length === 0) return;
  const { drawTimeChart } = await import("./time_chart");
  places.forEach(drawTimeChart);
}
