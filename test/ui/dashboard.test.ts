// The dashboard in a real browser over a running Hub process: every view, moves by mouse and by keyboard, and what it shows
// when something changes without it.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { aPointer } from '../support/documents/release.ts';
import { openBrowser, openPage, type WatchedPage } from '../support/hub/browser.ts';
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
    ['environment', 'environment/staging', 'promote v1.0.0 → v1.0.1'],
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

it('promotes by mouse once the database and the gates have said yes, and follows it until it is served', async () => {
  await card('prod').getByRole('link', { name: 'Promote' }).click();
  const button = page.getByRole('button', { name: 'Promote' });
  expect(await button.isDisabled()).toBe(true);
  await page.getByLabel('Release').selectOption('v1.0.1');
  await page.getByText('It fits.').waitFor();
  await page.getByText('config › checkout › maxItems').waitFor();
  await page.getByLabel('Reason').fill('more items');
  await button.click();
  await page.getByText('prod serves v1.0.1.').waitFor();
  await hub.untilServing('prod', 'v1.0.1');
  expect(await shop.repo.git('log', '-1', '--format=%B', 'main')).toContain('Stk-Reason: more items');
  watched.isClean();
});

it('shows a refusal to its end, and the button stays shut', async () => {
  await open('move/prod/promote?release=v1.1.0');
  const refusal = page.getByRole('region', { name: 'check' }).getByRole('alert');
  await refusal.getByText('COL001').first().waitFor();
  expect(await refusal.innerText()).toMatch(/customers\.tier[\s\S]*expected[\s\S]*actual[\s\S]*do/);
  expect(await page.getByRole('button', { name: 'Promote' }).isDisabled()).toBe(true);
  expect(await hub.status('prod')).toMatchObject({ serving: { release: 'v1.0.1' } });
  // The browser itself notes that an answer was 409.
  watched.isClean(/status of 409/);
});

it('rolls back by keyboard alone', async () => {
  await card('prod').waitFor();
  await watched.tabTo('Roll back prod').catch(async () => {
    await open('environment/prod');
    await page.getByRole('heading', { name: 'prod' }).waitFor();
    await watched.tabTo('Roll back');
  });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Roll back prod' }).waitFor();
  await page.getByLabel('Release').locator('option', { hasText: 'v1.0.0' }).waitFor({ state: 'attached' });
  await page.getByLabel('Release').focus();
  await page.keyboard.type('v1.0.0');
  await page.getByText('It fits.').waitFor();
  await watched.tabTo('reason');
  await page.keyboard.type('checkout errors');
  await page.keyboard.press('Enter');
  await page.getByText('prod serves v1.0.0.').waitFor();
  await hub.untilServing('prod', 'v1.0.0');
  watched.isClean();
});

it('freezes and lifts the freeze', async () => {
  await open('environment/prod');
  await page.getByRole('button', { name: 'Freeze' }).click();
  const dialog = page.getByRole('dialog', { name: 'Freeze' });
  await dialog.getByLabel('Reason').fill('stocktaking');
  expect(await watched.violations()).toEqual([]);
  await dialog.getByRole('button', { name: 'Freeze' }).click();
  await page
    .getByRole('button', { name: /^Lift / })
    .first()
    .click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Lift / })
    .click();
  await page
    .getByRole('button', { name: /^Lift / })
    .first()
    .waitFor({ state: 'detached' });
  watched.isClean();
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
