import * as v from 'valibot';
import type { Connection } from './connection.ts';
import type { Referenced } from './files.ts';

const ShaSchema = v.object({ sha256: v.string() });
const IdSchema = v.object({ id: v.string() });

/** Everything on disk that some row still names; the trash counts, since it can be undone. */
export function referencedIn(connection: Connection): Referenced {
  const files = connection.all(
    'file',
    ShaSchema,
    `SELECT sha256 FROM model_file
     UNION SELECT index_sha256 FROM dataset
     UNION SELECT model_sha256 FROM run WHERE model_sha256 IS NOT NULL
     UNION SELECT statistics_sha256 FROM run WHERE statistics_sha256 IS NOT NULL
     UNION SELECT channels_sha256 FROM run WHERE channels_sha256 IS NOT NULL`,
  );
  const folders = connection.all('model', IdSchema, 'SELECT id FROM model UNION SELECT id FROM run');
  return { files: new Set(files.map((file) => file.sha256)), folders: new Set(folders.map((folder) => folder.id)) };
}
