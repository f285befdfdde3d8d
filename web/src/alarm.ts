// Alarms: a new event, or a new threat, calls once; what comes within the next minute joins it.
import { $, put } from './dom';
import { seconds } from './format';
import { acknowledgeForAll } from './orders';
import { settings } from './settings';
import { present } from './store';
import { duty } from './tell';
import type { Picture } from './types';
import { t } from './words';

const GROUP_MS = 60000; // an officer is called about once in a minute at most
const THREAT_HZ = [880, 660, 880, 660];
const EVENT_HZ = [520, 660];

const seen = new Map<string, string>(); // event -> when the warning began that was called for
export const unread = new Set<string>();
let calledAt = -Infinity;
let calledThreat = false; // in the group that is open
let waiting = false; // something new came since the last call
let calls = 0;
let sound: AudioContext | null = null;

export const callCount = (): number => calls;

/** Browsers let a page sound only after a person has touched it. */
export function unlockSound(): void {
  if (settings.sound && !sound) {
    sound = new AudioContext();
  }
  void sound?.resume();
}

function tones(frequencies: number[]): void {
  if (!settings.sound || sound?.state !== 'running') {
    return;
  }
  const start = sound.currentTime;
  frequencies.forEach((hz, i) => {
    const tone = (sound as AudioContext).createOscillator();
    const gain = (sound as AudioContext).createGain();
    tone.frequency.value = hz;
    gain.gain.setValueAtTime(0, start + i * 0.25);
    gain.gain.linearRampToValueAtTime(0.25, start + i * 0.25 + 0.02);
    gain.gain.linearRampToValueAtTime(0, start + i * 0.25 + 0.22);
    tone.connect(gain).connect((sound as AudioContext).destination);
    tone.start(start + i * 0.25);
    tone.stop(start + i * 0.25 + 0.24);
  });
}

function call(threat: boolean, now_ms: number): void {
  calls++;
  calledAt = now_ms;
  calledThreat = threat;
  waiting = false;
  tones(threat ? THREAT_HZ : EVENT_HZ);
}

/** Looks for what is new. A page that has just been opened calls for what is not over. */
export function watch(picture: Picture, fresh: boolean): void {
  if (fresh) {
    seen.clear();
    unread.clear();
    calledAt = -Infinity;
  }
  let threat = false;
  for (const e of picture.events) {
    const known = seen.get(e.id);
    const began = e.warning.in_force ? e.warning.began ?? '' : '';
    const isRead = e.acknowledged && (!began || seconds(began) <= seconds(e.acknowledged));
    if (isRead || e.withdrawn) {
      unread.delete(e.id);
    } else if (!e.over && (known === undefined || (began && known !== began))) {
      unread.add(e.id);
      waiting = true;
      threat ||= e.warning.in_force;
    }
    seen.set(e.id, began || (known ?? ''));
  }
  const now_ms = performance.now();
  const due = now_ms - calledAt >= GROUP_MS;
  if (waiting && (due || (threat && !calledThreat))) {
    call(threat, now_ms);
  }
}

/** All that is new has been seen, for the nation if an officer of the watch says so; or only one
 * event, here. */
export function acknowledge(id?: string): void {
  if (id === undefined) {
    acknowledgeForAll([...unread]);
    unread.clear();
  } else {
    unread.delete(id);
  }
  waiting = waiting && unread.size > 0;
}

export function showAlarm(): void {
  const threat = (present()?.events ?? []).some(e => unread.has(e.id) && duty(e).kind === 'threat');
  const box = $('alarm');
  box.hidden = unread.size === 0;
  box.className = threat ? 'threat' : '';
  put($('alarmText'), unread.size ? t('newEvents', unread.size) : '');
  put($('acknowledge'), t('acknowledge'));
  const on = settings.sound && sound?.state === 'running';
  put($('sound'), t(on ? 'soundOn' : 'soundOff'));
  document.body.classList.toggle('alarm', unread.size > 0);
}
