import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src-main/contract/errors.ts';
import { withoutPicture } from '../../../src-renderer/views/data/thumbnails.ts';

const error = (code: ErrorCode) => ({ code, message: 'There is no image number 3 in /data.' });

describe('where no picture can be made', () => {
  it.each(['npy', 'idx', 'features'] as const)('a sample of %s is a feature tensor, which is no fault', (kind) =>
    expect(withoutPicture(kind, error('data-unreadable'))).toBe('no picture'),
  );
  it.each(['images', 'coco', 'masks', 'class-folders', 'labels-csv'] as const)('a file of %s is broken', (kind) =>
    expect(withoutPicture(kind, error('data-unreadable'))).toBe('unreadable'),
  );
  it('a lost host is told whatever the data are', () => expect(withoutPicture('npy', error('connection-lost'))).toBe('unreadable'));
});
