// The field that searches everything: what is found lies under it while somebody types, and goes when they are done.

const FIELD = "#search";
const PANEL = "#found";

export function tendSearch(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(event.target);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event);
  });
  document.addEventListener("click", closeUnlessWithin);
  document.addEventListener("focusin", closeUnlessWithin);
}

/** Focuses the field; where it is not shown (on a phone), its page is opened instead. */
export function openSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>(FIELD);
  if (field === null) return false;
  if (field.checkVisibility()) field.select();
  else location.assign("/search");
  return true;
}

function closeUnlessWithin(event: Event): void {
  const target = event.target;
  if (!(target instanceof Element && target.closest(".rail-search"))) document.querySelector(PANEL)?.replaceChildren();
}

function close(target: EventTarget | null): void {
  const panel = document.querySelector(PANEL);
  const hadFocus = target instanceof Node && panel?.contains(target);
  panel?.replaceChildren();
  if (hadFocus) document.querySelector<HTMLInputElement>(FIELD)?.focus();
}

/** The arrows go from the field through what was found, and back. */
function move(event: KeyboardEvent): void {
  const within = event.target instanceof Element ? event.target.closest(".rail-search") : null;
  if (within === null) return;
  const stops = [...within.querySelectorAll<HTMLElement>(`${FIELD}, ${PANEL} a`)];
  const next = stops[stops.indexOf(event.target as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1)];
  next?.focus();
  event.preventDefault();
}
