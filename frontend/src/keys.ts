// Keys that work everywhere: `/` to search, `f` to filter, `?` for this list, `g` and a letter to go to a page.

import { openSearch } from "./search";

const GOING_MS = 1200;
let goingSince = -Infinity;

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-open-keys]")) openKeys();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]");
}

function press(key: string): boolean {
  if (performance.now() - goingSince < GOING_MS) {
    goingSince = -Infinity;
    return go(key);
  }
  if (key === "/") return openSearch();
  if (key === "f") return openFilter();
  if (key === "?") return openKeys();
  if (key === "g") goingSince = performance.now();
  return false;
}

function go(key: string): boolean {
  const link = document.querySelector<HTMLAnchorElement>(`a[data-key="${CSS.escape(key)}"]`);
  link?.click();
  return link !== null;
}

function openFilter(): boolean {
  const menu = document.querySelector<HTMLDetailsElement>("#add-filter");
  if (menu === null) return false;
  menu.open = true;
  return true;
}

function openKeys(): boolean {
  const dialog = document.querySelector<HTMLDialogElement>("#keys");
  dialog?.showModal();
  return dialog !== null;
}
