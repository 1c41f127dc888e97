// The dashboard of a governed project with tokens: who may only read sees no button, and an approver approves.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { realClock } from '../support/clock.ts';
import { aPointer, aRelease } from '../support/documents/release.ts';
import { openBrowser, openPage } from '../support/hub/browser.ts';
import { byKeyboard, hands } from '../support/hub/hand.ts';
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
  await served.land('feat: one more', { 'releases/v1.3.0.yaml': aRelease({ release: 'v1.3.0' }) });
  await served.land('promote(dev): v1.1.0 -> v1.2.0', { 'environments/dev.yaml': aPointer('v1.2.0') });
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

it.each([
  { ...hands[0], release: 'v1.1.0' },
  { ...hands[1], release: 'v1.2.0' },
])('lets the approver approve by $hand, and shows that the release is served', async ({ take, release }) => {
  await served.land(`promote(prod): ${release}`, { 'environments/prod.yaml': aPointer(release) });
  const watched = await openPage(browser, hub.url, await signToken('ada', 'operator'));
  const { page } = watched;
  const hand = take(page);
  await page
    .getByRole('article', { name: 'prod', exact: true })
    .getByText(`should serve ${release}`)
    .waitFor();
  await hand.press('prod');
  await hand.press('Approve');
  await hand.write('Comment', 'looks right');
  await hand.press('Approve');
  await page.getByRole('main').getByText(`It serves ${release}`).waitFor();
  watched.isClean(/status of 401/);
  await page.context().close();
});

it('takes a rejection, a halt, a veto and the end of a hold, each by keyboard alone', async () => {
  await served.land('promote(prod): v1.2.0 -> v1.3.0', { 'environments/prod.yaml': aPointer('v1.3.0') });
  const other = await openPage(browser, hub.url, await signToken('otto', 'operator'));
  await other.page.getByRole('link', { name: 'prod', exact: true }).click();
  await other.page.getByRole('button', { name: 'Freeze' }).waitFor();
  expect(await other.page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
  await other.page.context().close();

  const watched = await openPage(browser, hub.url, await signToken('ada', 'operator'));
  const { page } = watched;
  await page.getByRole('article', { name: 'prod', exact: true }).waitFor();
  const open = (hash: string): Promise<unknown> => page.goto(`${hub.url}/#/${hash}`);
  const hand = byKeyboard(page);
  const act = async (name: string, field?: string, text = ''): Promise<void> => {
    await hand.press(name);
    const dialog = page.getByRole('dialog', { name });
    if (field !== undefined) await hand.write(field, text);
    await hand.press(name);
    await dialog.waitFor({ state: 'hidden' });
  };
  await open('environment/prod');
  await act('Reject', 'Comment', 'not before the audit');
  await page.getByRole('heading', { name: 'Gates: v1.3.0 refused' }).waitFor();
  await act('Halt everything', 'Reason', 'the warehouse burns');
  await act('Lift halt');
  await page.getByRole('button', { name: 'Lift halt', exact: true }).waitFor({ state: 'detached' });
  await served.land('hold(prod)', {
    'environments/prod.yaml': `${aPointer('v1.1.0')}hold: {reason: later}\n`,
  });
  await act('Resume');
  expect(await served.repo.git('show', 'main:environments/prod.yaml')).not.toContain('hold');
  await page.getByText('What changed from v1.3.0 to v1.1.0').first().click();
  await page.getByText('config › greeting').first().waitFor();

  await open('release/v1.2.0');
  await act('Veto', 'Reason', 'loses orders');
  await page.getByText('Vetoed: loses orders').waitFor();
  expect(await page.getByRole('button', { name: 'Veto', exact: true }).count()).toBe(0);
  await act('Lift the veto');
  await page.getByRole('button', { name: 'Veto', exact: true }).waitFor();
  watched.isClean(/status of 401/);
  await page.context().close();
});
