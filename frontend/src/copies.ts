// Copying: buttons that copy a text of the page, and amounts that are copied exactly, however short they are shown.

const SHOWN_MS = 1600;

export function answerCopies(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-copy]") : null;
    if (button) void copyFor(button);
  });
  document.addEventListener("copy", copyExactly);
}

async function copyFor(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset["copy"] ?? "");
  const label = button.querySelector("[data-label]");
  if (source === null || label === null) return;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent?.trim() ?? "");
    label.textContent = "Copied";
  } catch {
    // No clipboard outside a secure context: select it, so that one key does the rest.
    getSelection()?.selectAllChildren(source);
    label.textContent = "Selected";
  }
  setTimeout(() => (label.textContent = before), SHOWN_MS);
}

/** A selection of just one amount is copied with all its places. */
function copyExactly(event: ClipboardEvent): void {
  const selection = getSelection();
  const anchor = selection?.anchorNode;
  const element = anchor instanceof Element ? anchor : anchor?.parentElement;
  const place = element?.closest<HTMLDataElement>("data.money");
  if (!place || !selection?.focusNode || !place.contains(selection.focusNode)) return;
  if (selection.toString() !== place.textContent) return;
  event.clipboardData?.setData("text/plain", place.value);
  event.preventDefault();
}
