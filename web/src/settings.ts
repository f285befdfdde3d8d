// What a person chose for this screen; it stays on this machine.
import { speak, type Language } from './words';

export type Theme = 'dark' | 'light';

export interface Settings {
  language: Language;
  theme: Theme;
  miles: boolean;
  sound: boolean;
}

const KEY = 'watchfire';

function load(): Settings {
  const found: Settings = { language: 'en', theme: 'dark', miles: false, sound: true };
  try {
    Object.assign(found, JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    // what cannot be read is as if never chosen
  }
  return found;
}

export const settings = load();

export function choose(change: Partial<Settings>): void {
  Object.assign(settings, change);
  localStorage.setItem(KEY, JSON.stringify(settings));
  applySettings();
}

export function applySettings(): void {
  speak(settings.language);
  document.documentElement.lang = settings.language;
  document.documentElement.dataset.theme = settings.theme;
}
