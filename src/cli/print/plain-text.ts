// Makes text from servers, commits and databases harmless for a terminal: without escape sequences, control characters
// and bidi overrides. JSON output escapes them anyway.

import { escapeInvisible } from '../../kernel/invisible.ts';

const controls =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Keeps line breaks. */
export function plainText(text: string): string {
  const written = text.replaceAll('\r\n', '\n').replaceAll('\t', '  ');
  return escapeInvisible(written.replaceAll(controls, '\uFFFD'));
}

/** One line: line breaks become spaces. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll(/\n+/g, ' ').trim();
}
