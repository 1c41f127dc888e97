// Decides where a call goes by its caller's key: the same key and canary always give the same draw, and draws are
// evenly distributed. No secret, because a caller may choose an arm with a header anyway.

export interface Draw {
  /** 0 to 2^32 - 1. */
  readonly point: number;
  /** 0 to 63, from a second hash, so that callers of one arm are spread over all groups. */
  readonly group: number;
}

const { imul } = Math;
/** Draws out of this many. */
const points = 2 ** 32;
const groupBits = 6;

/** Makes the draws of one canary differ from those of another. */
export interface Salt {
  readonly first: number;
  readonly second: number;
}

/** `digest`: hex, at least 16 digits. */
export function saltOf(digest: string): Salt {
  return { first: Number.parseInt(digest.slice(0, 8), 16), second: Number.parseInt(digest.slice(8, 16), 16) };
}

export function drawOf(key: string, { first, second }: Salt): Draw {
  // 32-bit MurmurHash3 in two lanes with different seeds and rotations.
  let a = first;
  let b = second;
  for (let i = 0; i < key.length; i += 1) {
    let part = imul(key.charCodeAt(i), 0xcc9e2d51);
    part = imul((part << 15) | (part >>> 17), 0x1b873593);
    a ^= part;
    a = (imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    b ^= part;
    b = (imul((b << 11) | (b >>> 21), 9) + 0x38b34ae5) | 0;
  }
  return {
    point: mix(a ^ key.length ^ imul(b, 0x9e3779b1)),
    group: mix(b + first) >>> (32 - groupBits),
  };
}

/** The draw of the call number `count`, for callers without a key. */
export function drawOfCount(count: number, { first, second }: Salt): Draw {
  return {
    point: mix(mix(count ^ first) + second),
    group: mix(mix(count ^ second) + first) >>> (32 - groupBits),
  };
}

/** `weight`: per cent of the calls. */
export function isDrawn({ point }: Draw, weight: number): boolean {
  return point < (weight / 100) * points;
}

/** MurmurHash3's finalizer: one to one on 32 bits; each result bit depends on every input bit. */
function mix(value: number): number {
  let hash = value;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
