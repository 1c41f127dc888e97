// A real browser over a running Hub: Debian's Chromium, driven by playwright-core. Every page is watched: what it asks for
// outside the Hub's origin, and what the browser complains of (its content security policy among it), fails the test.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
/** Where the run leaves its screenshots. */
const shots = join(tmpdir(), 'stk-screenshots');
/** Where it leaves the pictures of the documents: `npm run screenshots` names docs/. */
const pictures = process.env['STK_PICTURES'] ?? shots;

export interface WatchedPage {
  readonly page: Page;
  /** Throws when something left the origin or the browser complained. `expected`: complaints that the test provoked. */
  isClean(expected?: RegExp): void;
  /** Violations that axe-core finds, by rule and element. */
  violations(): Promise<readonly string[]>;
  /** At 360 and 1,280 pixels, light and dark. */
  photograph(name: string): Promise<void>;
  /** As a document shows it: this many pixels high. */
  picture(name: string, height: number): Promise<void>;
}

export async function openBrowser(): Promise<Browser> {
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Error(
      'The tests of the dashboard need Chromium: apt-get install -y --no-install-recommends chromium',
    );
  // Chromium's own sandbox needs a user that may make namespaces; the page is ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export async function openPage(browser: Browser, url: string, token?: string): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const { origin } = new URL(url);
  const complaints: string[] = [];
  const strays: string[] = [];
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${origin}/`) && !asked.startsWith('data:') && !asked.startsWith('blob:'))
      strays.push(asked);
    if (token !== undefined && asked.includes(token)) strays.push('an address has the token');
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  if (token !== undefined) {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  return {
    page,
    isClean(expected) {
      expect(strays).toEqual([]);
      expect(complaints.filter((text) => expected?.test(text) !== true)).toEqual([]);
    },
    async violations() {
      await page.evaluate(axe.source);
      const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run()',
      );
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    },
    async picture(name, height) {
      await mkdir(pictures, { recursive: true });
      await page.setViewportSize({ width: 1280, height });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
      await page.setViewportSize({ width: 1280, height: 800 });
    },
    async photograph(name) {
      await mkdir(shots, { recursive: true });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [360, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`) });
        }
      }
      await page.emulateMedia({ colorScheme: 'light' });
    },
  };
}
