// On a narrow screen the rail is a row that may be longer than the screen: the page that is open is moved into view.

export function showCurrentPage(): void {
  const current = document.querySelector<HTMLElement>(".rail-link[aria-current]");
  const row = current?.parentElement;
  if (current && row && row.scrollWidth > row.clientWidth) {
    row.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - row.clientWidth / 2;
  }
}
