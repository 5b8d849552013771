/**
 * How numbers are written, everywhere in the window: three significant digits, a unit, signs on deltas, "–" for what is not known.
 * The characters are the typographic ones (− × –), and a no-break space stands before every unit.
 */
export const UNKNOWN = '–';
const SPACE = '\u00a0';
const MINUS = '\u2212';

type Maybe = number | null | undefined;

function known(value: Maybe): value is number {
  return value !== null && value !== undefined && !Number.isNaN(value);
}

/** Three significant digits (or as many as asked for); very large and very small numbers as a power of ten. Infinity is "∞". */
export function number(value: Maybe, digits = 3): string {
  if (!known(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  const rounded = Number(magnitude.toPrecision(digits));
  if (rounded >= 1e6 || rounded < 1e-4) {
    const [mantissa, exponent] = magnitude.toExponential(digits - 1).split('e');
    return `${sign}${mantissa}e${String(exponent).replace('+', '').replace('-', MINUS)}`;
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
  return sign + group(rounded.toFixed(decimals));
}

/** Every digit of a whole number, in groups of three. */
export function integer(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  return (value < 0 ? MINUS : '') + group(Math.abs(Math.round(value)).toString());
}

/** Groups of three with a narrow no-break space from five digits on, so that 1000 stays 1000. */
function group(digits: string): string {
  const [whole = '', rest] = digits.split('.');
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

/** A percentage of 0…100 with one decimal; ui: counts stand beside it, so give `of` where there is a count. */
export function percent(value: Maybe, of?: Maybe): string {
  if (!known(value)) return UNKNOWN;
  return `${value.toFixed(1)}${SPACE}%${known(of) ? ` of ${integer(of)}` : ''}`;
}

/** Points of accuracy with their sign: "−0.5". Zero is "±0.0". */
export function points(value: Maybe, decimals = 1): string {
  if (!known(value)) return UNKNOWN;
  return signed(value, Math.abs(value).toFixed(decimals));
}

/** A relative change in percent with its sign: whole ones from ten on, three digits of what is less: "−74 %", "+0.468 %". */
export function change(now: Maybe, before: Maybe): string {
  if (!known(now) || !known(before) || before === 0) return UNKNOWN;
  const value = (100 * (now - before)) / before;
  const magnitude = Math.abs(value);
  return `${signed(value, magnitude < 10 ? number(magnitude) : integer(magnitude))}${SPACE}%`;
}

/** Any signed number with three significant digits. */
export function delta(value: Maybe, digits = 3): string {
  if (!known(value)) return UNKNOWN;
  return signed(value, number(Math.abs(value), digits));
}

/** A signed count: "−2", "+1", "±0". */
export function signedInteger(value: Maybe): string {
  return known(value) ? signed(value, integer(Math.abs(value))) : UNKNOWN;
}

function signed(value: number, magnitude: string): string {
  if (Number(magnitude.replaceAll('\u202f', '')) === 0) return `±${magnitude}`;
  return (value < 0 ? MINUS : '+') + magnitude;
}

/** Decimal units, as drives and data sheets count: "3.61 MB". */
export function bytes(value: Maybe): string {
  return scaled(value, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** "3.5 M", "300 M", "1.2 G": parameters and multiply-accumulates. */
export function count(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  return value < 10_000 ? integer(value) : scaled(value, ['', 'k', 'M', 'G', 'T']);
}

function scaled(value: Maybe, units: readonly string[]): string {
  if (!known(value)) return UNKNOWN;
  let step = 0;
  let rest = value;
  while (Math.abs(Number(rest.toPrecision(3))) >= 1000 && step < units.length - 1) {
    rest /= 1000;
    step += 1;
  }
  const text = step === 0 ? integer(rest) : number(rest);
  const unit = units[step];
  return unit ? `${text}${SPACE}${unit}` : text;
}

/** A time given in milliseconds, in the unit in which it is 1 to 1000: "107 µs", "1.90 ms", "12.3 s". */
export function milliseconds(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  const written = Math.abs(Number(value.toPrecision(3)));
  if (written !== 0 && written < 1) return `${number(value * 1000)}${SPACE}µs`;
  if (written >= 1000) return `${number(value / 1000)}${SPACE}s`;
  return `${number(value)}${SPACE}ms`;
}

/** A stretch of time in words of a clock: "0:12", "3:05", "1:02:03". */
export function clock(seconds: Maybe): string {
  if (!known(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [h = 0, m = 0, s = 0] = parts;
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Decibels: "38.2 dB". */
export function decibel(value: Maybe): string {
  return known(value) ? `${number(value)}${SPACE}dB` : UNKNOWN;
}

/** How many times as fast: "5.40×". */
export function times(value: Maybe): string {
  return known(value) ? `${number(value)}×` : UNKNOWN;
}

/** The first eight digits of a hash. */
export function hash(sha256: string | null | undefined): string {
  return sha256 ? `${sha256.slice(0, 8)}…` : UNKNOWN;
}

/** "1×3×224×224"; a dynamic dimension by its name, an unknown one as "?". */
export function shape(dims: readonly (number | string | null)[] | null | undefined): string {
  if (!dims) return UNKNOWN;
  return dims.length === 0 ? 'scalar' : dims.map((dim) => dim ?? '?').join('×');
}

/** "1 image", "12 images". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${integer(n)} ${n === 1 ? one : many}`;
}

/** "today 14:05", "yesterday 9:30", "12 Nov 14:05", "12 Nov 2025". */
export function date(iso: string | null | undefined, now = new Date()): string {
  if (!iso) return UNKNOWN;
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return UNKNOWN;
  const time = `${then.getHours()}:${String(then.getMinutes()).padStart(2, '0')}`;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  if (then.getTime() >= midnight) return `today ${time}`;
  if (then.getTime() >= midnight - 86_400_000) return `yesterday ${time}`;
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][then.getMonth()];
  const day = `${then.getDate()} ${month}`;
  return then.getFullYear() === now.getFullYear() ? `${day} ${time}` : `${day} ${then.getFullYear()}`;
}
