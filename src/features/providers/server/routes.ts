import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import type { Providers } from "./providers.ts";

export function providerRoutes(serve: Serve, { providers }: { readonly providers: Providers }): void {
  serve(contract.listProviders, async () => ({
    items: await providers.list(),
    presets: providers
      .presets()
      .map(({ id, name, baseUrl, keyPage, needsKey }) => ({ id, name, baseUrl, keyPage, needsKey })),
  }));
  serve(contract.testProvider, ({ body, signal }) => providers.test(body, signal));
  serve(contract.addProvider, ({ body, principal, signal }) =>
    providers.add({ ...body, ownerId: principal.userId }, signal),
  );
  serve(contract.changeProvider, ({ params, body, signal }) => providers.change(params.providerId, body, signal));
  serve(contract.removeProvider, async ({ params }) => {
    await providers.remove(params.providerId);
  });
  serve(contract.restoreProvider, ({ params }) => providers.restore(params.providerId));
}
