// Who makes a request, as far as the platform needs to know it.

export interface Principal {
  readonly userId: string;
  readonly organisationId: string;
  readonly role: "owner" | "admin" | "member";
  /** How the person proved it; `credentialId` is the session's or the key's id. */
  readonly via: "session" | "api-key";
  readonly credentialId: string;
}
