// The page where officers sign in: what it shows to whom, orders with their reasons, wrong
// passwords, and another site that tries.
import assert from 'node:assert/strict';
import http from 'node:http';
import * as stage from './stage.mjs';

export const PASSWORD = 'a horse of the watch';

export async function signIn(page, name, password = PASSWORD) {
  await page.waitForSelector('#signIn:not([hidden])');
  await page.fill('#signInName', name);
  await page.fill('#signInPassword', password);
  await page.press('#signInPassword', 'Enter');
}

async function open(browser, server, name, options) {
  const opened = await stage.openPage(browser, server.url, options);
  await signIn(opened.page, name);
  await stage.until(opened.page, '#events', /AMBER-1/);
  return opened;
}

async function command(page, words) {
  await page.keyboard.press('/');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
}

async function steersAndIsSuspended(page, office) {
  await page.keyboard.press('c');
  await stage.until(page, '#controlTitle', /^Exercise control: Over Japan$/);
  await stage.until(page, '#controlLaunches', /AMBER.*970 km.*4,600 km.*launch once more/s);
  await page.click('#controlPause');
  await stage.until(page, '#controlState', /paused/);
  await page.evaluate(() => document.activeElement.blur());
  await command(page, 'go 10');
  await stage.until(page, '#controlState', /×1/);
  office.say('suspend');
  await stage.until(page, '#outage', /^EXERCISE SUSPENDEDA LIVE EVENT IS GOING ON$/);
}

