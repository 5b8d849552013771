import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Access {
  /** A fresh one-time code; the one before it is void. */
  issueCode(): string;
  /** The session token for the code, which is used up by that; null for a wrong code. */
  redeem(code: string): string | null;
  accepts(token: string): boolean;
}

const secret = (): string => randomBytes(32).toString('base64url');

// Hashes have one length, as timingSafeEqual demands, and give nothing away about where two secrets differ.
const same = (a: string, b: string): boolean => timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/**
 * Who may talk to this host. The link in the terminal carries a one-time code; the page changes it for the token of this start, which is never in a URL,
 * a log or the arguments of a process. No cookies: those are shared by every port of 127.0.0.1.
 */
export function createAccess(): Access {
  const token = secret();
  let code: string | null = null;
  return {
    issueCode: () => (code = secret()),
    redeem(offered) {
      if (code === null || !same(offered, code)) return null;
      code = null;
      return token;
    },
    accepts: (offered) => same(offered, token),
  };
}
