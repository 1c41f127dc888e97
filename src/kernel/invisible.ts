// Characters that a reader of a terminal does not see and that can make a text look like another one: controls, marks that turn
// the direction, characters without width, tags. Line breaks are not among them; what shows them decides about those.

/** Of the `u` and `g` kind, without a line feed and without the joiners that scripts and emoji need. */
const invisible =
  /(?!\n|\u200c|\u200d)(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\u115f|\u1160|\u3164|\uffa0|[\u{e0100}-\u{e01ef}])/gu;

/** `\u{200b}`: as JavaScript and Rust write it. */
export function escapeInvisible(text: string): string {
  return text.replaceAll(invisible, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
