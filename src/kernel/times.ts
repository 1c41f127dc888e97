// Dates and times as documents write them: RFC 3339, checked against the calendar.

const date = /^(\d{4})-(\d{2})-(\d{2})$/;
const dateTime =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** YYYY-MM-DD; the day must exist. */
export function isDate(text: string): boolean {
  const [, year, month, day] = date.exec(text) ?? [];
  if (year === undefined || Number(month) < 1 || Number(month) > 12) return false;
  return Number(day) >= 1 && Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

/** RFC 3339 with a zone; the day must exist. */
export function isDateTime(text: string): boolean {
  const [, day] = dateTime.exec(text) ?? [];
  return day !== undefined && isDate(day);
}
