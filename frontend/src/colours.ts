// The colours of tokens.css as the chart library wants them: worked out, for the theme that holds now.

const probe = document.createElement("span");
probe.hidden = true;

export function colour(token: string): string {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}

/** Calls back when the system turns light or dark while the page follows it, and around printing: paper is light. */
export function onThemeChange(call: () => void): void {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", call);
}

export function isOnPaper(): boolean {
  return matchMedia("print").matches;
}
