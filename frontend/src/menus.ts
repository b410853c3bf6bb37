// Menus are <details>: they open without us. With us, one is open at a time, and Escape or a click beside it closes it.

const OPEN = "details.menu[open]";

export function tendMenus(): void {
  document.addEventListener("click", (event) => closeAllBut(event.target));
  document.addEventListener("focusin", (event) => closeAllBut(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeAll();
  });
  document.addEventListener("toggle", focusFirstField, true);
}

function closeAllBut(target: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
    if (!(target instanceof Node) || !menu.contains(target)) menu.open = false;
  }
}

function closeAll(): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary")?.focus();
  }
}

/** A menu that asks for something to be typed is opened to type in. */
function focusFirstField(event: Event): void {
  if (event.target instanceof HTMLDetailsElement && event.target.matches(OPEN)) {
    event.target.querySelector<HTMLElement>("[data-first]")?.focus();
  }
}
