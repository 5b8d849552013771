import { randomBytes } from 'node:crypto';

/** Crockford's base32 in lower case: no i, l, o, u. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

let lastTime = 0;

/** 16 characters: 10 of milliseconds, 6 random. Ids of one process sort in the order in which they were made. */
export function newId(): string {
  lastTime = Math.max(Date.now(), lastTime + 1);
  let time = '';
  for (let rest = lastTime; time.length < 10; rest = Math.floor(rest / 32)) time = DIGITS.charAt(rest % 32) + time;
  return time + Array.from(randomBytes(6), (byte) => DIGITS.charAt(byte & 31)).join('');
}
