// Text from servers, commits and databases made harmless for a terminal: no escape sequence, no control character,
// no bidi override reaches it. JSON output does not need it: JSON escapes them.

import { escapeInvisible } from '../../kernel/invisible.ts';

const controls =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Line breaks stay. */
export function plainText(text: string): string {
  const written = text.replaceAll('\r\n', '\n').replaceAll('\t', '  ');
  return escapeInvisible(written.replaceAll(controls, '\uFFFD'));
}

/** One line: line breaks become spaces. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll(/\n+/g, ' ').trim();
}
