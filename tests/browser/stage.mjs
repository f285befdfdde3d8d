// What the tests of the page stand on: the node's own server over an invented flight, a server that
// makes many objects of it, and Chromium.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-first-run', '--force-device-scale-factor=1',
  '--font-render-hinting=none', '--autoplay-policy=no-user-gesture-required',
];

/** The server of tests/console/fake_console.c; `say` gives it a line. */
export async function fakeConsole(program, ...words) {
  const process_ = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: process_.stdout });
  const [url] = (await lines[Symbol.asyncIterator]().next()).value.split('\n');
  return {
    url,
    say: line => process_.stdin.write(line + '\n'),
    freeze: () => process_.kill('SIGSTOP'),
    thaw: () => process_.kill('SIGCONT'),
    close: () => process_.stdin.end(),
  };
}

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts),
        }));
    }).on('error', reject);
  });
}

export async function stateOf(url) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await get(url + '/state');
    if (answer.status === 200) {
      return JSON.parse(answer.body.toString());
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error('no picture came');
}

/** The picture with its first event `count` times, spread over the map; `shift` moves all. */
export function multiplied(state, count, shift) {
  const moved = (at, north, east) =>
    at && { ...at, lat_deg: at.lat_deg + north, lon_deg: at.lon_deg + east };
  const events = Array.from({ length: count }, (_, i) => {
    const north = 6 * Math.sin(i * 2.4) + shift;
    const east = 9 * Math.cos(i * 1.7) + shift;
    const e = state.events[0];
    return {
      ...e,
      id: String(i + 1),
      name: `EVENT-${i + 1}`,
      track: moved(e.track, north, east),
      launch: moved(e.launch, north, east),
      impact: moved(e.impact, north, east),
      solutions: e.solutions.map(s => ({
        ...s, track: moved(s.track, north, east), impact: moved(s.impact, north, east),
      })),
    };
  });
  return { ...state, events };
}

/** Serves the page of `url`, and pictures of its own making: `make(n)` gives the n-th. A script
 * goes into the page where one is given; what it sends to report?… comes out of `reported`. */
export async function pictureServer(url, perSecond, make, script = '') {
  const streams = new Set();
  let n = 0;
  let reported;
  const report = new Promise(resolve => {
    reported = resolve;
  });
  const server = http.createServer(async (request, response) => {
    if (request.url.startsWith('/report?')) {
      response.end();
      reported(JSON.parse(decodeURIComponent(request.url.slice(8))));
      return;
    }
    if (request.url === '/measure.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' });
      response.end(script);
      return;
    }
    if (request.url === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    const answer = await get(url + request.url);
    if (request.url === '/' && script) {
      const page = gunzipSync(answer.body).toString();
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end(page.replace('</head>', '<script src="measure.js"></script></head>'));
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const timer = setInterval(() => {
    const text = `data: ${JSON.stringify(make(++n))}\n\n`;
    streams.forEach(s => s.writableNeedDrain || s.write(text));
  }, 1000 / perSecond);
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    report,
    close: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** Opens the page in a Chromium that nobody watches, for watching costs; gives what it reports. */
export async function unwatched(server, width, height) {
  const home = mkdtempSync(path.join(tmpdir(), 'watchfire-'));
  const args = ['--headless', ...FLAGS, `--user-data-dir=${home}`,
    `--window-size=${width},${height}`, server.url];
  const process_ = spawn(CHROMIUM, args, { stdio: 'ignore', detached: true });
  try {
    const late = new Promise((_, refuse) => {
      setTimeout(() => refuse(new Error('the page has not reported')), 20000).unref();
    });
    return await Promise.race([server.report, late]);
  } finally {
    process.kill(-process_.pid, 'SIGKILL');
    await new Promise(resolve => process_.once('exit', resolve));
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const BUSY = 'const from = performance.now(); while (performance.now() - from < 200);';

/** How much longer what this machine computes takes now, since it has other work: 1 = none. Two
 * threads at once, as the browser needs them. */
export async function crowding() {
  const before = process.cpuUsage();
  const from = performance.now();
  const cores = Math.min(2, cpus().length);
  await Promise.all(Array.from({ length: cores }, () => new Promise(resolve => {
    new Worker(BUSY, { eval: true }).once('exit', resolve);
  })));
  const used = process.cpuUsage(before);
  return Math.max(1, (cores * (performance.now() - from) * 1e3) / (used.user + used.system));
}

/** A page that notes what it must not do: an error, or a request beyond its own server. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 }, deviceScaleFactor: 1, ...options,
  });
  const page = await context.newPage();
  const faults = [];
  const requests = [];
  page.on('pageerror', e => faults.push(e.stack ?? e.message));
  page.on('console', m => m.type() === 'error' && faults.push(m.text()));
  page.on('request', r => {
    requests.push(r.url());
    if (!r.url().startsWith(url)) {
      faults.push('asked for ' + r.url());
    }
  });
  if (options.settings) {
    await page.addInitScript(
      text => localStorage.setItem('watchfire', text), JSON.stringify(options.settings));
  }
  await page.goto(url, { waitUntil: 'commit' });
  return { page, faults, requests, close: () => context.close() };
}

export const complete = page =>
  page.waitForFunction(() => performance.getEntriesByName('map-complete').length > 0);

export const text = (page, selector) => page.textContent(selector);

/** Waits until the text of an element matches. */
export async function until(page, selector, pattern, timeout = 5000) {
  await page.waitForFunction(
    ([where, source]) => new RegExp(source).test(document.querySelector(where)?.textContent ?? ''),
    [selector, pattern.source], { timeout },
  );
}
