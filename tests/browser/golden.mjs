// Pictures of the page's main states, compared with those in golden/. Letters may be drawn a little
// differently on another machine: a small share of the pixels may differ.
//
// WATCHFIRE_GOLDEN=write makes them anew: look at each before you commit it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { signIn } from './officers.mjs';
import * as stage from './stage.mjs';

const FOLDER = new URL('golden/', import.meta.url).pathname;
const DIFFERENT_MAX = 0.005; // of the pixels
const SIZE = { width: 1110, height: 640 };

/** name, seconds after launch, what the page says then, and a key that is pressed */
const STATES = [
  ['quiet', 20, '#counts', /sensors 1 of 2/],
  ['warning', 250, '#details', /Areas under warning/],
  ['link-lost', 600, '#links', /KOR DOWN/],
];

function compare(name, taken) {
  const kept = path.join(FOLDER, name + '.png');
  if (process.env.WATCHFIRE_GOLDEN === 'write') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(kept, taken);
    return 0;
  }
  const a = PNG.sync.read(readFileSync(kept));
  const b = PNG.sync.read(taken);
  assert.deepEqual([b.width, b.height], [a.width, a.height], name);
  const differing = pixelmatch(a.data, b.data, null, a.width, a.height, { threshold: 0.2 });
  const share = differing / (a.width * a.height);
  if (share > DIFFERENT_MAX) {
    const place = path.join(tmpdir(), `watchfire-${name}.png`);
    writeFileSync(place, taken);
    assert.fail(`${name}: ${(100 * share).toFixed(1)} % of the pixels differ; see ${place}`);
  }
  return share;
}

const THEMES = ['dark', 'light'];

async function check(page, theme, name, say) {
  const share = compare(`${theme}-${name}`, await page.screenshot());
  say(`${theme} ${name}: ${(100 * share).toFixed(2)} % of the pixels differ`);
}

/** What only signed-in people see, and the way in. */
async function goldenOffice({ browser, office, say }) {
  office.say('run 250 0 5');
  for (const theme of THEMES) {
    const { page, faults, close } = await stage.openPage(browser, office.url, {
      viewport: SIZE, reducedMotion: 'reduce', settings: { theme, sound: false },
    });
    await page.waitForSelector('#signIn:not([hidden])');
    await page.waitForTimeout(200);
    await check(page, theme, 'sign-in', say);
    await signIn(page, 'kim');
    await stage.until(page, '#details', /Areas under warning/);
    await page.keyboard.press('a');
    await page.waitForFunction(() => document.getElementById('alarm').hidden);
    await page.keyboard.press('0');
    await page.click('#orders button:has-text("false")');
    await page.fill('#orderReason', 'the radar is tested');
    await page.waitForTimeout(300);
    await check(page, theme, 'order', say);
    await page.click('#orderNo');
    await page.keyboard.press('o');
    await stage.until(page, '#handoverText', /Orders of the last 12 hours.*acknowledge/s);
    await check(page, theme, 'hand-over', say);
    await close();
    assert.deepEqual(faults, []);
  }
}

export async function golden({ browser, server, office, say }) {
  for (const [name, t, where, what] of STATES) {
    server.say(`run ${t} 0 5`);
    for (const theme of THEMES) {
      const { page, faults, close } = await stage.openPage(browser, server.url, {
        viewport: SIZE, reducedMotion: 'reduce', settings: { theme, sound: false },
      });
      await stage.complete(page);
      await stage.until(page, '#clock', new RegExp(`22:2${Math.floor(t / 60) + 2}:|22:3`));
      await stage.until(page, where, what);
      await page.keyboard.press('0');
      await page.waitForTimeout(300);
      await check(page, theme, name, say);
      assert.deepEqual(faults, []);
      await close();
    }
  }
  await goldenOffice({ browser, office, say });
}
