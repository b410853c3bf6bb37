// The rail may be longer than the screen, as a row on a narrow one and as a column on a low one: the page that is open is
// moved into view.

export function showCurrentPage(): void {
  const current = document.querySelector<HTMLElement>(".rail-link[aria-current]");
  const row = current?.parentElement;
  if (!current || !row) return;
  const [link, frame] = [current.getBoundingClientRect(), row.getBoundingClientRect()];
  if (row.scrollWidth > row.clientWidth) row.scrollLeft += link.left + link.width / 2 - frame.left - frame.width / 2;
  if (row.scrollHeight > row.clientHeight) row.scrollTop += link.top + link.height / 2 - frame.top - frame.height / 2;
}
