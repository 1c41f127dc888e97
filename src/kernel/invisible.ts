// Characters that a terminal does not show and that can make a text look like another one: controls, marks that turn
// the direction, characters without width, tags. Line breaks are not included; the code that prints decides about
// those.

/** With the flags `u` and `g`, without the line feed and the joiners that scripts and emoji need. */
const invisible =
  /(?!\n|\u200c|\u200d)(?:[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\u115f|\u1160|\u3164|\uffa0|[\u{e0100}-\u{e01ef}])/gu;

/** As `\u{200b}`, like JavaScript and Rust. */
export function escapeInvisible(text: string): string {
  return text.replaceAll(invisible, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
