// Splits a commit object into its signature and the bytes that were signed, and puts a signature into one: the header
// `gpgsig`, whose further lines begin with a blank.

export interface SignedParts {
  readonly kind: 'ssh' | 'gpg';
  readonly signature: Buffer;
  readonly payload: Buffer;
}

/** `undefined` means it carries no signature. */
export function splitSignature(commit: Buffer): SignedParts | undefined {
  // latin1 keeps every byte.
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
    // git leaves out a signature of the other object format, too.
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
