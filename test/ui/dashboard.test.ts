// The dashboard in a real browser over a running Hub process: every view, moves by mouse and by keyboard, and what it shows
// when something changes without it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { aPointer } from '../support/documents/release.ts';
import { openBrowser, openPage, type WatchedPage } from '../support/hub/browser.ts';
import { hands } from '../support/hub/hand.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createShop, type Shop } from '../support/hub/shop.ts';

let shop: Shop;
let hub: HubProcess;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
beforeAll(async () => {
  [shop, browser] = await Promise.all([createShop('postgres-18'), openBrowser()]);
  hub = await shop.startHub();
  await hub.untilServing('dev', 'v1.1.0');
  await hub.untilServing('prod', 'v1.0.0');
});
afterAll(async () => {
  await browser?.close();
  await shop?.close();
});
beforeEach(async () => {
  watched = await openPage(browser, hub.url);
  ({ page } = watched);
});
afterEach(() => page.context().close());

const card = (name: string) => page.getByRole('article', { name, exact: true });
const open = (hash: string): Promise<unknown> => page.goto(`${hub.url}/#/${hash}`);

it('shows every view with what the Hub knows, without a violation of axe-core', async () => {
  await card('prod').getByRole('link', { name: 'v1.0.0' }).waitFor();
  expect(await page.title()).toBe('stk · shop');
  const views: readonly (readonly [string, string, string])[] = [
    ['pipeline', '', 'served'],
    ['environment', 'environment/staging', 'v1.0.0 → v1.0.1'],
    ['release', 'release/v1.1.0', 'customers.byTier'],
    ['releases', 'releases', 'v1.0.1'],
    ['audit', 'audit', 'promote'],
    ['move', 'move/prod/promote?release=v1.0.1', 'It fits.'],
  ];
  for (const [name, hash, text] of views) {
    await open(hash);
    await page.locator('main').getByText(text).first().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([name, await watched.violations()]).toEqual([name, []]);
    }
    await watched.photograph(name);
    await page.setViewportSize({ width: 360, height: 800 });
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect([name, overflow]).toEqual([name, 0]);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  watched.isClean();
});

describe.each(hands)('by $hand', ({ hand: name, take }) => {
  it('promotes once the database and the gates have said yes, and follows it until it is served', async () => {
    const hand = take(page);
    await hand.press('Promote to prod');
    await page.getByRole('heading', { name: 'Promote prod' }).waitFor();
    expect(await page.getByRole('button', { name: 'Promote' }).isDisabled()).toBe(true);
    await hand.choose('Release', 'v1.0.1');
    await page.getByText('It fits.').waitFor();
    await page.getByText('config › checkout › maxItems').waitFor();
    await hand.write('Reason', `more items, by ${name}`);
    await hand.press('Promote to v1.0.1');
    await page.getByText('prod serves v1.0.1.').waitFor();
    await hub.untilServing('prod', 'v1.0.1');
    expect(await shop.repo.git('log', '-1', '--format=%B', 'main')).toContain(
      `Stk-Reason: more items, by ${name}`,
    );
    // Typing an id passes others by, and one of them does not fit.
    watched.isClean(/status of 409/);
  });

  it('reads a refusal to its end, and the button stays shut', async () => {
    const hand = take(page);
    await hand.press('Promote to prod');
    await hand.choose('Release', 'v1.1.0');
    const refusal = page.getByRole('region', { name: 'check' }).getByRole('alert');
    await hand.readTo(refusal.getByText('add column tier'));
    expect(await refusal.innerText()).toMatch(
      /customers\.tier[^]*expected[^]*actual[^]*do[^]*A migration that would make the database fit/,
    );
    expect(await page.getByRole('button', { name: 'Promote' }).isDisabled()).toBe(true);
    expect(await hub.status('prod')).toMatchObject({ serving: { release: 'v1.0.1' } });
    await watched.photograph('refusal');
    // The browser itself notes that an answer was 409.
    watched.isClean(/status of 409/);
  });

  it('rolls back', async () => {
    const hand = take(page);
    await hand.press('Roll back prod');
    await hand.choose('Release', 'v1.0.0');
    await page.getByText('It fits.').waitFor();
    await hand.write('Reason', 'checkout errors');
    await hand.press('Roll back to v1.0.0');
    await page.getByText('prod serves v1.0.0.').waitFor();
    await hub.untilServing('prod', 'v1.0.0');
    watched.isClean();
  });

  it('freezes and lifts the freeze', async () => {
    const hand = take(page);
    await hand.press('prod');
    await hand.press('Freeze');
    await hand.write('Reason', 'stocktaking');
    expect(await watched.violations()).toEqual([]);
    await hand.press('Freeze');
    await page.getByRole('list', { name: 'freezes' }).getByText('stocktaking').waitFor();
    await hand.press(/^Lift /);
    await hand.press(/^Lift /);
    await page
      .getByRole('button', { name: /^Lift / })
      .first()
      .waitFor({ state: 'detached' });
    watched.isClean();
  });
});

