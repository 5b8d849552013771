import * as v from 'valibot';

/**
 * The closed list of error codes. The first word says what the error is about; a script may rely on every one of them.
 * `usage` codes end the command line with 2 (wrong usage or unreadable input), all others with 1.
 */
export const ERROR_CODES = {
  'usage-unknown-option': 'usage',
  'usage-unknown-command': 'usage',
  'usage-bad-value': 'usage',
  'usage-not-supported-yet': 'usage',
  'model-not-found': 'usage',
  'model-is-folder': 'usage',
  'model-empty': 'usage',
  'model-not-onnx': 'usage',
  'model-truncated': 'usage',
  'model-invalid': 'usage',
  'model-external-data-missing': 'usage',
  'model-external-data-outside': 'usage',
  'model-unknown-domain': 'usage',
  'model-unsupported-operator': 'usage',
  'model-unsupported-opset': 'usage',
  'model-unsupported-type': 'usage',
  'model-dynamic-shape': 'usage',
  'model-input-not-image': 'usage',
  'model-nan-weights': 'usage',
  'model-already-quantized': 'usage',
  'model-nothing-to-quantize': 'usage',
  'model-refused-by-runtime': 'usage',
  'model-mismatch': 'usage',
  'data-not-found': 'usage',
  'data-no-images': 'usage',
  'data-labels-invalid': 'usage',
  'data-label-file-missing': 'usage',
  'data-class-out-of-range': 'usage',
  'data-unreadable': 'usage',
  'data-too-few': 'usage',
  'data-not-finite': 'usage',
  'preprocess-invalid': 'usage',
  'preprocess-mismatch': 'usage',
  'recipe-invalid': 'usage',
  'task-invalid': 'usage',
  'criteria-invalid': 'usage',
  'output-not-writable': 'failure',
  'disk-full': 'failure',
  'job-cancelled': 'failure',
  'job-interrupted': 'failure',
  'runner-crashed': 'failure',
  'runner-hung': 'failure',
  'runner-out-of-memory': 'failure',
  'home-in-use': 'failure',
  'home-not-writable': 'failure',
  'home-on-network-drive': 'failure',
  'store-corrupt': 'failure',
  'store-from-the-future': 'failure',
  'not-found': 'failure',
  'path-not-allowed': 'failure',
  'call-unknown': 'failure',
  'call-invalid': 'failure',
  'call-forbidden': 'failure',
  'connection-lost': 'failure',
  'host-cannot': 'failure',
  internal: 'failure',
} as const satisfies Record<string, 'usage' | 'failure'>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error as plain data, as it crosses a process, a socket or a file. */
export const ErrorDataSchema = v.object({
  code: v.custom<ErrorCode>((value) => typeof value === 'string' && value in ERROR_CODES),
  /** One sentence: the thing, the reason, the way out. */
  message: v.string(),
  /** Facts for "copy details": names, numbers, the underlying message. Never shown instead of the sentence. */
  details: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]))),
});
export type ErrorData = v.InferOutput<typeof ErrorDataSchema>;

/** Every failure that a user can cause. The message is shown as it is. */
export class CalibrantError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorData['details'];

  constructor(code: ErrorCode, message: string, details?: ErrorData['details'], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CalibrantError';
    this.code = code;
    this.details = details;
  }

  static from(data: ErrorData): CalibrantError {
    return new CalibrantError(data.code, data.message, data.details);
  }
}

/** Turns anything thrown into data that survives structured clone; unknown errors become `internal` with their text kept. */
export function toErrorData(thrown: unknown): ErrorData {
  if (thrown instanceof CalibrantError) {
    return { code: thrown.code, message: thrown.message, ...(thrown.details ? { details: thrown.details } : {}) };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error && thrown.stack ? { stack: thrown.stack } : {};
  return {
    code: 'internal',
    message: `Calibrant failed on something it should have foreseen: ${text}. Please report it with the details.`,
    details: stack,
  };
}

/** 2 for wrong usage or unreadable input, 1 for everything else (design: the command line's exit codes). */
export function exitCodeOf(code: ErrorCode): 1 | 2 {
  return ERROR_CODES[code] === 'usage' ? 2 : 1;
}
