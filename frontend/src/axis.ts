// Round figures beside an axis, as short as they are true: $0, $0.002, $1.5, $20, $1.2k, $3M, 12k, 5%, 1.5 s.

const NARROW_SPACE = "\u202f";

export type Kind = "money" | "count" | "ratio" | "milliseconds";

/** How figures of a kind are written. */
export function axisText(kind: Kind): (value: number) => string {
  return { money, count, ratio, milliseconds }[kind];
}

function count(number: number): string {
  if (number >= 1e6) return `${short(number / 1e6)}M`;
  return number >= 1e4 ? `${short(number / 1e3)}k` : number.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

function ratio(share: number): string {
  return `${short(share * 100)}${NARROW_SPACE}%`;
}

function milliseconds(ms: number): string {
  return ms < 1e3 ? `${short(ms)}${NARROW_SPACE}ms` : `${short(ms / 1e3)}${NARROW_SPACE}s`;
}

function money(dollars: number): string {
  if (dollars === 0) return "$0";
  if (dollars >= 1e6) return `$${short(dollars / 1e6)}M`;
  if (dollars >= 1e4) return `$${short(dollars / 1e3)}k`;
  if (dollars >= 1) return `$${dollars.toLocaleString("en-US", { maximumFractionDigits: 2 })}`;
  return `$${grouped(decimal(dollars))}`;
}

function short(amount: number): string {
  return String(Number(amount.toPrecision(3)));
}

/** Plain decimals, never an exponent. */
function decimal(dollars: number): string {
  return dollars.toFixed(12).replace(/0+$/, "");
}

/** 0.000018 is read more safely as 0.000 018, like the amounts of the page. */
function grouped(text: string): string {
  const [whole = "0", places = ""] = text.split(".");
  if (places.length <= 4) return text;
  return `${whole}.${places.replace(/(\d{3})(?=\d)/g, `$1${NARROW_SPACE}`)}`;
}
