// A list that is live asks every two seconds for the rows that came in since it asked before. It rests while nobody
// looks, asks less often while nobody answers, says so, and keeps no more rows than a page can carry.

import htmx from "htmx.org";

const PAUSE_MS = 2000;
const PAUSE_MAX_MS = 30_000;
const ROWS_MAX = 200;

let timer: number | undefined;
let failures = 0;

export function tendLiveLists(): void {
  document.addEventListener("visibilitychange", () => {
    if (live() === null) return;
    if (document.hidden) {
      say("Paused while this tab is hidden.");
      clearTimeout(timer);
    } else askSoon(0);
  });
}

/** Called whenever a page, or a part of it, has come. */
export function followLiveList(): void {
  if (live() !== null && timer === undefined) askSoon(PAUSE_MS);
}

function live(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-live]");
}

function askSoon(ms: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void ask(), ms);
}

async function ask(): Promise<void> {
  timer = undefined;
  const list = live();
  if (list === null || document.hidden) return;
  const address = list.dataset["live"] ?? "";
  const after = list.dataset["after"] ?? "";
  let pause = PAUSE_MS;
  try {
    const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}after=${encodeURIComponent(after)}`, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(PAUSE_MAX_MS),
    });
    const came = answer.ok ? tableOf(await answer.text()) : null;
    const isAsked = list.isConnected && list.dataset["live"] === address && list.dataset["after"] === after;
    if (came !== null && isAsked) {
      add(list, came);
      pause = came.dataset["behind"] === undefined ? PAUSE_MS : 0;
    } else if (answer.redirected) {
      say("You are signed out; load the page again.", true);
      return;
    } else if (came === null && isAsked) pause = lost();
  } catch {
    pause = lost();
  }
  if (timer === undefined) askSoon(pause);
}

function tableOf(html: string): HTMLTableElement | null {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.querySelector<HTMLTableElement>("table[data-after]");
}

function lost(): number {
  failures += 1;
  const pause = Math.min(PAUSE_MS * 2 ** failures, PAUSE_MAX_MS);
  say(`The connection is lost. Trying again in ${Math.round(pause / 1000)} seconds; nothing that comes in meanwhile is missed.`, true);
  return pause;
}

function add(list: HTMLElement, came: HTMLTableElement): void {
  failures = 0;
  list.dataset["after"] = came.dataset["after"] ?? "";
  const body = list.querySelector("tbody");
  if (!body) return;
  const fresh = [...came.querySelectorAll<HTMLTableRowElement>("tr[data-request]")];
  body.prepend(...fresh);
  fresh.forEach((row) => htmx.process(row));
  for (const row of [...body.rows].slice(ROWS_MAX)) row.remove();
  count(list, fresh.length);
  if (came.dataset["cut"] !== undefined) document.querySelector<HTMLElement>("[data-live-newest]")?.removeAttribute("hidden");
  say("Live: new requests appear here as they come in.");
}

function count(list: HTMLElement, more: number): void {
  const total = Number(list.dataset["count"] ?? 0) + more;
  list.dataset["count"] = String(total);
  const place = document.querySelector("[data-live-count]");
  if (place && total > 0) place.textContent = `${total.toLocaleString("en")} new${list.querySelectorAll("tbody tr").length >= ROWS_MAX ? `, the last ${ROWS_MAX} rows are kept` : ""}.`;
}

function say(text: string, isTrouble = false): void {
  const place = document.querySelector<HTMLElement>("[data-live-says]");
  if (!place) return;
  if (place.textContent !== text) place.textContent = text;
  place.closest<HTMLElement>(".live-state")?.toggleAttribute("data-trouble", isTrouble);
}
