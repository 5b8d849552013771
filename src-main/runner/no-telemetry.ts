/**
 * ONNX Runtime 1.30 for Linux and macOS uploads usage events to its maker unless this variable is set before it is loaded (seen in its binary: a log of the
 * uploader, `mat-debug-PID.log`, in the temporary folder of every process that opened a session). Calibrant talks to nobody. Imported before anything native.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
