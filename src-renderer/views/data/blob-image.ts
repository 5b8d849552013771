import { onScopeDispose, shallowRef, watch } from 'vue';

/** A blob: address for JPEG bytes that lives exactly as long as it is shown. */
export function useBlobUrl(bytes: () => Uint8Array | null) {
  const url = shallowRef<string | null>(null);
  const release = (): void => {
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = null;
  };
  watch(
    bytes,
    (now) => {
      release();
      // Typed arrays from a socket may share a larger buffer type than Blob accepts; the copy is a few kilobytes.
      if (now) url.value = URL.createObjectURL(new Blob([new Uint8Array(now)], { type: 'image/jpeg' }));
    },
    { immediate: true },
  );
  onScopeDispose(release);
  return url;
}
