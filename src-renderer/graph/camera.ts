/** What part of the drawing is on the canvas: canvas px = drawing px · scale + offset. */
export interface Camera {
  scale: number;
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}

const SCALES = { least: 0.004, most: 3 };
/** At first text can be read, so of a long model only the beginning is in sight. */
const READABLE = 0.8;

export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const scale = Math.min(SCALES.most, Math.max(SCALES.least, camera.scale * factor));
  const ratio = scale / camera.scale;
  return { scale, x: at.x - (at.x - camera.x) * ratio, y: at.y - (at.y - camera.y) * ratio };
}

/** Everything in sight, never larger than life. */
export function fit(drawing: Size, canvas: Size): Camera {
  const scale = Math.min(1, canvas.width / Math.max(1, drawing.width), canvas.height / Math.max(1, drawing.height));
  return { scale, x: (canvas.width - drawing.width * scale) / 2, y: (canvas.height - drawing.height * scale) / 2 };
}

/** The beginning, in letters that can be read. */
export function beginning(drawing: Size, canvas: Size): Camera {
  const whole = fit(drawing, canvas);
  if (whole.scale >= READABLE) return whole;
  const scale = Math.max(READABLE, Math.min(1, canvas.width / Math.max(1, drawing.width)));
  return { scale, x: (canvas.width - drawing.width * scale) / 2, y: 0 };
}

/** The least move that brings a rectangle of the drawing into sight with some space around; `centre` puts it into the middle instead. */
export function brought(camera: Camera, canvas: Size, box: { x: number; y: number } & Size, centre = false): Camera {
  const space = 28;
  const along = (offset: number, start: number, length: number, room: number): number => {
    const from = start * camera.scale + offset;
    const to = from + length * camera.scale;
    if (centre || length * camera.scale > room - 2 * space) return offset + room / 2 - (from + to) / 2;
    if (from < space) return offset + space - from;
    if (to > room - space) return offset + room - space - to;
    return offset;
  };
  return { scale: camera.scale, x: along(camera.x, box.x, box.width, canvas.width), y: along(camera.y, box.y, box.height, canvas.height) };
}
