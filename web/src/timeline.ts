// The time line: what happened when, and back to any moment since the page was opened.
import { $, el, put } from './dom';
import { hms, zulu } from './format';
import { happenings, happeningWords } from './history';
import { backToNow, extent, now, play, playing, replayAt, replaying } from './store';
import { t } from './words';

const STEP_S = 5; // an arrow key moves so far

const slider = (): HTMLInputElement => $('slider') as HTMLInputElement;
let marks = '';

function showMarks(from: number, to: number): void {
  const shown = happenings().filter(h => h.at_s >= from && h.at_s <= to);
  const width = Math.max(1, to - from);
  const wanted = shown.map(h => `${h.at_s}${h.key}${h.event}`).join() + Math.round(width / 2);
  if (wanted === marks) {
    return;
  }
  marks = wanted;
  $('marks').replaceChildren(
    ...shown.map(h => {
      const mark = el('i', h.threat ? 'threat' : '');
      mark.style.left = `${(100 * (h.at_s - from)) / width}%`;
      mark.title = `${hms(zulu(h.at_s))} ${happeningWords(h)}`;
      return mark;
    }),
  );
}

export function showTimeLine(): void {
  const [from, to] = extent();
  const bar = slider();
  bar.min = '0';
  bar.max = String(Math.max(1, Math.round(to - from)));
  bar.step = '1';
  bar.setAttribute('aria-label', t('timeLine'));
  const at = replaying() ? now() : to;
  if (document.activeElement !== bar || playing() || !replaying()) {
    bar.value = String(Math.round(at - from));
  }
  bar.setAttribute('aria-valuetext', hms(zulu(at)));
  put($('play'), t(playing() ? 'pause' : 'play'));
  put($('now'), t('nowButton'));
  ($('now') as HTMLButtonElement).disabled = !replaying();
  showMarks(from, to);
  const banner = $('replay');
  banner.hidden = !replaying();
  put(banner, replaying() ? `${t('replay', hms(zulu(now())))} · ${t('backToNow')}` : '');
}

let listed: unknown = null;

/** The list of what happened, if it is open. */
export function showHistory(): void {
  const all = happenings();
  const last = all[all.length - 1];
  if (!($('history') as HTMLDialogElement).open || last === listed) {
    return;
  }
  listed = last;
  $('historyList').replaceChildren(
    ...[...all].reverse().map(h => {
      const button = el('button', '', `${hms(zulu(h.at_s))}  ${happeningWords(h)}`);
      button.onclick = () => replayAt(h.at_s);
      return el('li', h.threat ? 'threat' : '', button);
    }),
  );
}

export function togglePlay(): void {
  if (replaying()) {
    play(!playing());
  } else {
    replayAt(extent()[0]);
    play(true);
  }
}

export function stepReplay(direction: number): void {
  const [, to] = extent();
  const at = (replaying() ? now() : to) + direction * STEP_S;
  if (at >= to) {
    backToNow();
  } else {
    replayAt(at);
  }
}

export function handleTimeLine(changed: () => void): void {
  slider().oninput = () => {
    const [from, to] = extent();
    const at = from + Number(slider().value);
    if (at >= Math.floor(to) - 1) {
      backToNow();
    } else {
      replayAt(at);
    }
    changed();
  };
  $('play').onclick = () => {
    togglePlay();
    changed();
  };
  $('now').onclick = () => {
    backToNow();
    changed();
  };
}
