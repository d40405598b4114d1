import { apiKeyCommands } from "../features/api-keys/server/api-key-store.ts";
import { chatCommands } from "../features/chats/server/chat-commands.ts";
import { providerCommands } from "../features/providers/server/provider-store.ts";
import { settingCommands } from "../features/settings/server/setting-store.ts";
import { modelPlaceCommands } from "../features/models/server/place-store.ts";
import { passkeyCommands } from "../features/users/server/passkey-store.ts";
import { secondFactorCommands } from "../features/users/server/second-factor-store.ts";
import { invitationCommands } from "../features/users/server/invitation-store.ts";
import { organisationCommands } from "../features/users/server/organisation-store.ts";
import { peopleCommands } from "../features/users/server/people-store.ts";
import { resetLinkCommands } from "../features/users/server/reset-link-store.ts";
import { sessionCommands } from "../features/users/server/session-store.ts";
import { userCommands } from "../features/users/server/user-store.ts";
import { keyCheckCommands } from "../platform/secrets/key-check-store.ts";
import type { AnyCommand } from "../platform/database/command.ts";
import { versionCommands } from "../platform/database/version-store.ts";

/** Every store's commands; a command that is missing here cannot run in the server. */
export const databaseCommands: readonly AnyCommand[] = [
  ...userCommands,
  ...organisationCommands,
  ...sessionCommands,
  ...secondFactorCommands,
  ...passkeyCommands,
  ...peopleCommands,
  ...invitationCommands,
  ...resetLinkCommands,
  ...apiKeyCommands,
  ...chatCommands,
  ...keyCheckCommands,
  ...providerCommands,
  ...modelPlaceCommands,
  ...settingCommands,
  ...versionCommands,
];
