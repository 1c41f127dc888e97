// The examples in the dashboard, as the documents show them: the pipeline with a release under way in every environment, and
// what the shop's prod lacks. `npm run screenshots` puts the pictures into docs/.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { aPointer } from '../support/documents/release.ts';
import { openBrowser, openPage } from '../support/hub/browser.ts';
import { openExamplePipeline, type ExamplePipeline } from '../support/hub/example-pipeline.ts';
import { openServedClone, type ServedClone } from '../support/hub/served-clone.ts';

let pipeline: ExamplePipeline;
let shop: ServedClone;
let browser: Browser;
beforeAll(async () => {
  [pipeline, browser] = await Promise.all([openExamplePipeline(), openBrowser()]);
  shop = await openServedClone();
});
afterAll(async () => {
  await browser?.close();
  await pipeline?.close();
  await shop?.close();
});

function check(release: string, name: string, ...values: readonly string[]): Promise<void> {
  const passed = ['--status', 'passed', '--run-id', '12345'];
  return pipeline.as('CI', 'evidence', 'check', '--release', release, '--name', name, ...passed, ...values);
}

it('shows the pipeline of the example with a release under way', async () => {
  await pipeline.repo.commit('promote(dev): v1.2.2 -> v1.2.3', {
    'environments/dev.yaml': aPointer('v1.2.3'),
  });
  await pipeline.untilServing('dev', 'v1.2.3');
  await check('v1.2.3', 'ci');
  await check('v1.2.3', 'unit-tests', '--value', 'coverage=83.4');
  await check('v1.2.3', 'security-scan', '--value', 'critical=0', '--value', 'high=0');
  await check('v1.2.3', 'e2e');
  await check('v1.2.3', 'load-test');
  await pipeline.as('Rev', 'approve', '--release', 'v1.2.3', '--env', 'staging');
  await pipeline.untilServing('staging', 'v1.2.3');
  await pipeline.as('Ada', 'release', 'promote', '--from', 'staging', '--to', 'canary', '--when-ready');
  await pipeline.as('Grace', 'approve', '--release', 'v1.2.3', '--env', 'canary');
  await pipeline.untilServing('canary', 'v1.2.3');
  await pipeline.repo.commit('promote(dev): v1.2.3 -> v1.2.4', {
    'environments/dev.yaml': aPointer('v1.2.4'),
  });
  await pipeline.untilServing('dev', 'v1.2.4');
  await pipeline.as('Ada', 'release', 'promote', '--from', 'dev', '--to', 'staging', '--when-ready');
  await check('v1.2.4', 'ci');
  await pipeline.as('Grace', 'freeze', 'fair', '--env', 'production', '--reason', 'the autumn fair');
  await pipeline.call(300);

  const watched = await openPage(browser, pipeline.hub.url);
  const { page } = watched;
  const card = (name: string) => page.getByRole('article', { name, exact: true });
  await card('dev').getByRole('link', { name: 'v1.2.4' }).waitFor();
  await card('staging').getByText('should serve v1.2.4').waitFor();
  await card('staging').getByRole('list', { name: 'gates' }).getByText('review').waitFor();
  await card('canary').getByText('10 % of production').waitFor();
  await card('production').getByText('frozen').waitFor();
  expect(await page.getByRole('article').allInnerTexts()).toMatchObject([
    expect.stringMatching(/^dev/),
    expect.stringMatching(/^staging[^]*from dev/),
    expect.stringMatching(/^canary[^]*from staging/),
    expect.stringMatching(/^production[^]*from canary/),
  ]);
  expect(await watched.violations()).toEqual([]);
  await watched.picture('dashboard', 590);

  await page.getByLabel('Follow a release').fill('v1.2.3');
  await card('dev').waitFor({ state: 'detached' });
  expect(await page.getByRole('article').count()).toBe(2);
  watched.isClean();
  await page.context().close();
});

it('shows what the database of the shop lacks before a promotion', async () => {
  const watched = await openPage(browser, `${shop.hub.url}/#/move/prod/promote?release=v2.2.0`);
  const refusal = watched.page.getByRole('region', { name: 'check' }).getByRole('alert');
  await refusal.getByText('A migration that would make the database fit').waitFor();
  await watched.page.getByRole('region', { name: 'what changes' }).getByRole('listitem').first().waitFor();
  expect(await watched.violations()).toEqual([]);
  await watched.picture('dashboard-refusal', 800);
  watched.isClean(/status of 409/);
  await watched.page.context().close();
});
