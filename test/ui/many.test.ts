// The dashboard of many environments and releases while the Hub tells changes all the time: what is out of sight is not drawn,
// and nothing grows. `npm run soak` has 600 environments, 10,000 releases and ten minutes, and looks for tasks over 100 ms.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { aConstantRelease, aPointer } from '../support/documents/release.ts';
import type { TestRepo } from '../support/git/git-repo.ts';
import { openBrowser, openPage } from '../support/hub/browser.ts';
import type { HubProcess } from '../support/hub/hub-process.ts';
import { createManyEnvironments, type ManyEnvironments } from '../support/hub/many-environments.ts';
import { isSoak, repeats } from '../support/soak.ts';

const environments = repeats(80, 600);
const releases = repeats(220, 10_000);
/** Commits, each of which moves so many pointers; in the soak one a second, so that 50 environments change in each. */
const commits = repeats(6, 600);
const moved = repeats(10, 50);

let many: ManyEnvironments;
/** The Hub follows it. */
let repo: TestRepo;
let hub: HubProcess;
let browser: Browser;
beforeAll(async () => {
  [many, browser] = await Promise.all([createManyEnvironments(environments), openBrowser()]);
  const more = Array.from({ length: releases }, (_, at) => `r${at}`);
  repo = await many.remote.clone();
  await repo.commit(
    'feat: many releases',
    Object.fromEntries(more.map((id) => [`releases/${id}.yaml`, aConstantRelease(id)])),
  );
  hub = await many.startHub({ repo: repo.directory });
  await hub.untilServing(many.environments.at(-1) ?? '', 'a');
});
afterAll(async () => {
  await browser?.close();
  await many?.close();
});

/** Bytes after a collection, and how many elements there are. */
async function measure(page: Page): Promise<{ readonly heap: number; readonly elements: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize: heap } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { heap, elements: await page.evaluate<number>('document.querySelectorAll("*").length') };
}

/** Milliseconds of the longest task since it was asked last; a collection of garbage by `measure` is one of its own. */
function takeLongest(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(0, ...window.long.splice(0))');
}

it('draws what is in sight, follows every change, and holds no more at the end than at the beginning', async () => {
  const { page, isClean } = await openPage(browser, hub.url);
  const last = many.environments.at(-1) ?? '';
  await page.getByRole('article', { name: 'e1', exact: true }).waitFor();
  await page.evaluate(
    'window.long = []; new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask" })',
  );
  let longest = 0;
  let before: Awaited<ReturnType<typeof measure>> | undefined;
  const start = performance.now();
  for (let commit = 0; commit < commits; commit += 1) {
    if (isSoak) await delay(Math.max(0, start + commit * 1_000 - performance.now()));
    const names = Array.from({ length: moved }, (_, at) => `e${((commit * moved + at) % environments) + 1}`);
    const release = commit % 2 === 0 ? 'b' : 'a';
    await repo.commit(
      `promote: to ${release}`,
      Object.fromEntries(names.map((name) => [`environments/${name}.yaml`, aPointer(release)])),
    );
    await page.mouse.wheel(0, commit % 4 < 2 ? 3_000 : -3_000);
    await hub.untilServing(names.at(-1) ?? '', release);
    // The first changes fill what the page keeps of them.
    if (commit === Math.floor(commits / 3)) {
      longest = Math.max(longest, await takeLongest(page));
      before = await measure(page);
      await takeLongest(page);
    }
  }
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
  const card = page.getByRole('article', { name: last, exact: true });
  await card.waitFor();
  await repo.commit('promote: the last', { [`environments/${last}.yaml`]: aPointer('c') });
  await card.getByRole('link', { name: 'c', exact: true }).waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await page.getByRole('article', { name: 'e1', exact: true }).waitFor();
  longest = Math.max(longest, await takeLongest(page));
  const after = await measure(page);
  await takeLongest(page);
  expect(await page.getByRole('article').count()).toBeLessThan(40);
  expect(after.elements).toBeLessThan(2_000);
  expect(after.heap).toBeLessThan((before?.heap ?? 0) * 1.5 + 2_000_000);

  await page.getByRole('link', { name: 'Releases' }).click();
  const rows = page.getByRole('region', { name: 'releases' });
  await rows.getByRole('link').first().waitFor();
  expect(await rows.getByRole('listitem').count()).toBeLessThan(60);
  await rows.evaluate((box: { scrollTop: number; readonly scrollHeight: number }) => {
    box.scrollTop = box.scrollHeight;
  });
  // The next page is read at the end of the first.
  await page.getByText(/^(223|400 newest) releases$/).waitFor();
  await page.getByLabel('Find by id').fill('r0');
  await rows.getByRole('link', { name: 'r0', exact: true }).waitFor();
  longest = Math.max(longest, await takeLongest(page));
  if (isSoak) expect(longest).toBeLessThan(100);
  isClean();
});
