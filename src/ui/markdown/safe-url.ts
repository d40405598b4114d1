const allowed = new Set(["http:", "https:", "mailto:"]);

/** The address of a link in an answer, or null where it could do anything but open a page or a mail. */
export function safeUrl(address: string): string | null {
  // Browsers drop tabs, line breaks and leading control characters inside a scheme; an honest link has none.
  if (/[\u0000-\u001f\u007f]/.test(address)) return null;
  try {
    const url = new URL(address.trim());
    return allowed.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
