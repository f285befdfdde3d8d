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

/** Opens the page of officers in a theme; nobody is signed in yet. */
async function openOffice(browser, office, theme) {
  const opened = await stage.openPage(browser, office.url, {
    viewport: SIZE, reducedMotion: 'reduce', settings: { theme, sound: false },
  });
  await opened.page.waitForSelector('#signIn:not([hidden])');
  await opened.page.waitForTimeout(200);
  return opened;
}

async function enter(page, name) {
  await signIn(page, name);
  await stage.until(page, '#details', /Areas under warning/);
  await page.keyboard.press('a');
  await page.waitForFunction(() => document.getElementById('alarm').hidden);
  await page.keyboard.press('0');
}

/** The way in, and what an officer of the watch sees. */
async function goldenWatch(browser, office, theme, say) {
  const { page, faults, close } = await openOffice(browser, office, theme);
  await check(page, theme, 'sign-in', say);
  await enter(page, 'kim');
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

/** What the controller of an exercise sees; with `suspended`, what everybody does. */
async function goldenControl(browser, office, theme, suspended, say) {
  const { page, faults, close } = await openOffice(browser, office, theme);
  await enter(page, 'boss');
  if (suspended) {
    await stage.until(page, '#outage', /SUSPENDED/);
  } else {
    await page.keyboard.press('c');
    await stage.until(page, '#controlLaunches', /launch once more/);
  }
  await page.waitForTimeout(300);
  await check(page, theme, suspended ? 'suspended' : 'control', say);
  await close();
  assert.deepEqual(faults, []);
}

async function goldenOffice({ browser, office, say }) {
  office.say('run 250 0 5');
  for (const theme of THEMES) {
    await goldenWatch(browser, office, theme, say);
    await goldenControl(browser, office, theme, false, say);
  }
  office.say('suspend');
  for (const theme of THEMES) {
    await goldenControl(browser, office, theme, true, say);
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
