// What Node knows of the process it runs in: its C library and the shared libraries that are loaded.

export interface ProcessFacts {
  /** Null on musl and outside Linux. */
  readonly glibcVersion: string | null;
  readonly sharedObjects: readonly string[];
}

export function readProcessFacts(): ProcessFacts {
  // Without excludeNetwork the report may look up host names, which can take seconds.
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  report.excludeNetwork = true;
  const { header, sharedObjects } = report.getReport() as unknown as {
    header: { glibcVersionRuntime?: string };
    sharedObjects: readonly string[];
  };
  return { glibcVersion: header.glibcVersionRuntime ?? null, sharedObjects };
}
