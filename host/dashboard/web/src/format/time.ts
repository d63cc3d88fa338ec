/** Moments as people read them, in the browser's time zone. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTE = 60_000;
const DAY = 86_400_000;

const two = (n: number): string => String(n).padStart(2, "0");

const hours = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** With seconds: `14:22:56`. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return `${hours(date)}:${two(date.getSeconds())}`;
}

/** A label of a time axis that shows `span` milliseconds. */
export function axisTime(ms: number, span: number): string {
  const date = new Date(ms);
  if (span > 14 * DAY) return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}`;
  if (span > 2 * DAY) return `${DAYS[date.getDay()] ?? ""} ${date.getDate()}`;
  return span <= 5 * MINUTE ? clock(ms) : hours(date);
}

/** The moment under the crosshair, as exact as the span deserves. */
export function chipTime(ms: number, span: number): string {
  const date = new Date(ms);
  if (span > 2 * DAY) return `${DAYS[date.getDay()] ?? ""} ${date.getDate()}, ${hours(date)}`;
  return span <= 6 * 60 * MINUTE ? clock(ms) : hours(date);
}

/** For sentences: the time alone today, with the day before that. */
export function moment(ms: number, now: number): string {
  const date = new Date(ms);
  if (new Date(now).toDateString() === date.toDateString()) return clock(ms);
  return `${DAYS[date.getDay()] ?? ""} ${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}, ${hours(date)}`;
}

/** Everything, with the zone: for what appears on hover. */
export function exact(ms: number): string {
  const date = new Date(ms);
  const offset = -date.getTimezoneOffset();
  const zone = `UTC${offset < 0 ? "−" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(ms)} ${zone}`;
}

/** From and to, the day only once. */
export function rangeLabel(from: number, to: number, now: number): string {
  const exactly = to - from < 10 * MINUTE ? clock : (ms: number) => hours(new Date(ms));
  const sameDay = new Date(from).toDateString() === new Date(to).toDateString();
  const day = (ms: number): string => {
    const date = new Date(ms);
    return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}`;
  };
  const today = sameDay && new Date(now).toDateString() === new Date(to).toDateString();
  if (today) return `${exactly(from)} to ${exactly(to)}`;
  return sameDay
    ? `${day(from)}, ${exactly(from)} to ${exactly(to)}`
    : `${day(from)} ${exactly(from)} to ${day(to)} ${exactly(to)}`;
}
