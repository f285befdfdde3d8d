// The tests of the page in a browser, a case each; prints TAP from number 2 on (test_browser.py has
// the first).
//
//   node browser.mjs FAKE_CONSOLE [CASE]
import assert from 'node:assert/strict';
import * as stage from './stage.mjs';

const [, , program, only] = process.argv;
const FIRST_LOAD_MAX = 250e3;
const COMPLETE_MS_MAX = 600;

const cases = {
  'loads in little and draws soon': async ({ browser, server }) => {
    server.say('at 300');
    const times = [];
    for (let i = 0; i < 5; i++) {
      const { page, faults, close } = await stage.openPage(browser, server.url);
      await stage.complete(page);
      times.push(await page.evaluate(() => performance.getEntriesByName('map-complete')[0].startTime));
      const bytes = await page.evaluate(() =>
        performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
          .filter(r => !r.name.endsWith('/events'))
          .reduce((sum, r) => sum + r.transferSize, 0));
      assert.ok(bytes > 50e3 && bytes <= FIRST_LOAD_MAX, `${bytes} bytes`);
      assert.deepEqual(faults, []);
      await close();
      say(`first load ${bytes} bytes, map complete after ${times.at(-1).toFixed(0)} ms`);
    }
    assert.ok(Math.min(...times) <= COMPLETE_MS_MAX, times.join(' '));
  },

  'one line says all': async ({ browser, server }) => {
    server.say('at 200');
    const { page, faults, close } = await stage.openPage(browser, server.url);
    await stage.until(page, '#events', /AMBER-1/);
    const line = await stage.text(page, '#events');
    for (const part of [
      /^EXERCISEAMBER-1 · from land in Jagang, North Korea · at 07:22:00 JST \(22:22:00Z\)/,
      / · toward sea, 2,900 km east of Iwate, Japan · overflight of Aomori in 02:10 · /,
      / · impact in 16:40 ± 20 s · almost certainly intermediate range · /,
      / · reported by JPN, KOR, USA▲ WARNING 2: Aomori 3 % overflight in 02:10, Hokkaidō /,
    ]) {
      assert.match(line, part);
    }
    assert.equal(await page.title(), 'EXERCISE · JPN · Watchfire');
    assert.match(await page.getAttribute('#icon', 'href'), /#exercise$/);
    assert.equal(await page.getAttribute('body', 'data-domain'), 'exercise');
    assert.match(await stage.text(page, '#details'), /Impact 95 %.*Impact 50 %.*Each nation/s);
    server.say('at 600');
    await stage.until(page, '#links', /KOR DOWN 01:40, 12 missing/);
    await stage.until(page, '#details', /KOR.*lost 03:00/);
    server.say('at 1200');
    await stage.until(page, '#events', /ALL CLEAR/);
    assert.deepEqual(faults, []);
    await close();
  },

  'moves smoothly': async ({ browser, server }) => {
    server.say('at 300');
    const state = await stage.stateOf(server.url);
    for (const [count, least] of [[20, 55], [200, 30]]) {
      const salvo = await stage.pictureServer(server.url, 10, n =>
        stage.multiplied({ ...state, sequence: n }, count, n / 500));
      const { page, faults, close } = await stage.openPage(browser, salvo.url);
      await stage.complete(page);
      const rates = [];
      for (let i = 0; i < 3; i++) {
        rates.push(await page.evaluate(framesPerSecond));
      }
      say(`${count} objects: ${rates.map(r => r.toFixed(1)).join(', ')} frames a second`);
      assert.ok(Math.max(...rates) >= least, `${count} objects: ${rates.join(' ')}`);
      assert.deepEqual(faults, []);
      await close();
      salvo.close();
    }
  },
};

/** Draws at every frame for a second and a half. In the page. */
function framesPerSecond() {
  return new Promise(resolve => {
    const from = performance.now();
    const before = window.watchfire.frames();
    const step = () => {
      window.watchfire.redraw();
      const run = performance.now() - from;
      if (run < 1500) {
        requestAnimationFrame(step);
      } else {
        resolve(((window.watchfire.frames() - before) * 1000) / run);
      }
    };
    step();
  });
}

const said = [];

function say(line) {
  said.push(line);
}

const browser = await stage.launch();
let number = 1;
let failed = 0;
for (const [name, run] of Object.entries(cases).filter(([n]) => !only || n.includes(only))) {
  const server = await stage.fakeConsole(program);
  number++;
  const from = performance.now();
  try {
    await run({ browser, server });
    console.log(`ok ${number} - ${name}`);
  } catch (e) {
    failed++;
    console.log(e.stack.replace(/^/gm, '# '));
    console.log(`not ok ${number} - ${name}`);
  }
  said.splice(0).forEach(line => console.log('# ' + line));
  console.log(`# ${((performance.now() - from) / 1000).toFixed(1)} s`);
  server.close();
}
console.log(`1..${number}`);
await browser.close();
process.exit(failed ? 1 : 0);
