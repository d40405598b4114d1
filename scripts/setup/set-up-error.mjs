// A failure that a person can act on: its sentence is all that is shown. Anything else thrown here is a bug.
export class SetUpError extends Error {
  name = "SetUpError";
}
