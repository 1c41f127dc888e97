// Fetches a key set over HTTP. A commit chooses its address, so it must not lead into the Hub's own network. Every
// address of the name is judged, and the request goes to a judged address.
import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { FetchKeySet } from './token-keys.ts';

const timeoutMs = 5_000;
const mostBytes = 1024 * 1024;

// Two lists, because an IPv6 list would treat every IPv4 address as IPv6.
const closed = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  closed.ipv4.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  // Unspecified, loopback and IPv4 in IPv6; translated IPv4; local; link-local; site-local; multicast.
  ['::', 8],
  ['64:ff9b::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  closed.ipv6.addSubnet(address, prefix, 'ipv6');

/** Loopback, link-local, private and the like. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return closed[family].check(address, family);
}

const onlyPublic: LookupFunction = (name, options, done) => {
  lookup(name, { ...options, all: true }, (error, found) => {
    if (error !== null) return done(error, '', 0);
    const [first] = found;
    const refused = found.find(({ address }) => isPrivateAddress(address));
    if (refused !== undefined) return done(refusal(refused.address), '', 0);
    if (first === undefined) return done(new Error(`${name} has no address`), '', 0);
    return options.all === true ? done(null, found) : done(null, first.address, first.family);
  });
};

function refusal(address: string): Error {
  return new Error(
    `key set: ${address} is a loopback, link-local or private address; --allow-private-jwks allows it`,
  );
}

/** Within 5 s and 1 MiB; follows no redirect. */
export function createKeySetFetcher({ allowPrivate }: { readonly allowPrivate: boolean }): FetchKeySet {
  return async (text) => {
    const url = new URL(text);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw refusal(host);
    const body = await fetchText(url, allowPrivate ? undefined : onlyPublic);
    return JSON.parse(body) as unknown;
  };
}

function fetchText(url: URL, find: LookupFunction | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json' },
      ...(find === undefined ? {} : { lookup: find }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`key set: HTTP ${String(response.statusCode)}`));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > mostBytes) request.destroy(new Error(`key set: larger than ${mostBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    request.end();
  });
}
