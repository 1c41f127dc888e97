// The dashboard of a governed project with tokens: who may only read sees no button, and an approver approves.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { realClock } from '../support/clock.ts';
import { aPointer } from '../support/documents/release.ts';
import { openBrowser, openPage } from '../support/hub/browser.ts';
import type { TestHub } from '../support/hub/hub-client.ts';
import { aServerEnvironment } from '../support/hub/hub-state.ts';
import { pinnedAuth, signToken, tokenSecret } from '../support/hub/tokens.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
let hub: TestHub;
let browser: Browser;
beforeAll(async () => {
  const gates = { approve: { approval: { role: 'approver' } } };
  browser = await openBrowser();
  served = await serveRepo({
    project: {
      people: { approver: ['ada'] },
      environments: {
        dev: aServerEnvironment('dev'),
        prod: { ...aServerEnvironment('prod'), from: 'dev', gates },
      },
    },
  });
  hub = await served.startAnother({
    listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth },
    secret: () => tokenSecret,
    clock: realClock,
  });
  await served.land('promote(prod): v1.0.0 -> v1.1.0', { 'environments/prod.yaml': aPointer('v1.1.0') });
});
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it('shows who may only read what there is, and no button that would fail', async () => {
  const watched = await openPage(browser, hub.url, await signToken('vera', 'viewer'));
  const { page } = watched;
  const prod = page.getByRole('article', { name: 'prod', exact: true });
  await prod.locator('.marks').getByText('approve').waitFor();
  expect(await prod.getByText('from dev').count()).toBe(1);
  expect(await page.getByRole('link', { name: 'Promote' }).count()).toBe(0);
  expect(await watched.violations()).toEqual([]);
  await watched.photograph('waiting');
  await page.goto(`${hub.url}/#/environment/prod`);
  await page.getByRole('heading', { name: /^Gates: v1\.1\.0 waiting/ }).waitFor();
  expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
  // The first question goes without a token, and the browser notes the 401.
  watched.isClean(/status of 401/);
  await page.context().close();
});

it('says why a token is refused, and keeps it out of every address', async () => {
  const watched = await openPage(browser, hub.url, await signToken('nobody', 'stranger'));
  await watched.page.getByRole('alert').getByText('auth.control.read').waitFor();
  expect(await watched.violations()).toEqual([]);
  watched.isClean(/status of 40[13]/);
  await watched.page.context().close();
});

it('lets the approver approve, and shows that the release is served', async () => {
  const watched = await openPage(browser, hub.url, await signToken('ada', 'operator'));
  const { page } = watched;
  await page.getByRole('link', { name: 'prod', exact: true }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  const dialog = page.getByRole('dialog', { name: 'Approve' });
  await dialog.getByLabel('Comment').fill('looks right');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await page
    .getByRole('main')
    .getByText(/It serves v1\.1\.0/)
    .waitFor();
  watched.isClean(/status of 401/);
  await page.context().close();
});
