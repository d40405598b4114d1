import { createContext, type ReactNode, useContext } from "react";
import { useText } from "./i18n/language-provider.tsx";

const OrganisationName = createContext("");

/** Empty while the organisation has no name, and until it is known. */
export function OrganisationNameProvider({ name, children }: { name: string; children: ReactNode }) {
  return <OrganisationName value={name}>{children}</OrganisationName>;
}

export function useOrganisationName(): string {
  return useContext(OrganisationName);
}

/** What this server is called: as its organisation, else as the product. */
export function useServerName(): string {
  const text = useText();
  return useContext(OrganisationName) || text.product.name;
}

/** The name of a page in the browser's own lists. */
export function DocumentTitle({ of }: { of: string }) {
  return <title>{`${of} · ${useServerName()}`}</title>;
}
