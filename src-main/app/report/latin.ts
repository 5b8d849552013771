/** What the standard fonts of PDF hold beyond ASCII and Latin-1: the rest of Windows' code page 1252. */
const BEYOND_LATIN_1 = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

const INSTEAD: Readonly<Record<string, string>> = {
  '−': '-',
  '≤': '<=',
  '≥': '>=',
  '→': '->',
  '∞': 'inf',
  '\u202f': ' ',
  Σ: 'sum',
  '√': 'sqrt',
  '▲': '+',
  '▼': '-',
  '◆': '*',
};

/** Text for a PDF without fonts of its own: signs by their nearest ASCII, letters beyond Latin by their code point, so that nothing vanishes silently. */
export function latin(text: string): string {
  return [...text]
    .map((sign) => {
      const code = sign.codePointAt(0) ?? 0;
      if (sign in INSTEAD) return INSTEAD[sign];
      if (sign === '\n' || (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff) || BEYOND_LATIN_1.has(sign)) return sign;
      return code < 0x20 ? ' ' : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    })
    .join('');
}