export const officerCases = {
  'shows nothing before a sign-in, and locks after five wrong passwords': async ({
    browser, office,
  }) => {
    office.say('run 200 1 10');
    const { page, faults, close } = await stage.openPage(browser, office.url);
    await page.waitForSelector('#signIn:not([hidden])');
    await page.waitForTimeout(300);
    assert.equal(await page.isVisible('#domain'), false);
    assert.equal(await stage.text(page, '#events'), '');
    for (let i = 0; i < 5; i++) {
      await signIn(page, 'kim', 'not the password');
      await stage.until(page, '#signInSays', /^Wrong name or password\.$/);
      await page.evaluate(() => { document.getElementById('signInSays').textContent = ''; });
    }
    await signIn(page, 'kim');
    await stage.until(page, '#signInSays', /^Too many were wrong: locked for 01:00\.$/);
    assert.ok(faults.length === 6 && faults.every(f => /status of 4(03|29)/.test(f)),
      faults.join('\n'));
    await close();
  },

  'an officer finds it false, takes it back, hands over': async ({ browser, office }) => {
    office.say('announce');
    office.say('run 250 1 10');
    const { page, faults, close } = await open(browser, office, 'kim');
    await stage.until(page, '#officerName', /^kim · watch officer$/);
    await stage.until(page, '#events', /▲ WARNING/);
    await stage.until(page, '#alarmText', /1 not acknowledged/);
    await page.click('#map', { position: { x: 500, y: 400 } });
    await page.keyboard.press('a');
    await stage.until(page, '#details', /Acknowledgedkim, 22:2\d:\d\dZ/);
    assert.equal(await page.isDisabled('#orders button:has-text("hold release")'), true);
    await stage.until(page, '#orders', /needs the role: release officer/);
    await page.click('#orders button:has-text("false")');
    assert.match(await stage.text(page, '#orderMeans'), /warning is cancelled at once/);
    assert.equal(await page.isDisabled('#orderGo'), true);
    await page.fill('#orderReason', '  ');
    assert.equal(await page.isDisabled('#orderGo'), true);
    await page.fill('#orderReason', 'レーダー試験'.repeat(20));
    await stage.until(page, '#orderSays', /too long/);
    await page.fill('#orderReason', 'the radar is tested');
    await page.press('#orderReason', 'Enter');
    await stage.until(page, '#events', /withdrawn: found false✓ WARNING CANCELLED/);
    await stage.until(page, '#said', /Done, and journalled/);
    await command(page, 'real AMBER it is there after all');
    await stage.until(page, '#events', /▲ WARNING/);
    await command(page, 'space it was announced');
    await stage.until(page, '#events', /KNOWN SPACE LAUNCH/);
    const orders = await page.evaluate(async () => (await fetch('orders')).json());
    assert.deepEqual(orders.orders.map(o => [o.order, o.by, o.name, o.reason]), [
      ['space', 'kim', 'AMBER-1', 'it was announced'],
      ['real', 'kim', 'AMBER-1', 'it is there after all'],
      ['false', 'kim', 'AMBER-1', 'the radar is tested'],
      ['acknowledge', 'kim', 'AMBER-1', ''],
    ]);
    await page.keyboard.press('o');
    await stage.until(page, '#handoverTitle', /^EXERCISE · Japan · Hand-over$/);
    await stage.until(page, '#handoverText',
      /Live now.*AMBER-1 · ANNOUNCED.*kim, 22:2.*Warnings in force.*update.*Aomori.*R2silent/s);
    await stage.until(page, '#handoverText', /kim.*known space launch.*it was announced/s);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.isVisible('#bar') || await page.isVisible('#handoverPrint'), false);
    assert.equal(await page.isVisible('#handoverTitle'), true);
    await page.emulateMedia({ media: 'screen' });
    await page.keyboard.press('Escape');
    assert.equal(await page.isVisible('#handover'), false);
    await page.reload();
    await stage.until(page, '#officerName', /^kim/);
    await page.click('#signOut');
    await page.waitForSelector('#signIn:not([hidden])');
    assert.deepEqual(faults, []);
    await close();
  },

  'roles: one holds, one only looks on, one controls the exercise': async ({ browser, office }) => {
    office.say('run 250 1 10');
    const sato = await open(browser, office, 'sato');
    await sato.page.click('#orders button:has-text("hold release")');
    await sato.page.selectOption('#orderWhich', 'USA');
    await sato.page.fill('#orderReason', 'not agreed with them');
    await sato.page.click('#orderGo');
    await stage.until(sato.page, '#events', /NOT RELEASED to USA/);
    const lee = await open(browser, office, 'lee', { settings: { language: 'ja' } });
    await stage.until(lee.page, '#officerName', /^lee · 閲覧者$/);
    await stage.until(lee.page, '#events', /USAへ提供保留/);
    assert.equal(await lee.page.locator('#orders button:not([disabled])').count(), 0);
    await command(lee.page, 'false I think so');
    await stage.until(lee.page, '#said', /必要な役割：当直士官/);
    await lee.page.keyboard.press('c');
    await stage.until(lee.page, '#said', /必要な役割：訓練統裁/);
    assert.equal(await lee.page.isVisible('#control'), false);
    await lee.close();
    await sato.page.click('#signOut');
    await signIn(sato.page, 'boss');
    await stage.until(sato.page, '#officerName', /^boss · exercise control$/);
    await steersAndIsSuspended(sato.page, office);
    assert.deepEqual([...sato.faults, ...lee.faults], []);
    await sato.close();
  },

  'two release officers agree before the people are told, one takes it back': async ({
    browser, office,
  }) => {
    office.say('outlets');
    office.say('run 250 1 10');
    const sato = await open(browser, office, 'sato');
    await stage.until(sato.page, '#events', /NOT OUT YET: 0 of 2 officers agreed/);
    await stage.until(sato.page, '#details',
      /Told to people by.*ministries–22:.*in the feed.*cell broadcast0\/2waits for consent/s);
    await sato.page.click('#orders button:has-text("approve warning")');
    assert.match(await stage.text(sato.page, '#orderMeans'),
      /^EXERCISE: the warning goes to cell broadcast .*0 of 2/);
    await sato.page.click('#orderGo'); // no reason is needed: seconds count
    await stage.until(sato.page, '#details', /cell broadcast1\/2waits for consent.*Agreed: sato/s);
    await stage.until(sato.page, '#events', /NOT OUT YET: 1 of 2 officers agreed/);
    await sato.page.waitForFunction(() =>
      !document.getElementById('orders').textContent.includes('approve'));
    const kim = await open(browser, office, 'kim');
    assert.equal(await kim.page.isDisabled('#orders button:has-text("approve warning")'), true);
    await command(kim.page, 'approve AMBER');
    await stage.until(kim.page, '#said', /needs the role: release officer/);
    await kim.close();
    const abe = await open(browser, office, 'abe', { settings: { language: 'ja' } });
    await stage.until(abe.page, '#events', /未発信：2名中1名が承認/);
    await command(abe.page, 'approve AMBER');
    await stage.until(abe.page, '#details', /cell broadcast2\/222:.*HTTP 200: accepted/s);
    await stage.until(sato.page, '#details', /Agreed: sato, abe/);
    assert.doesNotMatch(await stage.text(sato.page, '#events'), /NOT OUT YET/);
    await abe.page.click('#orders button:has-text("警報を取消")');
    assert.equal(await abe.page.isDisabled('#orderGo'), true);
    await abe.page.fill('#orderReason', 'the wrong prefecture');
    await abe.page.click('#orderGo');
    await stage.until(sato.page, '#events', /WARNING TAKEN BACK/);
    await command(sato.page, 'warn AMBER it was the right one');
    await stage.until(sato.page, '#events', /▲ WARNING/);
    assert.deepEqual([...sato.faults, ...abe.faults, ...kim.faults], []);
    await abe.close();
    await sato.close();
  },

  "another site's page orders nothing": async ({ browser, office }) => {
    office.say('run 250 1 10');
    const { page, close } = await open(browser, office, 'kim');
    const token = await page.evaluate(async () => (await (await fetch('who')).json()).token);
    assert.match(token, /^[0-9a-f]{64}$/);
    const evil = http.createServer((_, answer) => {
      answer.writeHead(200, { 'Content-Type': 'text/html' });
      answer.end('<title>evil</title>');
    });
    await new Promise(resolve => evil.listen(0, '127.0.0.1', resolve));
    const other = await page.context().newPage();
    await other.goto(`http://localhost:${evil.address().port}/`);
    const body = JSON.stringify({ order: 'false', event: '7', reason: 'a trick' });
    const tried = await other.evaluate(async ([url, text, secret]) => {
      const all = [{ 'Content-Type': 'application/json', 'X-Watchfire-Token': secret },
        { 'Content-Type': 'text/plain' }];
      const said = [];
      for (const mode of ['cors', 'no-cors']) {
        for (const headers of all) {
          try {
            const answer = await fetch(url + '/order',
              { method: 'POST', mode, credentials: 'include', headers, body: text });
            said.push(`${answer.type} ${answer.status}`);
          } catch {
            said.push('refused');
          }
        }
      }
      try {
        said.push(await (await fetch(url + '/who', { credentials: 'include' })).text());
      } catch {
        said.push('unreadable');
      }
      return said;
    }, [office.url, body, token]);
    assert.deepEqual(tried, ['refused', 'refused', 'refused', 'refused', 'unreadable']);
    await stage.until(page, '#events', /▲ WARNING/);
    const orders = await page.evaluate(async () => (await fetch('orders')).json());
    assert.deepEqual(orders.orders, []);
    evil.close();
    await close();
  },
};
