/** Milliseconds since 1970 UTC; tests bring their own. */
export type Clock = () => number;
