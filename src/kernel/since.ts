// A moment in the past as people write it: a day, a time with a zone, or how long ago.
import { isDate, isDateTime } from './times.ts';
import { parseDuration } from './units.ts';

/** `now` and the result: milliseconds since 1970. `undefined` for any other text. */
export function parseSince(text: string, now: number): number | undefined {
  if (isDate(text) || isDateTime(text)) return Date.parse(text);
  const ago = parseDuration(text);
  return ago === undefined ? undefined : now - ago;
}
