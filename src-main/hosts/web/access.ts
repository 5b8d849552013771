import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Access {
  /** What a page, once let in, shows with every request: 256 random bits, new with every start. */
  readonly token: string;
  /** A fresh one-time code. */
  issueCode(): string;
  /** The token for a code, which is used up by that; null for a wrong one. */
  redeem(code: string): string | null;
  accepts(token: string): boolean;
}

/** Links that were printed and not used; the oldest is void when there are more. */
const OPEN_CODES = 8;

const secret = (): string => randomBytes(32).toString('base64url');

// Hashes have one length, as timingSafeEqual demands, and give nothing away about where two secrets differ.
const same = (a: string, b: string): boolean => timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/**
 * Who may talk to this host. The link in the terminal carries a one-time code; the page changes it for the token of this start, which is never in a URL,
 * a log or the arguments of a process. No cookies: those are shared by every port of 127.0.0.1.
 */
export function createAccess(): Access {
  const token = secret();
  let codes: string[] = [];
  return {
    token,
    issueCode() {
      const code = secret();
      codes = [...codes, code].slice(-OPEN_CODES);
      return code;
    },
    redeem(offered) {
      const left = codes.filter((code) => !same(offered, code));
      if (left.length === codes.length) return null;
      codes = left;
      return token;
    },
    accepts: (offered) => same(offered, token),
  };
}
