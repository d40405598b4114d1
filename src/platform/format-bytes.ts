const units = ["bytes", "KB", "MB", "GB", "TB"];

/** Bytes as people read them: `512 bytes`, `1.5 GB`; decimal units, as disks are sold. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
