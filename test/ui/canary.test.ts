// A canary in the dashboard: watched as it runs, paused, resumed and aborted, by mouse and by keyboard alone; who may only
// read sees how it stands and no button.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { realClock } from '../support/clock.ts';
import { aPointer } from '../support/documents/release.ts';
import { openBrowser, openPage, type WatchedPage } from '../support/hub/browser.ts';
import { byKeyboard, byMouse, type Hand } from '../support/hub/hand.ts';
import { startTestHub, type TestHub } from '../support/hub/hub-client.ts';
import { pinnedAuth, signToken, tokenSecret } from '../support/hub/tokens.ts';
import { createCanaryRig, quick, type CanaryRig } from '../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';

let canary: CanaryRig;
let hub: TestHub;
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
beforeEach(async () => {
  canary = await createCanaryRig({
    analysis: { ...quick, minimum: '10m', maximum: '1h', override: ['release-approver'] },
    project: { people: { 'release-approver': ['ada'] } },
  });
  // Calls come to the rig's own Hub, which asks for no token; people come to this one.
  hub = await startTestHub(canary.rig.reconciler, {
    listener: { host: '127.0.0.1', port: 0, open: false, pinnedAuth },
    secret: () => tokenSecret,
    clock: realClock,
  });
});
afterEach(async () => {
  await hub.close();
  await canary.stop();
  await removeRigs();
});
afterAll(() => browser?.close());
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

/** The browser notes the question that went without a token. */
const unasked = /status of 401/;

async function openCanary(subject: string, role: string): Promise<WatchedPage> {
  const watched = await openPage(browser, hub.url, await signToken(subject, role));
  await watched.page.getByRole('article', { name: 'canary', exact: true }).waitFor();
  await watched.page.goto(`${hub.url}/#/canary/canary`);
  return watched;
}

it('shows a canary from its first look to its end, and does what a person asks', async () => {
  const watched = await openCanary('ada', 'operator');
  const { page } = watched;
  await page.getByText('No canary runs.').waitFor();
  await canary.rig.land('canary: r3', { 'environments/canary.yaml': aPointer('r3') });
  for (let look = 0; look < 3; look += 1) {
    await canary.load(60);
    await canary.look();
  }
  const progress = page.getByRole('region', { name: 'progress' });
  await progress.getByText('50 % of the calls, step 1 of 1').waitFor();
  const errors = page.getByRole('listitem', { name: 'errors' });
  await errors
    .getByText(/^0 of \d+, 0 to [\d.]+ %$/)
    .first()
    .waitFor();
  await errors.getByText(/Canary: 0 of \d+ calls failed/).waitFor();
  await page.getByRole('img', { name: /^errors, %: canary, at least 0\.00/ }).waitFor();
  expect(await watched.violations()).toEqual([]);
  await watched.photograph('canary');
  await page.setViewportSize({ width: 1280, height: 800 });

  const mouse = byMouse(page);
  const act = async (hand: Hand, what: string, why: string): Promise<void> => {
    await hand.press(what);
    await hand.write('Reason', why);
    await hand.press(what);
    await page.getByRole('dialog', { name: what }).waitFor({ state: 'hidden' });
  };
  await act(mouse, 'Pause', 'looking at the logs');
  await page.getByText('paused', { exact: true }).waitFor();
  await act(mouse, 'Resume', 'nothing in them');
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();

  const viewer = await openCanary('vera', 'viewer');
  await viewer.page.getByRole('region', { name: 'progress' }).waitFor();
  expect(await viewer.page.getByRole('main').getByRole('button').count()).toBe(0);
  viewer.isClean(unasked);
  await viewer.page.context().close();
  // Another operator may not promote it by hand.
  const other = await openCanary('otto', 'operator');
  await other.page.getByRole('button', { name: 'Abort', exact: true }).waitFor();
  expect(await other.page.getByRole('button', { name: 'Promote', exact: true }).count()).toBe(0);
  await other.page.context().close();
  expect(await page.getByRole('button', { name: 'Promote', exact: true }).count()).toBe(1);

  await act(mouse, 'Abort', 'a customer complains');
  await page.getByText('No canary runs. The last one, of r3, was aborted.').waitFor();
  await canary.rig.until(() => canary.rig.served('canary') === 'r2');
  expect(await canary.newest()).toContain('a customer complains');

  // The next one, by keyboard alone.
  await page.goto(`${hub.url}/#/`);
  const keyboard = byKeyboard(page);
  await canary.rig.land('canary: r1', { 'environments/canary.yaml': aPointer('r1') });
  await canary.load(60);
  await canary.look();
  await keyboard.press('50 % of prod');
  await progress.getByRole('link', { name: 'r1' }).waitFor();
  await act(keyboard, 'Pause', 'looking at the logs');
  await act(keyboard, 'Resume', 'nothing in them');
  await act(keyboard, 'Abort', 'it is too slow');
  await page.getByText('No canary runs. The last one, of r1, was aborted.').waitFor();
  expect(await canary.newest()).toContain('it is too slow');
  watched.isClean(unasked);
});
