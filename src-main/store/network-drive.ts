import { readFile, statfs } from 'node:fs/promises';

/** `f_type` of Linux file systems that live on another machine (linux/magic.h and the file systems' own headers). */
const REMOTE = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x564c, 'NCP'],
]);
const FUSE = 0x65735546;
/** FUSE says nothing of what is behind it; the mount table has its name. Local ones (ntfs-3g, gocryptfs) are fine. */
const REMOTE_FUSE = /^fuse\.(sshfs|rclone|s3fs|gcsfuse|goofys|davfs2?|curlftpfs|glusterfs|cephfs|smbnetfs|gvfsd-fuse|blobfuse2?)$/;

/** The name of the network file system that holds `folder`; null when it is local, or when the platform does not tell (only Linux does). */
export async function networkFileSystem(folder: string): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  const { type } = await statfs(folder);
  return remoteName(type, folder, type === FUSE ? await readFile('/proc/self/mountinfo', 'utf8').catch(() => '') : '');
}

/** `mountinfo` as in proc(5); only looked at for FUSE. */
export function remoteName(type: number, folder: string, mountinfo: string): string | null {
  // Some kernels hand the number out sign-extended.
  const unsigned = Number(BigInt.asUintN(32, BigInt(type)));
  if (unsigned !== FUSE) return REMOTE.get(unsigned) ?? null;
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const point = left?.split(' ')[4]?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const kind = right?.split(' ')[0];
    return point && kind && `${folder}/`.startsWith(point === '/' ? '/' : `${point}/`) ? [{ point, kind }] : [];
  });
  const holder = mounts.sort((a, b) => b.point.length - a.point.length)[0];
  return holder && REMOTE_FUSE.test(holder.kind) ? holder.kind : null;
}
