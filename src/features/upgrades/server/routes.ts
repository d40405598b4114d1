import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import { listReleases, markUpgradeSeen, readUpgradeState, type UpgradesParts } from "./upgrades.ts";

export function upgradeRoutes(serve: Serve, parts: UpgradesParts): void {
  serve(contract.getUpgradeState, ({ principal }) => readUpgradeState(parts, principal.organisationId));
  serve(contract.markUpgradeSeen, ({ principal, body }) =>
    markUpgradeSeen(parts, principal.organisationId, body.version),
  );
  serve(contract.listReleases, () => ({ items: listReleases(parts) }));
}
