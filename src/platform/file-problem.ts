// Why the system refused something with a file, in words for a sentence.
const problems: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  ENOENT: "no folder can be made there",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "there is a file of that name",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the disk allows",
  EISDIR: "it is a folder",
  EIO: "the disk does not answer",
  ELOOP: "its links go round in circles",
  ENAMETOOLONG: "the path is too long",
};

/** `meanings` says what a code means in the caller's place, where that is more than the general words. */
export function fileProblem(error: unknown, meanings: Readonly<Record<string, string>> = {}): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return meanings[code] ?? problems[code] ?? (error instanceof Error ? error.message : String(error));
}
