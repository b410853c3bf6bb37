// Fields for a time zone: suggestions from the browser's own list, and its zone where the form has none yet.

export function suggestZones(root: Element): void {
  for (const field of root.querySelectorAll<HTMLInputElement>("input[data-zone]")) {
    if (field.dataset["zone"] === "guess") field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const list = field.list;
    if (list === null || list.childElementCount > 0) continue;
    field.addEventListener("focus", () => fill(list), { once: true });
  }
}

function fill(list: HTMLDataListElement): void {
  for (const zone of ["UTC", ...Intl.supportedValuesOf("timeZone")]) {
    const option = document.createElement("option");
    option.value = zone;
    list.append(option);
  }
}