it('finds any release, and compares it with any other', async () => {
  await open('releases');
  await page.getByLabel('Find by id').fill('1.1');
  await page.getByRole('link', { name: 'v1.0.1' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'v1.1.0' }).click();
  await page.getByRole('button', { name: 'Where does it fit?' }).click();
  const places = page.getByRole('region', { name: 'where it serves and fits' });
  await places.getByText('What prod lacks').click();
  await places.getByText('COL001 column-missing').waitFor();
  expect(await places.getByText('fits', { exact: true }).count()).toBe(2);
  await page.getByLabel('What changes from').fill('v1.0.0');
  await page.keyboard.press('Enter');
  await page.getByText('operations › customers.byTier').waitFor();
  await page.getByRole('link', { name: 'Follow it in the pipeline' }).click();
  await card('dev').waitFor();
  expect(await card('prod').count()).toBe(0);
  watched.isClean(/status of 409/);
});

it('searches the audit and saves what it found', async () => {
  await open('audit');
  await page.getByLabel('Search').fill('checkout errors');
  const decisions = page.getByRole('region', { name: 'decisions' });
  await decisions.getByText('promote', { exact: true }).first().waitFor({ state: 'detached' });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as a file' }).click(),
  ]);
  const saved = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  expect(saved.length).toBeGreaterThan(0);
  for (const line of saved) expect(JSON.parse(line)).toMatchObject({ reason: 'checkout errors' });
  watched.isClean();
});

it('loads at most 150 KiB', async () => {
  const sent = await Promise.all(
    ['/', '/ui/app.js', '/ui/app.css'].map(async (path) => {
      const headers = { accept: 'text/html', 'accept-encoding': 'gzip' };
      return Number((await hub.ask(path, { headers })).headers['content-length']);
    }),
  );
  expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(150 * 1024);
});

it('shows a commit from outside without being loaded again', async () => {
  await card('staging').getByRole('link', { name: 'v1.0.1' }).waitFor();
  await page.evaluate('window.isTheSame = true');
  await shop.repo.commit('promote(staging): v1.0.1 -> v1.1.0', {
    'environments/staging.yaml': aPointer('v1.1.0'),
  });
  await card('staging').getByRole('link', { name: 'v1.1.0' }).waitFor();
  expect(await page.evaluate('window.isTheSame')).toBe(true);
  watched.isClean();
});

it('works behind a proxy that takes a path prefix away', async () => {
  const proxy = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith('/tools/stk/')) return void outgoing.writeHead(404).end();
    const path = url.slice('/tools/stk'.length);
    const passed = request({ port: hub.port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    outgoing.on('close', () => passed.destroy());
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const behind = await openPage(browser, `http://127.0.0.1:${port}/tools/stk/`);
  await behind.page.getByRole('article', { name: 'staging', exact: true }).getByText('v1.1.0').waitFor();
  await shop.repo.commit('promote(staging): v1.1.0 -> v1.0.1', {
    'environments/staging.yaml': aPointer('v1.0.1'),
  });
  await behind.page
    .getByRole('article', { name: 'staging', exact: true })
    .getByRole('link', { name: 'v1.0.1' })
    .waitFor();
  await behind.page.getByRole('link', { name: 'Releases' }).click();
  await behind.page.getByRole('link', { name: 'v1.1.0' }).waitFor();
  behind.isClean();
  await behind.page.context().close();
  await new Promise((resolve) => proxy.close(resolve));
});

it('says that the Hub is away, and goes on when it is back', async () => {
  await card('dev').waitFor();
  await hub.kill9();
  await page.getByText('The Hub does not answer.').waitFor();
  const { port } = hub;
  hub = await shop.startHub({ port });
  await page.getByText('The Hub does not answer.').waitFor({ state: 'detached' });
  await shop.repo.commit('promote(staging): v1.0.1 -> v1.0.0', {
    'environments/staging.yaml': aPointer('v1.0.0'),
  });
  await card('staging').getByRole('link', { name: 'v1.0.0' }).waitFor();
  watched.isClean(
    /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/,
  );
});
