// The colours of tokens.css as the chart library wants them: worked out, for the theme that holds now.

const probe = document.createElement("span");
probe.hidden = true;

export function colour(token: string): string {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}

/** Calls back when the system turns light or dark while the page follows it. */
export function onThemeChange(call: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", call);
}
