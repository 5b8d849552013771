/** Hands a file to the browser's own "save". The address is freed once the download has surely begun. */
export function save(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A title as a file name that every file system takes: letters, digits, dots and dashes. */
export function fileName(title: string, extension: string): string {
  const stem = title.normalize('NFKD').replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '').slice(0, 80); // prettier-ignore
  return `${stem || 'calibrant'}.${extension}`;
}
