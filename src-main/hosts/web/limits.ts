/** How much one page may ask of the host. */
export interface Limits {
  messageBytes: number;
  uploadBytes: number;
  sockets: number;
  /** Milliseconds until a socket must have shown its token. */
  tokenWithin: number;
  /** Messages of one socket: so many at once, and so many more each second. */
  burst: number;
  perSecond: number;
  /** Wrong one-time codes in one minute. */
  wrongCodes: number;
}

export const LIMITS: Limits = {
  messageBytes: 64 * 2 ** 20,
  // A protobuf message cannot be larger.
  uploadBytes: 2 ** 31,
  sockets: 32,
  tokenWithin: 2000,
  // A grid of thumbnails asks for a few hundred at once.
  burst: 2000,
  perSecond: 500,
  wrongCodes: 20,
};

/** True as long as no more than `burst` at once and `perSecond` on average have been taken. */
export function createBucket(burst: number, perSecond: number, now: () => number = performance.now.bind(performance)): () => boolean {
  let left = burst;
  let last = now();
  return () => {
    const time = now();
    left = Math.min(burst, left + ((time - last) / 1000) * perSecond);
    last = time;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
