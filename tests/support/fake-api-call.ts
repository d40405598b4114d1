// What a route of the fake server is given, and what it answers.

export interface FakeCall {
  readonly params: Record<string, string>;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly json?: unknown;
  readonly problem?: string;
  readonly details?: Record<string, string | number>;
}
