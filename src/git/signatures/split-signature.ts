// Splits a commit object into its signature and the signed bytes, and adds a signature: the header `gpgsig`, whose
// continuation lines begin with a blank.

export interface SignedParts {
  readonly kind: 'ssh' | 'gpg';
  readonly signature: Buffer;
  readonly payload: Buffer;
}

/** `undefined` when it has no signature. */
export function splitSignature(commit: Buffer): SignedParts | undefined {
  // latin1 preserves every byte.
  const text = commit.toString('latin1');
  const end = text.indexOf('\n\n');
  const header = end === -1 ? text : text.slice(0, end);
  const kept: string[] = [];
  const signature: string[] = [];
  let isSignature = false;
  for (const line of header.split('\n')) {
    if (line.startsWith(' ') && isSignature) {
      signature.push(line.slice(1));
      continue;
    }
    // git also leaves out a signature for the other object format.
    isSignature = /^gpgsig(-sha256)? /.test(line);
    if (line.startsWith('gpgsig ')) signature.push(line.slice('gpgsig '.length));
    else if (!isSignature) kept.push(line);
  }
  if (signature.length === 0) return undefined;
  const armour = `${signature.join('\n').trimEnd()}\n`;
  return {
    kind: armour.startsWith('-----BEGIN SSH SIGNATURE-----') ? 'ssh' : 'gpg',
    signature: Buffer.from(armour, 'latin1'),
    payload: Buffer.from(`${kept.join('\n')}${end === -1 ? '' : text.slice(end)}`, 'latin1'),
  };
}

/** The commit object `payload` with `signature`, an armoured text, as its last header. */
export function insertSignature(payload: Buffer, signature: string): Buffer {
  const end = payload.indexOf('\n\n');
  const header = `\ngpgsig ${signature.trimEnd().split('\n').join('\n ')}`;
  return Buffer.concat([payload.subarray(0, end), Buffer.from(header), payload.subarray(end)]);
}
