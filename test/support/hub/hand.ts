// A person at the dashboard: by mouse, or by keyboard alone. Both find things by the name that a screen reader says, and wait
// until they are there.
import type { Locator, Page } from 'playwright-core';

export interface Hand {
  /** Follows the link, or presses the button, of this name; in a dialog while one is open. */
  press(name: string | RegExp): Promise<void>;
  /** Writes into the field with this label. */
  write(label: string, text: string): Promise<void>;
  /** Chooses from the list with this label. */
  choose(label: string, option: string): Promise<void>;
  /** Goes to what is there to be read, until it is in sight. */
  readTo(what: Locator): Promise<void>;
}

/** Everything that one can get to on a page of the tests is fewer steps away. */
const mostSteps = 200;

/** Runs in the page. */
const hasFocus = (element: { readonly ownerDocument: { readonly activeElement: unknown } }): boolean =>
  element === element.ownerDocument.activeElement;

const scopeOf = async (page: Page): Promise<Page | Locator> => {
  const dialog = page.locator('dialog[open]');
  return (await dialog.count()) > 0 ? dialog : page;
};

/** A dialog may close meanwhile, once the Hub has answered. */
async function find(page: Page, name: string | RegExp): Promise<Locator> {
  const named = { name, exact: typeof name === 'string' };
  for (let step = 0; step < mostSteps; step += 1) {
    const scope = await scopeOf(page);
    const found = scope.getByRole('button', named).or(scope.getByRole('link', named)).first();
    if (await found.isVisible()) return found;
    await page.waitForTimeout(100);
  }
  throw new Error(`there is no button and no link ${String(name)}`);
}

export function byMouse(page: Page): Hand {
  return {
    press: async (name) => (await find(page, name)).click(),
    write: async (label, text) => (await scopeOf(page)).getByRole('textbox', { name: label }).fill(text),
    async choose(label, option) {
      const list = page.getByRole('combobox', { name: label });
      await list.locator('option', { hasText: option }).waitFor({ state: 'attached' });
      await list.selectOption(option);
    },
    async readTo(what) {
      await what.waitFor();
      await page.mouse.move(600, 400);
      for (let step = 0; step < mostSteps; step += 1) {
        const { y = 0, height = 0 } = (await what.boundingBox()) ?? {};
        if (y + height <= (page.viewportSize()?.height ?? 0)) return;
        await page.mouse.wheel(0, 200);
      }
      throw new Error('the page does not scroll to it');
    },
  };
}

export function byKeyboard(page: Page): Hand {
  const goTo = async (what: Locator): Promise<void> => {
    await what.waitFor();
    for (let step = 0; step < mostSteps; step += 1) {
      if (await what.evaluate(hasFocus)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not get to ${String(what)}`);
  };
  return {
    async press(name) {
      await goTo(await find(page, name));
      await page.keyboard.press('Enter');
    },
    async write(label, text) {
      await goTo((await scopeOf(page)).getByRole('textbox', { name: label }));
      await page.keyboard.type(text);
    },
    async choose(label, option) {
      const list = page.getByRole('combobox', { name: label });
      await list.locator('option', { hasText: option }).waitFor({ state: 'attached' });
      await goTo(list);
      await page.keyboard.type(option);
    },
    readTo: goTo,
  };
}

export const hands = [
  { hand: 'mouse', take: byMouse },
  { hand: 'keyboard', take: byKeyboard },
] as const;
