import type { Migration } from "../migrate.ts";
import { first } from "./0001-first.ts";
import { settings } from "./0002-settings.ts";
import { people } from "./0003-people.ts";
import { signInSecurity } from "./0004-sign-in-security.ts";
import { modelPlaces } from "./0005-model-places.ts";
import { providers } from "./0006-providers.ts";
import { versions } from "./0007-versions.ts";
import { thinking } from "./0008-thinking.ts";

/** In the order in which they are applied. */
export const migrations: readonly Migration[] = [
  first,
  settings,
  people,
  signInSecurity,
  modelPlaces,
  providers,
  versions,
  thinking,
];
