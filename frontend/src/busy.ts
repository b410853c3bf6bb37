// Forms whose answer takes its time say so on their button, cannot be sent twice, and stop the page from leaving meanwhile.

export function tendBusyForms(): void {
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement) begin(event.target);
  });
  // Gone back to, a page is as it was left: with a button that can't be pressed.
  addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[aria-busy]")) location.reload();
  });
}

function begin(form: HTMLFormElement): void {
  const button = form.querySelector<HTMLButtonElement>("[data-busy]");
  if (button === null) return;
  // What waits for the first event would lead away from the answer as soon as one of many is there.
  for (const waiting of document.querySelectorAll(".waiting")) waiting.remove();
  button.textContent = button.dataset["busy"] ?? "";
  button.setAttribute("aria-busy", "true");
  setTimeout(() => (button.disabled = true)); // once it was sent: with its name and value
}
