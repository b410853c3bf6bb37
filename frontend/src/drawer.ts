// The drawer: a row of the list opens in a dialog beside it. The address says which, so that it can be linked,
// reloaded and gone back from; j and k (or the arrows) go to the next and the previous row.

import htmx from "htmx.org";

const SHEET = "drawer-sheet";
let wasPushed = false;

export function tendDrawer(): void {
  document.addEventListener("htmx:after:swap", (event) => shown(event as CustomEvent));
  document.addEventListener("htmx:before:history:update", (event) => placed(event as CustomEvent));
  document.addEventListener("htmx:before:history:restore", wentBack);
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
}

/** A drawer that the server opened (its address was followed) becomes a dialog like any other. */
export function adoptDrawer(): void {
  const dialog = drawer();
  if (!dialog || dialog.dataset["tended"] === "true") return;
  dialog.dataset["tended"] = "true";
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  if (dialog.open) {
    dialog.close();
    open(dialog, dialog.dataset["request"] ?? "");
  }
}

function drawer(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("#drawer");
}

function rows(): HTMLTableRowElement[] {
  return [...document.querySelectorAll<HTMLTableRowElement>("tr[data-request]")];
}

function linkOf(request: string | undefined): HTMLAnchorElement | null {
  return rows().find((row) => row.dataset["request"] === request)?.querySelector("a.row-link") ?? null;
}

function shown(event: CustomEvent): void {
  const source: unknown = event.detail?.ctx?.sourceElement;
  const row = source instanceof Element ? source.closest<HTMLTableRowElement>("tr[data-request]") : null;
  const dialog = drawer();
  if (!row || !dialog) return;
  // Somebody has gone on meanwhile: what they asked for comes next.
  if (dialog.open && dialog.dataset["request"] !== row.dataset["request"]) return;
  const sheet = document.getElementById(SHEET);
  // Deleted meanwhile, or nobody is signed in any more: the page of it says which.
  if (sheet && !sheet.querySelector("#request")) sheet.textContent = "This request could not be loaded; its page says why.";
  open(dialog, row.dataset["request"] ?? "");
}

function open(dialog: HTMLDialogElement, request: string): void {
  dialog.dataset["request"] = request;
  for (const row of rows()) row.toggleAttribute("data-open", row.dataset["request"] === request);
  const link = linkOf(request);
  const page = dialog.querySelector<HTMLAnchorElement>("[data-drawer-page]");
  if (page && link) page.href = link.href;
  for (const button of dialog.querySelectorAll<HTMLButtonElement>("[data-drawer-move]")) {
    button.disabled = neighbour(Number(button.dataset["drawerMove"])) === null;
  }
  if (!dialog.open) dialog.showModal();
  const sheet = document.getElementById(SHEET);
  sheet?.scrollTo(0, 0);
  sheet?.focus();
}

/** From row to row the address is replaced: going back leaves the drawer, not one row after another. */
function placed(event: CustomEvent): void {
  const source: unknown = event.detail?.sourceElement;
  if (!(source instanceof Element) || !source.matches("tr[data-request] a.row-link")) return;
  if (drawer()?.open) event.detail.history.type = "replace";
  else wasPushed = true;
}

function neighbour(step: number): HTMLAnchorElement | null {
  const all = rows();
  const at = all.findIndex((row) => row.dataset["request"] === drawer()?.dataset["request"]);
  return at < 0 ? null : (all[at + step]?.querySelector<HTMLAnchorElement>("a.row-link") ?? null);
}

/** The row that is asked for is the one to go on from, so that keys may be faster than the answers. */
function move(step: number): void {
  const link = neighbour(step);
  const dialog = drawer();
  if (!link || !dialog) return;
  dialog.dataset["request"] = link.closest<HTMLTableRowElement>("tr[data-request]")?.dataset["request"] ?? "";
  link.click();
}

function clicked(event: MouseEvent): void {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest<HTMLButtonElement>("[data-drawer-move]");
  if (button) move(Number(button.dataset["drawerMove"]));
  if (event.target.closest("[data-drawer-close]") || event.target === drawer()) {
    event.preventDefault();
    leave();
  }
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]:not(#drawer)")) return;
  if (event.target instanceof HTMLElement && event.target.matches("input, select, textarea")) return;
  const isOpen = drawer()?.open === true;
  const steps: Record<string, number> = { j: 1, k: -1, ...(isOpen ? { ArrowRight: 1, ArrowLeft: -1 } : {}) };
  const step = steps[event.key];
  if (step === undefined || drawer() === null) return;
  event.preventDefault();
  if (isOpen) move(step);
  else focusBeside(step);
}

function focusBeside(step: number): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("tr[data-request] a.row-link")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at < 0 ? links[0] : links[at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** The way out is the way back, where the drawer was opened from the list; so the history has no drawer too many. */
function leave(): void {
  const dialog = drawer();
  if (!dialog) return;
  if (wasPushed) {
    history.back();
    return;
  }
  history.replaceState({ htmx: true }, "", dialog.dataset["list"] ?? location.pathname);
  close(dialog);
}

function close(dialog: HTMLDialogElement): void {
  const link = linkOf(dialog.dataset["request"]);
  wasPushed = false;
  dialog.close();
  for (const row of rows()) row.removeAttribute("data-open");
  (link ?? document.querySelector<HTMLElement>("#main"))?.focus();
}

/** Back and forth between a list and its drawer, nothing is loaded that is there already. */
function wentBack(event: Event): void {
  const dialog = drawer();
  if (!dialog) return;
  const place = new URL(location.href);
  const request = place.searchParams.get("open");
  place.searchParams.delete("open");
  const list = new URL(dialog.dataset["list"] ?? "", location.href);
  list.searchParams.sort();
  place.searchParams.sort();
  const isSameList = place.pathname === list.pathname && place.search === list.search;
  if (isSameList && request === null) {
    event.preventDefault();
    close(dialog);
  } else {
    if (dialog.open) dialog.close();
    const link = isSameList ? linkOf(request ?? undefined) : null;
    if (link === null || request === null) return;
    event.preventDefault();
    void htmx.ajax("GET", link.href, { target: `#${SHEET}`, select: "#request", swap: "innerHTML" }).then(() => {
      wasPushed = true;
      open(dialog, request);
    });
  }
}
